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

// The x-amz-pay headers that this package sets and reads, as keys of an [http.Header].
const (
	HeaderDate           = "X-Amz-Pay-Date"
	HeaderHost           = "X-Amz-Pay-Host"
	HeaderRegion         = "X-Amz-Pay-Region"
	HeaderIdempotencyKey = "X-Amz-Pay-Idempotency-Key"

	headerPrefix = "X-Amz-Pay-"
)

const (
	dateLayout     = "20060102T150405Z"
	dashedLayout   = "2006-01-02T15:04:05Z" // the official Node SDK sends it
	minimalKeyBits = 2048
	// maxBody limits the body, which has to be read to be signed. Requests of this API have a few hundred bytes.
	maxBody = 16 << 20
)

// Signer signs HTTP requests with a merchant's key. Create one with [NewSigner]. It is safe for concurrent use if the key is, and if the arguments of
// [WithClock] and [WithRandom] are. The standard library's keys are.
type Signer struct {
	publicKeyID string
	key         crypto.Signer
	region      string
	now         func() time.Time
	random      io.Reader
}

// Option configures a [Signer].
type Option func(*Signer) error

// WithRegion sets the region for requests without the header x-amz-pay-region: na, eu or jp. Without this option, the region is derived from the
// host, which works only for the API's own hosts.
func WithRegion(region string) Option {
	return func(s *Signer) error {
		switch region = strings.ToLower(region); region {
		case "na", "eu", "jp":
			s.region = region
			return nil
		default:
			return fmt.Errorf("signing: WithRegion(%q): the region must be na, eu or jp", clip(region))
		}
	}
}

// WithClock replaces time.Now as the clock of [Signer.SignRequest].
func WithClock(now func() time.Time) Option {
	return func(s *Signer) error {
		if now == nil {
			return errors.New("signing: WithClock: the function is nil")
		}
		s.now = now
		return nil
	}
}

// WithRandom replaces crypto/rand.Reader as the source of salts and idempotency keys. It is for tests. Newer versions of Go ignore it for salts, and
// keys that aren't from the standard library may ignore it too.
func WithRandom(random io.Reader) Option {
	return func(s *Signer) error {
		if random == nil {
			return errors.New("signing: WithRandom: the reader is nil")
		}
		s.random = random
		return nil
	}
}

// NewSigner returns a Signer for a public key id, such as SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B, and its private key, an RSA key of at least 2048 bits.
// [ParsePrivateKey] reads a key from PEM. Any other crypto.Signer, such as a client of a KMS or an HSM, must sign with RSASSA-PSS and SHA-256, using
// the salt length from crypto.SignerOpts.
func NewSigner(publicKeyID string, key crypto.Signer, opts ...Option) (*Signer, error) {
	if err := checkPublicKeyID(publicKeyID); err != nil {
		return nil, err
	}
	if key == nil || reflect.ValueOf(key).Kind() == reflect.Pointer && reflect.ValueOf(key).IsNil() {
		return nil, errors.New("signing: the private key is nil: read it with ParsePrivateKey from the PEM file that belongs to the public key id")
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
		return nil, fmt.Errorf("signing: the private key is of type %T: Amazon Pay accepts only RSA keys: create a key pair of 2048 bits in Seller Central", key)
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
	return fmt.Errorf("signing: Public() of the private key (%T) returns nil: it must return the key's *rsa.PublicKey; for a KMS or an HSM, fetch it once and keep it", key)
}

func checkPublicKeyID(id string) error {
	if id == "" {
		return errors.New("signing: the public key id is empty: Seller Central shows it next to the key, such as SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B")
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || strings.IndexByte(",;=\"'`\\", c) >= 0 {
			return fmt.Errorf("signing: the public key id %q has an invalid character: copy it from Seller Central without quotes, spaces or line ends", clip(id))
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
		return fmt.Errorf("signing: the RSA key has %d bits, but at least %d are needed: create a new key pair in Seller Central", bits, minimalKeyBits)
	}
	return nil
}

// PublicKeyID returns the public key id, by which the service identifies the key.
func (s *Signer) PublicKeyID() string { return s.publicKeyID }

// Public returns the public key. A [Verifier] can use it to verify this Signer's signatures.
func (s *Signer) Public() *rsa.PublicKey { return s.key.Public().(*rsa.PublicKey) }

// Format prints the public key id for every verb. It never prints the key.
func (s Signer) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "signing.Signer(public key id %s)", s.publicKeyID)
}

