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
		return a, fmt.Errorf("it begins with neither %s nor %s", AlgorithmV2, AlgorithmV1)
	}
	var seen [3]bool
	for part := range strings.SplitSeq(rest, ",") {
		name, content, _ := strings.Cut(strings.TrimSpace(part), "=")
		var i int
		switch {
		case content == "":
			return a, errors.New("it is not PublicKeyId=…, SignedHeaders=…, Signature=…")
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
			return a, errors.New("it has a part twice")
		}
		seen[i] = true
	}
	if seen != [3]bool{true, true, true} {
		return a, errors.New("it lacks PublicKeyId, SignedHeaders or Signature")
	}
	return a, nil
}

// Reason says why a [Verifier] refused a request.
type Reason string

// The reasons, in the order in which they are checked.
const (
	// ReasonMissingAuthorization: there is no Authorization header, or several.
	ReasonMissingAuthorization Reason = "missing authorization"
	// ReasonMalformedAuthorization: the Authorization header can't be read.
	ReasonMalformedAuthorization Reason = "malformed authorization"
	// ReasonUnknownKey: nobody has registered a key under this public key id.
	ReasonUnknownKey Reason = "unknown public key id"
	// ReasonMissingHeader: a header that SignedHeaders lists isn't there.
	ReasonMissingHeader Reason = "missing signed header"
	// ReasonDateNotSigned: x-amz-pay-date isn't among the signed headers, so the signature would be good for ever.
	ReasonDateNotSigned Reason = "date not signed"
	// ReasonInvalidDate: x-amz-pay-date can't be read.
	ReasonInvalidDate Reason = "invalid date"
	// ReasonMismatch: the signature isn't one of this key over this request.
	ReasonMismatch Reason = "signature mismatch"
)

// VerificationError is why a request was refused. Its text and fields hold no signature.
type VerificationError struct {
	// Reason is the kind of refusal.
	Reason Reason
	// PublicKeyID is the id that the request names, "" if it couldn't be read.
	PublicKeyID string
	// StringToSign is what the Verifier computed, for ReasonMismatch. The service echoes it to the client.
	StringToSign string
	// Detail says what is wrong, for people.
	Detail string
}

// Error returns reason and detail in one line.
func (e *VerificationError) Error() string {
	text := "signing: " + string(e.Reason)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Verification is what a good signature proves.
type Verification struct {
	// PublicKeyID is the id of the key that signed.
	PublicKeyID string
	// Algorithm is the one that was used.
	Algorithm Algorithm
	// Date is the signed x-amz-pay-date. Whether it is recent enough is for the caller to decide.
	Date time.Time
	// SignedHeaders are the names of the headers that are covered, in lower case and sorted.
	SignedHeaders []string
}

// Verifier verifies signatures as the service does, for servers and tests. It is safe for concurrent use if its function is.
type Verifier struct {
	publicKey func(publicKeyID string) *rsa.PublicKey
}

// NewVerifier returns a Verifier that asks publicKey for the key of each request's public key id; nil means that there is none.
func NewVerifier(publicKey func(publicKeyID string) *rsa.PublicKey) *Verifier {
	return &Verifier{publicKey: publicKey}
}

// Verify checks the signature of a request that a server has received, or a client is about to send, with the given
// body. It accepts what the official SDKs sign: the headers that SignedHeaders lists, in lower case and sorted or else as
// listed; the path in canonical form or verbatim, with or without a slash at its end; the query in canonical form,
// verbatim, or in canonical form with its empty values kept; both algorithms; and both forms of the date. The error is a [*VerificationError].
func (v *Verifier) Verify(req *http.Request, body []byte) (*Verification, error) {
	values := req.Header["Authorization"]
	if len(values) != 1 {
		return nil, &VerificationError{Reason: ReasonMissingAuthorization, Detail: fmt.Sprintf("the request has %d Authorization headers", len(values))}
	}
	a, err := parseAuthorization(values[0])
	if err != nil {
		return nil, &VerificationError{Reason: ReasonMalformedAuthorization, Detail: "the Authorization header can't be read: " + err.Error()}
	}
	refused := func(reason Reason, format string, args ...any) error {
		return &VerificationError{Reason: reason, PublicKeyID: clip(a.publicKeyID), Detail: fmt.Sprintf(format, args...)}
	}
	key := v.publicKey(a.publicKeyID)
	if key == nil {
		return nil, refused(ReasonUnknownKey, "no key is registered for public key id %q", clip(a.publicKeyID))
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
		lists = append(lists, a.signedHeaders) // the official Node SDK signs the names in the case that its caller gave them
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
		Detail: "the signature is not one of this key over this request",
	}
}

// forms yields path and query as they may have been signed, the canonical form first, each combination once.
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

// SignedString returns the string to sign of a request that has been signed, computed anew from the request as it is now and the
// headers that its Authorization header lists. Compare it with the one that the service echoes when it refuses a signature: if
// both are equal, the request has arrived unchanged and the key is the wrong one.
func SignedString(req *http.Request, body []byte) (string, error) {
	a, err := parseAuthorization(req.Header.Get("Authorization"))
	if err != nil {
		return "", fmt.Errorf("signing: the Authorization header can't be read: %w", err)
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
