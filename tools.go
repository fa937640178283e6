//go:build ignore

// The generator is a dependency of this repository, not of those who import it: go.mod names it in a tool line, `go generate` runs it
// with `go tool oapi-codegen`, and this file says in Go what that line is for. It is never compiled.
//
// The tag must be ignore, the only one that `go mod tidy` honours. With any other, tidy follows the import below in the modules of
// everyone who uses this package, and puts the generator and its dependencies into their go.mod. A test of a consumer's go.mod
// (conformance/consumer_test.go) keeps it.

package payreports

import _ "github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