// LogValue returns the same text as Format, for package slog.
func (s Signer) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// SignRequest signs a request with the current time. See [Signer.SignRequestAt]. It can be used as a RequestEditorFn of clients that oapi-codegen
// generates: api.WithRequestEditorFn(signer.SignRequest). A client that retries a request must sign it again.
func (s *Signer) SignRequest(ctx context.Context, req *http.Request) error {
	return s.SignRequestAt(ctx, req, s.now())
}

// SignRequestAt signs a request with t as its date, to the second. The service refuses a date in the future.
//
// It rewrites the request's path and query in their canonical forms, so that exactly the signed bytes are sent. It always sets these headers:
//
//   - accept and content-type (application/json)
//   - x-amz-pay-date
//   - x-amz-pay-host (the host that net/http sends, without the port)
//   - Authorization
//
// It sets these headers if they are absent:
//
//   - x-amz-pay-region, from [WithRegion] or the host
//   - x-amz-pay-idempotency-key, on a POST
//
// It signs all of these except Authorization, and every other x-amz-pay header of the request. The values of signed headers are trimmed, and their
// names get the case of [http.CanonicalHeaderKey]. If you sign a request again, it gets a new date and signature, and keeps its idempotency key.
//
// The body is read with GetBody, or into memory if GetBody is nil. It can still be sent afterwards.
//
// It is an error if the request has no host, an opaque URL, no known region, an invalid idempotency key, a header with a line break, a NUL byte or
// several values, or a body of more than 16 MiB. Other errors come from the key or the context. After an error, the request may be partly changed, and
// has no Authorization header.
//
// A key that isn't an [*rsa.PrivateKey] may be slow. When the context ends, SignRequestAt returns the context's error at once, while a goroutine still
// waits for the key. If the key never returns, that goroutine never ends.
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

// sign stops waiting for the key when the context ends. A key outside this process may take seconds, or hang.
func (s *Signer) sign(ctx context.Context, stringToSign string) (string, error) {
	if _, local := s.key.(*rsa.PrivateKey); local || ctx.Done() == nil {
		return Sign(s.random, s.key, AlgorithmV2, stringToSign)
	}
	type result struct {
		signature string
		err       error
	}
	signed := make(chan result, 1) // buffered, because nobody may be waiting for the result
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

// KeyError is an error that the private key returned, for example because a KMS throttles or can't be reached. A retry may succeed.
type KeyError struct{ Err error }

// Error returns the text of the key's error.
func (e *KeyError) Error() string { return e.Err.Error() }

// Unwrap returns the key's error.
func (e *KeyError) Unwrap() error { return e.Err }

// Sign returns the signature of a string to sign, in standard base64. It uses RSASSA-PSS with SHA-256 and the algorithm's salt length. random is the
// source of the salt; nil means crypto/rand.Reader.
//
// If the key returns an error, it is a [*KeyError]. It is also an error if the algorithm is unknown, if the key isn't an RSA key, or if the length of
// the signature doesn't match the key.
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
		return "", fmt.Errorf("signing: the key returned an error: %w", &KeyError{err})
	}
	public, ok := key.Public().(*rsa.PublicKey)
	if !ok {
		return "", errNotRSA
	}
	if len(signature) != public.Size() {
		return "", fmt.Errorf("signing: the key returned a signature of %d bytes, but its RSA key has %d: if it is in a KMS or an HSM, check that its client uses the right key and RSASSA-PSS with SHA-256", len(signature), public.Size())
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// clip limits what an error quotes.
func clip(s string) string {
	const most = 48
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
