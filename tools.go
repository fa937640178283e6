//go:build tools

// This file is never compiled: no build sets the tag tools. Its import keeps the generator a direct
// requirement in go.mod, where readers and update bots see it, beside the tool line by which
// `go generate` runs it.

package payreports

import _ "github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
