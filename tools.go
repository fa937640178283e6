//go:build ignore

// The generator is a dependency of this repository, but not of modules that import it. go.mod has a tool line for it, and `go generate` runs
// `go tool oapi-codegen`. This file documents that dependency. It is never compiled.
//
// The build tag must be ignore, because `go mod tidy` reads files with any other tag. It would then add the generator and its dependencies to the
// go.mod of every module that imports this one. A test checks the go.mod of such a module: see conformance/consumer_test.go.

package payreports

import _ "github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
