package signing

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"
)

// authorization is the value of the Authorization header.
type authorization struct {
	algorithm     Algorithm
	publicKeyID   string
	signedHeaders []string
	signature     string
}

func (a authorization) String() string {
	return string(a.algorithm) + " PublicKeyId=" + a.publicKeyID + ", SignedHeaders=" + strings.Join(a.signedHeaders, ";") + ", Signature=" + a.signature
}

func parseAuthorization(value string) (authorization, error) {
	algorithm, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	a := authorization{algorithm: Algorithm(algorithm)}
	if a.algorithm.saltLength() == 0 {
		return a, fmt.Errorf("it doesn't begin with %s or %s", AlgorithmV2, AlgorithmV1)
	}
	var seen [3]bool
	for part := range strings.SplitSeq(rest, ",") {
		name, content, _ := strings.Cut(strings.TrimSpace(part), "=")
		var i int
		switch {
		case content == "":
			return a, errors.New("it doesn't have the form PublicKeyId=…, SignedHeaders=…, Signature=…")
		case name == "PublicKeyId":
			i, a.publicKeyID = 0, content
		case name == "SignedHeaders":
			i, a.signedHeaders = 1, strings.Split(content, ";")
		case name == "Signature":
			i, a.signature = 2, content
		default:
			return a, errors.New("it has a part other than PublicKeyId, SignedHeaders and Signature")
		}
		if seen[i] {
			return a, errors.New("it has the same part twice")
		}
		seen[i] = true
	}
	if seen != [3]bool{true, true, true} {
		return a, errors.New("PublicKeyId, SignedHeaders or Signature is missing")
	}
	return a, nil
}

// Reason says why a [Verifier] refused a request.
type Reason string

// The reasons, in the order in which they are checked.
const (
	// ReasonMissingAuthorization means that there isn't exactly one Authorization header.
	ReasonMissingAuthorization Reason = "missing authorization"
	// ReasonMalformedAuthorization means that the Authorization header can't be parsed.
	ReasonMalformedAuthorization Reason = "malformed authorization"
	// ReasonUnknownKey means that no key is registered for this public key id.
	ReasonUnknownKey Reason = "unknown public key id"
	// ReasonMissingHeader means that SignedHeaders lists a header that the request doesn't have.
	ReasonMissingHeader Reason = "missing signed header"
	// ReasonDateNotSigned means that x-amz-pay-date isn't signed, so the signature would never expire.
	ReasonDateNotSigned Reason = "date not signed"
	// ReasonInvalidDate means that x-amz-pay-date can't be parsed.
	ReasonInvalidDate Reason = "invalid date"
	// ReasonMismatch means that the signature doesn't match the key and the request.
	ReasonMismatch Reason = "signature mismatch"
)

// VerificationError says why a request was refused. It never contains the signature.
type VerificationError struct {
	// Reason is the kind of refusal.
	Reason Reason
	// PublicKeyID is the public key id in the request, or "" if it couldn't be read.
	PublicKeyID string
	// StringToSign is the string to sign that the Verifier computed, set only for ReasonMismatch. The service includes its own in the error message.
	StringToSign string
	// Detail describes the error for people, such as the name of the missing header.
	Detail string
}

