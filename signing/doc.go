// Package signing makes and verifies the signatures of the Amazon Pay API, AMZN-PAY-RSASSA-PSS-V2. It needs the standard library only and
// knows nothing of a particular operation, so it can sign requests of any client and verify those of any server or test.
//
// A request is signed in three steps, each a pure function: [CanonicalRequest], [StringToSign] and [Sign]. [Signer] takes them together
// and puts the result into the headers of an http.Request; [Verifier] goes the other way.
//
// # Canonical request
//
// The lines, each ended by a line feed except for the last:
//
//	method
//	path, percent-encoded, repeated slashes collapsed
//	query, percent-encoded, sorted, without empty values
//	name:value of each signed header, names in lower case and sorted
//	(an empty line)
//	the names, joined by semicolons
//	SHA-256 of the body, hexadecimal
//
// Percent-encoding is RFC 3986's: all bytes but A-Z a-z 0-9 - . _ ~ become %XX with upper-case digits. What is sent is exactly what
// is signed: the [Signer] writes path and query of the request in this form. Header values lose spaces at their ends, and runs of spaces and tabs
// become one space.
//
// # String to sign and signature
//
// The string to sign is the algorithm's name, a line feed, and the hexadecimal SHA-256 of the canonical request. The signature is RSASSA-PSS
// over it with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (20 for the older AMZN-PAY-RSASSA-PSS), in standard base64. It
// is random: verify signatures, don't compare them.
package signing
