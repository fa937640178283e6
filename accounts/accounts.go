// Package accounts says which merchants there are, and makes a client for each. One merchant needs no file: [FromEnvironment] reads the
// AMAZON_PAY_ variables. Several are described in a TOML file, which [Load] reads:
//
//	[accounts.de]
//	public_key_id = "LIVE-AFVX7ULWSGBZ5535PCUQOY7B"
//	private_key   = "/etc/payreports/de.pem"
//	region        = "eu"
//
//	[accounts.us]
//	public_key_id = "LIVE-AHWY8VMXTHCA6646QDVRPZ8C"
//	private_key   = ["vault", "kv", "get", "-field=key", "secret/amazon-pay/us"]
//	region        = "na"
//	auth_token    = "env:US_TOKEN"
//
// A private key is the path of a file, relative to the TOML file's directory, or env: and the name of a variable, or a command whose
// standard output is the key, or the key itself as PEM, as base64 of PEM or as PEM in JSON. An auth_token, which solution providers need, is
// file: and a path, env: and a name, a command, or the token itself. A TOML file that holds a key or a token itself must be readable by its owner only.
// Nothing is read or run before an account is used, and no error or text of this package holds a key or a token.
//
// [Source] is what the command payreports does: flags win over the environment, which wins over the file.
//
// The other members are environment (live or sandbox, only for public key ids without LIVE or SANDBOX in front) and endpoint (a base URL, for
// a simulator). Any other member is an error that names its line.
package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
)

// FileName is the name of the file in the working directory, and in payreports/ below the user's configuration directory.
const FileName = "payreports.toml"

// ErrNoFile means that no path was given and that there is no file where [Load] looks for one.
var ErrNoFile = errors.New("accounts: there is no " + FileName)

// Config is a file of accounts. It is safe for concurrent use.
type Config struct {
	path     string
	accounts map[string]*Account
}

// Load reads a file of accounts. With an empty path it reads payreports.toml in the working directory, else payreports/payreports.toml in the
// user's configuration directory; the error is [ErrNoFile] if there is neither. The file is checked whole: the error names the line of a
// member that doesn't exist, or the account and the member that is wrong. Keys and tokens are not read yet.
func Load(path string) (*Config, error) {
	if path == "" {
		var err error
		if path, err = locate(); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	config, err := parse(path, text)
	if err != nil {
		return nil, fmt.Errorf("accounts: %s: %w", path, err)
	}
	return config, nil
}

func locate() (string, error) {
	candidates := []string{FileName}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "payreports", FileName))
	}
	for _, path := range candidates {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("accounts: %w", err)
		}
	}
	return "", fmt.Errorf("%w: looked for %s", ErrNoFile, strings.Join(candidates, " and "))
}

// fileAccount is a table of the file.
type fileAccount struct {
	PublicKeyID string `toml:"public_key_id"`
	PrivateKey  any    `toml:"private_key"`
	Region      string `toml:"region"`
	Environment string `toml:"environment"`
	AuthToken   any    `toml:"auth_token"`
	Endpoint    string `toml:"endpoint"`
}

