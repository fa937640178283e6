// Package conformance tests that the parts of this module agree. It compares the documentation's samples, the generated code,
// and the requests and responses of client and simulator with openapi.yaml. Its vectors and samples are plain JSON, so they
// can test implementations in other languages, too.
package conformance
