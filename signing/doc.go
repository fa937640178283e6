// Package signing creates and verifies the signatures of the Amazon Pay API, AMZN-PAY-RSASSA-PSS-V2. It works with any HTTP client, server or test,
// and imports only the standard library.
//
// [Signer] signs an http.Request, and [Verifier] verifies one. The three steps of signing are also functions: [CanonicalRequest], [StringToSign] and
// [Sign].
//
// # Canonical request
//
// The canonical request has these lines. Each ends with a line feed, except for the last:
//
//	method
//	path, percent-encoded, repeated slashes collapsed, / if it is empty
//	query, percent-encoded, sorted, without empty values
//	name:value of each signed header, names in lower case and sorted
//	(an empty line)
//	the names, joined by semicolons
//	SHA-256 of the body, in lower-case hexadecimal
//
// Percent-encoding follows RFC 3986. In each segment of the path, and in each name and value of the query, all bytes except A-Z a-z 0-9 - . _ ~
// become %XX with upper-case digits. The query is sorted by encoded name, then by encoded value. Exactly the signed bytes must be sent, so
// [Signer] rewrites the path and the query of the request. In header values, leading and trailing spaces and tabs are removed, and each
// other run of them is replaced with one space.
//
// The service verifies the headers that the request lists as signed. [Signer] signs accept, content-type, and all headers that begin with
// x-amz-pay-:
//
//	accept                     application/json
//	content-type               application/json, even without a body
//	x-amz-pay-date             the current time in UTC, such as 20221118T150630Z; never in the future
//	x-amz-pay-host             the host of the URL, without port
//	x-amz-pay-region           na, eu or jp
//	x-amz-pay-idempotency-key  on a POST
//	x-amz-pay-…                any others in the request
//
// # String to sign and signature
//
// The string to sign is the algorithm's name, a line feed, and the hexadecimal SHA-256 of the canonical request. It is signed with RSASSA-PSS,
// using SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (20 for the older AMZN-PAY-RSASSA-PSS). The signature is encoded in standard base64 with
// padding. It differs each time: verify signatures, don't compare them.
//
// It is sent in the Authorization header, on one line:
//
//	AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=<id>, SignedHeaders=<the names, joined by semicolons>, Signature=<base64>
//
// The directory conformance/vectors has canonical requests and strings to sign for testing an implementation.
package signing