// Error returns the reason and the detail on one line.
func (e *VerificationError) Error() string {
	text := "signing: " + string(e.Reason)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Verification describes a valid signature.
type Verification struct {
	// PublicKeyID is the id of the key that signed the request.
	PublicKeyID string
	// Algorithm is the algorithm of the signature.
	Algorithm Algorithm
	// Date is the signed x-amz-pay-date. The caller decides whether it is recent enough.
	Date time.Time
	// SignedHeaders are the names of the signed headers, in lower case and sorted.
	SignedHeaders []string
}

// Verifier verifies signatures the way the service does. It is for servers and tests. It is safe for concurrent use if the function passed to [NewVerifier] is.
type Verifier struct {
	publicKey func(publicKeyID string) *rsa.PublicKey
}

// NewVerifier returns a Verifier. It calls publicKey with each request's public key id. publicKey returns nil if it doesn't know the id.
func NewVerifier(publicKey func(publicKeyID string) *rsa.PublicKey) *Verifier {
	return &Verifier{publicKey: publicKey}
}

// Verify verifies the signature of a request with the given body. The request is one that a server has received, or one that a client is about to
// send. The error is a [*VerificationError].
//
// Verify accepts the signatures of all official SDKs:
//
//   - both algorithms, and both formats of the date
//   - signed headers in lower case and sorted, or as SignedHeaders lists them
//   - the path in canonical form or unchanged, with or without a trailing slash
//   - the query in canonical form, with or without empty values, or unchanged
func (v *Verifier) Verify(req *http.Request, body []byte) (*Verification, error) {
	values := req.Header["Authorization"]
	if len(values) != 1 {
		return nil, &VerificationError{Reason: ReasonMissingAuthorization, Detail: fmt.Sprintf("the request has %d Authorization headers", len(values))}
	}
	a, err := parseAuthorization(values[0])
	if err != nil {
		return nil, &VerificationError{Reason: ReasonMalformedAuthorization, Detail: "can't parse the Authorization header: " + err.Error()}
	}
	refused := func(reason Reason, format string, args ...any) error {
		return &VerificationError{Reason: reason, PublicKeyID: clip(a.publicKeyID), Detail: fmt.Sprintf(format, args...)}
	}
	key := v.publicKey(a.publicKeyID)
	if key == nil {
		return nil, refused(ReasonUnknownKey, "no key is registered for the public key id %q", clip(a.publicKeyID))
	}
	names := canonicalNames(a.signedHeaders)
	dateSigned := false
	for _, name := range names {
		if len(req.Header[http.CanonicalHeaderKey(name)]) == 0 {
			return nil, refused(ReasonMissingHeader, "SignedHeaders lists %q, which the request doesn't have", clip(name))
		}
		dateSigned = dateSigned || name == "x-amz-pay-date"
	}
	if !dateSigned {
		return nil, refused(ReasonDateNotSigned, "SignedHeaders doesn't list x-amz-pay-date")
	}
	date, err := parseDate(req.Header.Get(HeaderDate))
	if err != nil {
		return nil, refused(ReasonInvalidDate, "%v", err)
	}
	signature, err := base64.StdEncoding.DecodeString(a.signature)
	if err != nil {
		return nil, refused(ReasonMalformedAuthorization, "the signature is not base64")
	}
	bodyHash := HashBody(body)
	lists := [][]string{names}
	if !slices.Equal(names, a.signedHeaders) {
		lists = append(lists, a.signedHeaders) // the official Node SDK signs the names in the case that its caller used
	}
	var first string
	for _, list := range lists {
		for path, query := range forms(req) {
			stringToSign := StringToSign(a.algorithm, canonicalRequest(sentMethod(req), path, query, req.Header, list, bodyHash))
			if first == "" {
				first = stringToSign
			}
			digest := sha256.Sum256([]byte(stringToSign))
			if rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: a.algorithm.saltLength()}) == nil {
				return &Verification{PublicKeyID: a.publicKeyID, Algorithm: a.algorithm, Date: date, SignedHeaders: names}, nil
			}
		}
	}
	return nil, &VerificationError{
		Reason: ReasonMismatch, PublicKeyID: a.publicKeyID, StringToSign: first,
		Detail: "the signature doesn't match the key and the request",
	}
}

// forms yields all combinations of path and query that may have been signed, starting with the canonical forms.
func forms(req *http.Request) iter.Seq2[string, string] {
	return func(yield func(path, query string) bool) {
		rawPath := req.URL.EscapedPath()
		paths := []string{CanonicalPath(rawPath)}
		add := func(list []string, form string) []string {
			if slices.Contains(list, form) {
				return list
			}
			return append(list, form)
		}
		paths = add(paths, rawPath)
		if trimmed := strings.TrimRight(paths[0], "/"); trimmed != "" {
			paths = add(paths, trimmed)
			paths = add(paths, trimmed+"/")
		}
		queries := add([]string{CanonicalQuery(req.URL.RawQuery)}, req.URL.RawQuery)
		queries = add(queries, canonicalQuery(req.URL.RawQuery, true))
		for _, path := range paths {
			for _, query := range queries {
				if !yield(path, query) {
					return
				}
			}
		}
	}
}

// SignedString returns the string to sign of a signed request. It is computed from the request as it is now, and from the headers that its Authorization
// header lists. Compare it with the one that the service returns when it refuses a signature. If they are equal, the request arrived unchanged, and the
// key is wrong.
func SignedString(req *http.Request, body []byte) (string, error) {
	a, err := parseAuthorization(req.Header.Get("Authorization"))
	if err != nil {
		return "", fmt.Errorf("signing: can't parse the Authorization header: %w", err)
	}
	return StringToSign(a.algorithm, canonicalRequest(sentMethod(req), CanonicalPath(req.URL.EscapedPath()), CanonicalQuery(req.URL.RawQuery),
		req.Header, canonicalNames(a.signedHeaders), HashBody(body))), nil
}

func parseDate(text string) (time.Time, error) {
	for _, layout := range []string{dateLayout, dashedLayout} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("x-amz-pay-date %q is not a time such as 20221118T150630Z", clip(text))
}
