package accounts

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// Account is one merchant's access to the API. Its fields may be changed before it is used.
type Account struct {
	// Name is the account's name in the file, "" for the account of the environment.
	Name string
	// PublicKeyID is the id that Seller Central shows next to the key.
	PublicKeyID string
	// PrivateKey says where the private key is.
	PrivateKey Secret
	// Region is the merchant's region.
	Region regions.Region
	// Environment is needed only for a PublicKeyID that doesn't begin with LIVE or SANDBOX.
	Environment regions.Environment
	// AuthToken says where the token is that the merchant granted to a solution provider. None means that the key is the merchant's own.
	AuthToken Secret
	// Endpoint is a base URL instead of the region's, for a simulator; "" means the region's.
	Endpoint string
}

// With returns a copy of the account in which the values of other that aren't empty replace its own. The name stays.
func (a *Account) With(other Account) *Account {
	account := *a
	account.PublicKeyID = cmp.Or(other.PublicKeyID, a.PublicKeyID)
	account.Region = cmp.Or(other.Region, a.Region)
	account.Environment = cmp.Or(other.Environment, a.Environment)
	account.Endpoint = cmp.Or(other.Endpoint, a.Endpoint)
	if !other.PrivateKey.IsZero() {
		account.PrivateKey = other.PrivateKey
	}
	if !other.AuthToken.IsZero() {
		account.AuthToken = other.AuthToken
	}
	return &account
}

func (a *Account) empty() bool {
	return a.PublicKeyID == "" && a.Region == "" && a.Environment == "" && a.Endpoint == "" && a.PrivateKey.IsZero() && a.AuthToken.IsZero()
}

// Signer reads the private key and makes the signer of the account's requests.
func (a *Account) Signer(ctx context.Context) (*signing.Signer, error) {
	if a.PublicKeyID == "" {
		return nil, a.failed(errors.New("there is no public key id"))
	}
	key, err := a.Key(ctx)
	if err != nil {
		return nil, err
	}
	signer, err := signing.NewSigner(a.PublicKeyID, key)
	if err != nil {
		return nil, a.failed(err)
	}
	return signer, nil
}

// Key reads the private key.
func (a *Account) Key(ctx context.Context) (*rsa.PrivateKey, error) {
	if a.PrivateKey.IsZero() {
		return nil, a.failed(errors.New("there is no private key"))
	}
	text, err := a.PrivateKey.Read(ctx)
	if err != nil {
		return nil, a.failed(err)
	}
	key, err := signing.ParsePrivateKey(text)
	if err != nil {
		return nil, a.failed(fmt.Errorf("the private key (%s): %s", a.PrivateKey, strings.TrimPrefix(err.Error(), "signing: ")))
	}
	return key, nil
}

// Options returns the options that a client of this account needs besides the region and the signer. It reads the auth token.
func (a *Account) Options(ctx context.Context) ([]payreports.Option, error) {
	var options []payreports.Option
	if a.Environment != "" {
		options = append(options, payreports.WithEnvironment(a.Environment))
	}
	if a.Endpoint != "" {
		options = append(options, payreports.WithEndpoint(a.Endpoint))
	}
	if !a.AuthToken.IsZero() {
		token, err := a.AuthToken.Read(ctx)
		if err != nil {
			return nil, a.failed(err)
		}
		options = append(options, payreports.WithAuthToken(string(token)))
	}
	return options, nil
}

// Client reads the private key and the token, runs the commands that print them, and makes the account's client. The context bounds that. The
// given options come after the account's own and win over them. The error names the account and what to do, and holds no secret.
func (a *Account) Client(ctx context.Context, options ...payreports.Option) (*payreports.Client, error) {
	signer, err := a.Signer(ctx)
	if err != nil {
		return nil, err
	}
	own, err := a.Options(ctx)
	if err != nil {
		return nil, err
	}
	if a.Region == "" {
		return nil, a.failed(errors.New("there is no region: it is na, eu or jp"))
	}
	client, err := payreports.New(a.Region, signer, append(own, options...)...)
	if err != nil {
		return nil, a.failed(err)
	}
	return client, nil
}

// Error is what is wrong with one account.
type Error struct {
	// Account is the account's name, "" for the account of the environment.
	Account string
	// Err is what is wrong, without the name.
	Err error
}

// Error names the account.
func (e *Error) Error() string {
	if e.Account == "" {
		return "accounts: " + e.Err.Error()
	}
	return "accounts: account " + e.Account + ": " + e.Err.Error()
}

// Unwrap returns the error without the account's name.
func (e *Error) Unwrap() error { return e.Err }

func (a *Account) failed(err error) error { return &Error{a.Name, &unprefixed{err}} }

// unprefixed is an error without the name of the package that it is from.
type unprefixed struct{ error }

func (e *unprefixed) Error() string {
	text := e.error.Error()
	for _, prefix := range []string{"accounts: ", "payreports: ", "signing: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

func (e *unprefixed) Unwrap() error { return e.error }

// LogValue is what slog shows: where the secrets are, not what they are.
func (a *Account) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("name", a.Name), slog.String("publicKeyId", a.PublicKeyID), slog.String("region", string(a.Region)),
		slog.String("privateKey", a.PrivateKey.String()), slog.String("authToken", a.AuthToken.String()))
}
