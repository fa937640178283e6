// Package signing makes and verifies the signatures of the Amazon Pay API, AMZN-PAY-RSASSA-PSS-V2. It needs the standard library only and
// knows nothing of a particular operation, so it can sign requests of any client and verify those of any server or test.
//
// A request is signed in three steps, each a pure function: [CanonicalRequest], [StringToSign] and [Sign]. [Signer] takes them together
// and puts the result into the headers of an http.Request; [Verifier] goes the other way.
//
// # Canonical request
//
// These lines, each ended by a line feed except for the last:
//
//	method
//	path, percent-encoded, repeated slashes collapsed, / if it is empty
//	query, percent-encoded, sorted, without empty values
//	name:value of each signed header, names in lower case and sorted
//	(an empty line)
//	the names, joined by semicolons
//	SHA-256 of the body, in lower-case hexadecimal
//
// Percent-encoding is RFC 3986's: all bytes but A-Z a-z 0-9 - . _ ~ become %XX with upper-case digits, in each segment of the path and in
// each name and value of the query. The query is sorted by encoded name, then by encoded value. What is sent is exactly what is signed: the
// [Signer] writes path and query of the request in this form. Header values lose spaces and tabs at their ends, and runs of them
// become one space.
//
// The service verifies the headers that a request says it has signed. [Signer] signs accept, content-type, and all that
// begin with x-amz-pay:
//
//	accept                     application/json
//	content-type               application/json, also where there is no body
//	x-amz-pay-date             the time of signing in UTC, as 20221118T150630Z; never in the future
//	x-amz-pay-host             the host of the URL, without port
//	x-amz-pay-region           na, eu or jp
//	x-amz-pay-idempotency-key  on a POST
//	x-amz-pay-…                others that the request has
//
// # String to sign and signature
//
// The string to sign is the algorithm's name, a line feed, and the hexadecimal SHA-256 of the canonical request. The
// signature is RSASSA-PSS over it with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (20 for the older
// AMZN-PAY-RSASSA-PSS), in standard base64 with padding. It is random: verify signatures, don't compare them.
//
// It is sent in the header Authorization, in one line:
//
//	AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=<id>, SignedHeaders=<the names, joined by semicolons>, Signature=<base64>
//
// conformance/vectors in this repository has canonical requests and strings to sign to test an implementation with.
package signing
