// Package wire has the types of the Amazon Pay Reports API that can't be generated: times in two
// formats, identifiers, and the pre-signed download URL of a report, which must not be printed. The
// generated models in package api use them.
//
// The types are plain values. They can be compared with == and used as map keys, and are safe for
// concurrent use. Their zero values mean "none".
package wire
