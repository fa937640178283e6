package signing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// The headers that this package sets and reads.
const (
	HeaderDate           = "X-Amz-Pay-Date"
	HeaderHost           = "X-Amz-Pay-Host"
	HeaderRegion         = "X-Amz-Pay-Region"
	HeaderIdempotencyKey = "X-Amz-Pay-Idempotency-Key"

	headerPrefix = "X-Amz-Pay-"
)

const (
	dateLayout     = "20060102T150405Z"
	dashedLayout   = "2006-01-02T15:04:05Z" // what the official Node SDK sends
	minimalKeyBits = 2048
	// maxBody bounds a body that has to be read to be signed. Requests of this API have some hundred bytes.
	maxBody = 16 << 20
)

// Signer signs HTTP requests with a merchant's key. Make one with [NewSigner]; it is safe for concurrent use if the key is, as those of
// the standard library are, and so is what [WithClock] and [WithRandom] put in.
type Signer struct {
	publicKeyID string
	key         crypto.Signer
	region      string
	now         func() time.Time
	random      io.Reader
}

// Option configures a [Signer].
type Option func(*Signer) error

// WithRegion sets the x-amz-pay-region of requests that don't have the header: na, eu or jp. Without it the region is derived from
// the host, which works for the API's own hosts only.
func WithRegion(region string) Option {
	return func(s *Signer) error {
		switch region = strings.ToLower(region); region {
		case "na", "eu", "jp":
			s.region = region
			return nil
		default:
			return fmt.Errorf("signing: WithRegion(%q): the region header is na, eu or jp", clip(region))
		}
	}
}

// WithClock replaces time.Now as the source of x-amz-pay-date in [Signer.SignRequest].
func WithClock(now func() time.Time) Option {
	return func(s *Signer) error {
		if now == nil {
			return errors.New("signing: WithClock: the function is nil")
		}
		s.now = now
		return nil
	}
}

// WithRandom replaces crypto/rand.Reader as the source of salts and idempotency keys, for tests. A key of another make may
// ignore it, and so do newer versions of Go for salts.
func WithRandom(random io.Reader) Option {
	return func(s *Signer) error {
		if random == nil {
			return errors.New("signing: WithRandom: the reader is nil")
		}
		s.random = random
		return nil
	}
}

// NewSigner returns a Signer for a public key id, such as SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B, and the private key that
// belongs to it, an RSA key of at least 2048 bits. [ParsePrivateKey] reads one from PEM; any other crypto.Signer, such
// as a KMS or HSM client, works as well if it signs with RSASSA-PSS, SHA-256 and the salt length of crypto.SignerOpts.
func NewSigner(publicKeyID string, key crypto.Signer, opts ...Option) (*Signer, error) {
	if err := checkPublicKeyID(publicKeyID); err != nil {
		return nil, err
	}
	if key == nil || reflect.ValueOf(key).Kind() == reflect.Pointer && reflect.ValueOf(key).IsNil() {
		return nil, errors.New("signing: there is no private key: read it with ParsePrivateKey from the PEM file that was made with the public key id")
	}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if public == nil {
			return nil, noPublicKey(key)
		}
		if err := checkKeySize(public); err != nil {
			return nil, err
		}
	case nil:
		return nil, noPublicKey(key)
	case rsa.PublicKey:
		return nil, fmt.Errorf("signing: Public() of the private key (%T) returns an rsa.PublicKey: it must return a pointer, *rsa.PublicKey", key)
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return nil, fmt.Errorf("signing: the private key is of type %T: Amazon Pay takes RSA keys only: make a key pair of 2048 bits in Seller Central", key)
	default:
		return nil, fmt.Errorf("signing: Public() of the private key (%T) returns a %T: it must return an *rsa.PublicKey", key, public)
	}
	s := &Signer{publicKeyID: publicKeyID, key: key, now: time.Now, random: rand.Reader}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func noPublicKey(key crypto.Signer) error {
	return fmt.Errorf("signing: Public() of the private key (%T) returns nil: it must return the key's *rsa.PublicKey; of a KMS or HSM, get that once and keep it", key)
}

func checkPublicKeyID(id string) error {
	if id == "" {
		return errors.New("signing: the public key id is empty: it stands beside the key in Seller Central, such as SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B")
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || strings.IndexByte(",;=\"'`\\", c) >= 0 {
			return fmt.Errorf("signing: the public key id %q has a character that no id has: give it as it stands in Seller Central, without quotes, spaces or line ends", clip(id))
		}
	}
	return nil
}

func checkKeySize(key *rsa.PublicKey) error {
	bits := 0
	if key != nil && key.N != nil { // the zero rsa.PrivateKey has no modulus
		bits = key.N.BitLen()
	}
	if bits < minimalKeyBits {
		return fmt.Errorf("signing: the RSA key has %d bits: at least %d are needed: make a new key pair in Seller Central", bits, minimalKeyBits)
	}
	return nil
}

// PublicKeyID returns the id that the service knows the key by.
func (s *Signer) PublicKeyID() string { return s.publicKeyID }

// Public returns the public key, with which a [Verifier] verifies what this Signer signs.
func (s *Signer) Public() *rsa.PublicKey { return s.key.Public().(*rsa.PublicKey) }

// Format prints the public key id for every verb, never the key.
func (s Signer) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "signing.Signer(public key id %s)", s.publicKeyID)
}

