// Package conformance proves that the parts of this module say the same: the sample payloads of the documentation
// against openapi.yaml, the generated code against openapi.yaml, and the exchanges of client and simulator against
// openapi.yaml, seen from outside both. Its vectors and samples are plain JSON that implementations in other languages
// can be tested with.
package conformance