func parse(path string, text []byte) (*Config, error) {
	var file struct {
		Accounts map[string]fileAccount `toml:"accounts"`
	}
	decoder := toml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err := decoder.DisallowUnknownFields().Decode(&file); err != nil {
		return nil, explain(err)
	}
	if len(file.Accounts) == 0 {
		return nil, errors.New("it has no account: add a table such as [accounts.de] with public_key_id, private_key and region")
	}
	config := &Config{path: path, accounts: make(map[string]*Account, len(file.Accounts))}
	lower := make(map[string]string, len(file.Accounts))
	keys := make(map[[2]string]string, len(file.Accounts))
	inline := false
	for _, name := range slices.Sorted(maps.Keys(file.Accounts)) {
		account, err := newAccount(name, filepath.Dir(path), file.Accounts[name])
		if err != nil {
			return nil, err
		}
		if other, taken := lower[strings.ToLower(name)]; taken {
			return nil, fmt.Errorf("the accounts %s and %s differ in case only: their copies would share a directory on some file systems", other, name)
		}
		lower[strings.ToLower(name)] = name
		identity := [2]string{account.PublicKeyID, account.AuthToken.identity()}
		if other, taken := keys[identity]; taken {
			return nil, fmt.Errorf("the accounts %s and %s have the same public_key_id and auth_token: they are one merchant", other, name)
		}
		keys[identity] = name
		inline = inline || account.PrivateKey.inline() || account.AuthToken.inline()
		config.accounts[name] = account
	}
	if inline {
		if err := ownerOnly(path); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// explain names the line of what the TOML library refuses. The library's own multi-line texts quote the file, which may hold keys.
func explain(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		line, _ := unknown.Errors[0].Position()
		key := unknown.Errors[0].Key()
		if len(key) == 0 || key[0] != "accounts" {
			return fmt.Errorf("line %d: there is no %s: the file holds tables named [accounts.NAME]", line, strings.Join(key, "."))
		}
		return fmt.Errorf("line %d: an account has no member %s: its members are public_key_id, private_key, region, environment, auth_token and endpoint", line, key[len(key)-1])
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, column := wrong.Position()
		return fmt.Errorf("line %d, column %d: %s", line, column, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return err
}

// ownerOnly refuses a file with secrets in it that others may read. Windows keeps permissions elsewhere.
func ownerOnly(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return fmt.Errorf("it holds a key or a token and can be read by others (%v): chmod 600 it, or name a file, a variable (env:NAME) or a command instead", info.Mode().Perm())
}

// Path returns where the file is.
func (c *Config) Path() string { return c.path }

// Names returns the accounts' names, sorted.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.accounts)) }

// Account returns an account by name. The error names the account that was probably meant, or where the names are.
func (c *Config) Account(name string) (*Account, error) {
	if account, ok := c.accounts[name]; ok {
		return account, nil
	}
	for _, known := range c.Names() {
		if strings.EqualFold(known, name) || strings.Contains(known, name) && name != "" {
			return nil, fmt.Errorf("accounts: %s has no account %q: did you mean %s?", c.path, clip(name), known)
		}
	}
	names := c.Names()
	if more := len(names) - 10; more > 0 {
		names = append(names[:10:10], fmt.Sprintf("and %d more", more))
	}
	return nil, fmt.Errorf("accounts: %s has no account %q: it has %s", c.path, clip(name), strings.Join(names, ", "))
}

// Client makes the client of an account; see [Account.Client].
func (c *Config) Client(ctx context.Context, name string, options ...payreports.Option) (*payreports.Client, error) {
	account, err := c.Account(name)
	if err != nil {
		return nil, err
	}
	return account.Client(ctx, options...)
}

// names become directories of a mirror and arguments of commands.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func newAccount(name, dir string, f fileAccount) (*Account, error) {
	wrong := func(member, format string, args ...any) error {
		return fmt.Errorf("accounts.%s.%s: %s", name, member, fmt.Sprintf(format, args...))
	}
	if !namePattern.MatchString(name) {
		return nil, fmt.Errorf("the account name %q: use at most 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit", clip(name))
	}
	account := &Account{Name: name, PublicKeyID: clean(f.PublicKeyID), Endpoint: clean(f.Endpoint)}
	if account.PublicKeyID == "" {
		return nil, wrong("public_key_id", "it is missing: Seller Central shows it next to the key")
	}
	if clean(f.Region) == "" {
		return nil, wrong("region", "it is missing: use na, eu or jp")
	}
	var err error
	if account.Region, err = regions.Parse(clean(f.Region)); err != nil {
		return nil, wrong("region", "%s", strings.TrimPrefix(err.Error(), "regions: "))
	}
	if f.Environment != "" {
		if account.Environment, err = regions.ParseEnvironment(clean(f.Environment)); err != nil {
			return nil, wrong("environment", "%s", strings.TrimPrefix(err.Error(), "regions: "))
		}
	}
	if f.PrivateKey == nil {
		return nil, wrong("private_key", "it is missing: give the path of the PEM file, env:NAME, or a command in brackets")
	}
	if account.PrivateKey, err = parseSecret(f.PrivateKey, dir, keySecret); err != nil {
		return nil, wrong("private_key", "%v", err)
	}
	if f.AuthToken != nil {
		if account.AuthToken, err = parseSecret(f.AuthToken, dir, tokenSecret); err != nil {
			return nil, wrong("auth_token", "%v", err)
		}
	}
	return account, nil
}

// FromEnvironment returns the account that the AMAZON_PAY_ variables describe; see [Variables]. It has no name. The error lists all that is
// missing.
func FromEnvironment() (*Account, error) {
	account := Variables()
	var missing []string
	for _, required := range []struct {
		name  string
		empty bool
	}{
		{"AMAZON_PAY_PUBLIC_KEY_ID", account.PublicKeyID == ""}, {"AMAZON_PAY_PRIVATE_KEY", account.PrivateKey.IsZero()}, {"AMAZON_PAY_REGION", account.Region == ""},
	} {
		if required.empty {
			missing = append(missing, required.name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("accounts: not set: %s", strings.Join(missing, ", "))
	}
	var err error
	if account.Region, err = regions.Parse(string(account.Region)); err != nil {
		return nil, fmt.Errorf("accounts: AMAZON_PAY_REGION: %s", strings.TrimPrefix(err.Error(), "regions: "))
	}
	if account.Environment != "" {
		if account.Environment, err = regions.ParseEnvironment(string(account.Environment)); err != nil {
			return nil, fmt.Errorf("accounts: AMAZON_PAY_ENVIRONMENT: %s", strings.TrimPrefix(err.Error(), "regions: "))
		}
	}
	return &account, nil
}