// LogValue is what package slog writes: what Format prints.
func (s Signer) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// SignRequest signs a request at the current time; see [Signer.SignRequestAt]. It is a RequestEditorFn of clients that
// oapi-codegen generates: with api.WithRequestEditorFn(signer.SignRequest) such a client needs nothing else. A client that sends a request
// again must sign it again.
func (s *Signer) SignRequest(ctx context.Context, req *http.Request) error {
	return s.SignRequestAt(ctx, req, s.now())
}

// SignRequestAt signs a request as at time t, cut to the second: the service refuses a time in the future.
//
// It writes path and query in their canonical form, so that what is sent is what is signed. It sets accept and
// content-type (application/json), x-amz-pay-date, x-amz-pay-host (the host that net/http sends, without port) and
// Authorization; x-amz-pay-region if it is absent, by [WithRegion] or the host; and on a POST x-amz-pay-idempotency-key
// if it is absent. These but Authorization, and every other x-amz-pay header of the request, are signed; their values
// are trimmed, and their names get the case of [http.CanonicalHeaderKey]. Calling it again renews date and signature
// and keeps the idempotency key.
//
// A body is read through GetBody, or whole where there is none, and can be sent afterwards.
//
// The errors are about the request (no host, an opaque URL, no region, an idempotency key that isn't 1 to 32 letters,
// digits, - and _, a header with a line break, a NUL byte or several values, a body above 16 MiB) or come from the key
// or the context. The request may then be partly changed, and has no Authorization header.
//
// A key that isn't an [*rsa.PrivateKey] may be far away: when the context ends, the call returns the context's error at once. What the key
// still returns then is dropped, and a goroutine waits for it; a key that never returns keeps one for each such call.
func (s *Signer) SignRequestAt(ctx context.Context, req *http.Request, t time.Time) error {
	if req.Header == nil {
		req.Header = make(http.Header)
	}
	canonicalizeNames(req.Header)
	req.Header.Del("Authorization")
	if err := ctx.Err(); err != nil {
		return err
	}
	host, err := sentHost(req)
	if err != nil {
		return err
	}
	if err := s.setHeaders(req, host, t); err != nil {
		return err
	}
	names, err := namesToSign(req.Header)
	if err != nil {
		return err
	}
	body, err := readBody(req)
	if err != nil {
		return err
	}
	path, query := canonicalizeURL(req.URL)
	canonical := canonicalRequest(sentMethod(req), path, query, req.Header, names, HashBody(body))
	signature, err := s.sign(ctx, StringToSign(AlgorithmV2, canonical))
	if err != nil {
		return err
	}
	req.Header["Authorization"] = []string{authorization{
		algorithm: AlgorithmV2, publicKeyID: s.publicKeyID, signedHeaders: names, signature: signature,
	}.String()}
	return nil
}

// sign waits for the key no longer than the context lasts: a key that isn't in this process may take seconds, or hang.
func (s *Signer) sign(ctx context.Context, stringToSign string) (string, error) {
	if _, local := s.key.(*rsa.PrivateKey); local || ctx.Done() == nil {
		return Sign(s.random, s.key, AlgorithmV2, stringToSign)
	}
	type result struct {
		signature string
		err       error
	}
	signed := make(chan result, 1) // with room for a result that nobody waits for any more
	go func() {
		signature, err := Sign(s.random, s.key, AlgorithmV2, stringToSign)
		signed <- result{signature, err}
	}()
	select {
	case r := <-signed:
		return r.signature, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

var idempotencyKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// KeyError is a failure of the private key itself, such as a KMS that throttles or that can't be reached. Signing the same request again
// may succeed.
type KeyError struct{ Err error }

// Error returns what the key said.
func (e *KeyError) Error() string { return e.Err.Error() }

// Unwrap returns the key's own error.
func (e *KeyError) Unwrap() error { return e.Err }

// Sign returns the signature of a string to sign, in standard base64: RSASSA-PSS with SHA-256 and the algorithm's salt length. The
// key's public key must be RSA. random is the source of the salt; nil is crypto/rand.Reader. The errors are the key's, a [*KeyError], and those of an
// unknown algorithm, of a key that isn't RSA, and of a signature that hasn't the length of the key.
func Sign(random io.Reader, key crypto.Signer, algorithm Algorithm, stringToSign string) (string, error) {
	saltLength := algorithm.saltLength()
	if saltLength == 0 {
		return "", fmt.Errorf("signing: %q is not an algorithm of Amazon Pay", clip(string(algorithm)))
	}
	if random == nil {
		random = rand.Reader
	}
	digest := sha256.Sum256([]byte(stringToSign))
	signature, err := key.Sign(random, digest[:], &rsa.PSSOptions{SaltLength: saltLength, Hash: crypto.SHA256})
	if err != nil {
		return "", fmt.Errorf("signing: the key can't sign: %w", &KeyError{err})
	}
	public, ok := key.Public().(*rsa.PublicKey)
	if !ok {
		return "", errNotRSA
	}
	if len(signature) != public.Size() {
		return "", fmt.Errorf("signing: the key made a signature of %d bytes, not the %d of its RSA key: if it is in a KMS or HSM, check that its client names the right key and RSASSA-PSS with SHA-256", len(signature), public.Size())
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// clip bounds what an error quotes.
func clip(s string) string {
	const most = 48
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
