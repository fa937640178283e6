// Package wire holds the few types of the Amazon Pay Reports API that a generator can't make: its
// two forms of time, its identifiers, and the pre-signed URL of a report document, which must not be
// printed. The generated models in package api are made of them.
//
// The types are plain values: comparable with ==, usable as map keys, and safe for concurrent use.
// Their zero values mean "none".
package wire
