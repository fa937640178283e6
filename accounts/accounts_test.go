package accounts_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/regions"
)

const publicKeyID = "LIVE-AFVX7ULWSGBZ5535PCUQOY7B"

// testKey is made once: making an RSA key is slow.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var testPEM = sync.OnceValue(func() string {
	der, err := x509.MarshalPKCS8PrivateKey(testKey())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "payreports.toml", `
[accounts.us]
public_key_id = "LIVE-US"
private_key   = "env:US_KEY"
region        = "us"

[accounts.de]
public_key_id = "ADE"
private_key   = "keys/de.pem"
region        = "eu"
environment   = "live"
auth_token    = "file:de.token"
endpoint      = "http://127.0.0.1:1"
`)
	config, err := accounts.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"de", "us"}, config.Names()); diff != "" {
		t.Error(diff)
	}
	de, err := config.Account("de")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%s %s %s %v %v %s", de.PublicKeyID, de.Region, de.Environment, de.PrivateKey, de.AuthToken, de.Endpoint); got !=
		fmt.Sprintf("ADE eu live file %s file %s http://127.0.0.1:1", filepath.Join(dir, "keys", "de.pem"), filepath.Join(dir, "de.token")) {
		t.Error(got)
	}
	us, err := config.Account("us")
	if err != nil {
		t.Fatal(err)
	}
	if us.Region != regions.NA || us.PrivateKey.String() != "variable US_KEY" || !us.AuthToken.IsZero() {
		t.Errorf("%+v", us)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const rest = "private_key = \"k.pem\"\nregion = \"eu\"\n"
	for _, test := range []struct{ name, text, want string }{
		{"no account", "", "it has no account"},
		{"unknown member", "[accounts.de]\npublic_key_id = \"A\"\nprivat_key = \"k\"\n", "line 3: an account has no member privat_key"},
		{"unknown table", "[account.de]\npublic_key_id = \"A\"\n", "line 1: there is no account"},
		{"top-level member", "region = \"eu\"\n[accounts.de]\npublic_key_id = \"A\"\n" + rest, "line 1: there is no region"},
		{"syntax", "[accounts.de\n", "line 1"},
		{"wrong kind", "[accounts.de]\npublic_key_id = 7\n" + rest, "line 2"},
		{"member twice", "[accounts.de]\npublic_key_id = \"A\"\npublic_key_id = \"B\"\n" + rest, "line 3"},
		{"no id", "[accounts.de]\n" + rest, "accounts.de.public_key_id: it is missing"},
		{"no region", "[accounts.de]\npublic_key_id = \"A\"\nprivate_key = \"k\"\n", "accounts.de.region: it is missing"},
		{"no key", "[accounts.de]\npublic_key_id = \"A\"\nregion = \"eu\"\n", "accounts.de.private_key: it is missing"},
		{"empty key", "[accounts.de]\npublic_key_id = \"A\"\nregion = \"eu\"\nprivate_key = \" \"\n", "accounts.de.private_key: it is empty"},
		{"empty command", "[accounts.de]\npublic_key_id = \"A\"\nregion = \"eu\"\nprivate_key = []\n", "the command is empty"},
		{"command of numbers", "[accounts.de]\npublic_key_id = \"A\"\nregion = \"eu\"\nprivate_key = [1]\n", "a command is a list of texts"},
		{"key is a number", "[accounts.de]\npublic_key_id = \"A\"\nregion = \"eu\"\nprivate_key = 1\n", "it must be a text"},
		{"region", "[accounts.de]\npublic_key_id = \"A\"\nprivate_key = \"k\"\nregion = \"mars\"\n", `accounts.de.region: "mars" is not a region`},
		{"environment", "[accounts.de]\npublic_key_id = \"A\"\nenvironment = \"test\"\n" + rest, `accounts.de.environment: "test" is not`},
		{"name", "[accounts.\"../de\"]\npublic_key_id = \"A\"\n" + rest, "the account name"},
		{"hidden name", "[accounts.\".de\"]\npublic_key_id = \"A\"\n" + rest, "the account name"},
		{"names in two cases", "[accounts.de]\npublic_key_id = \"A\"\n" + rest + "[accounts.DE]\npublic_key_id = \"B\"\n" + rest, "differ in case only"},
		{"one merchant twice", "[accounts.de]\npublic_key_id = \"A\"\n" + rest + "[accounts.at]\npublic_key_id = \"A\"\n" + rest, "the accounts at and de have the same public_key_id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := accounts.Load(write(t, t.TempDir(), "payreports.toml", test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q in one line", err, test.want)
			}
		})
	}
}

func TestLoadRefusesReadableSecrets(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps permissions elsewhere")
	}
	const token = "the-token-itself"
	path := write(t, t.TempDir(), "payreports.toml",
		"[accounts.de]\npublic_key_id = \"A\"\nprivate_key = \"k\"\nregion = \"eu\"\nauth_token = \""+token+"\"\n")
	if _, err := accounts.Load(path); err != nil {
		t.Error("readable by its owner only:", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := accounts.Load(path)
	if err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), token) {
		t.Errorf("readable by others: %v", err)
	}
}

func TestLoadFinds(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("AppData", home)
	if _, err := accounts.Load(""); !errors.Is(err, accounts.ErrNoFile) {
		t.Errorf("without a file: %v", err)
	}
	configHome, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(configHome, "payreports"), 0o700); err != nil {
		t.Fatal(err)
	}
	account := func(name string) string {
		return "[accounts." + name + "]\npublic_key_id = \"A\"\nprivate_key = \"k\"\nregion = \"eu\"\n"
	}
	write(t, filepath.Join(configHome, "payreports"), "payreports.toml", account("user"))
	for _, want := range []string{"user", "here"} {
		if want == "here" {
			write(t, dir, "payreports.toml", account("here"))
		}
		config, err := accounts.Load("")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Account(want); err != nil {
			t.Error(err)
		}
	}
}

func TestAccountNamesWhatWasMeant(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 30 {
		fmt.Fprintf(&text, "[accounts.shop-%02d]\npublic_key_id = \"A%d\"\nprivate_key = \"k\"\nregion = \"eu\"\n", i, i)
	}
	config, err := accounts.Load(write(t, t.TempDir(), "payreports.toml", text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Shop-07": "did you mean shop-07?", "07": "did you mean shop-07?", "de": "and 20 more", "": "and 20 more"} {
		if _, err := config.Account(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	keyFile := write(t, dir, "key.pem", testPEM())
	write(t, dir, "print-key", testPEM()+"\n\n")
	write(t, dir, "empty", "")
	write(t, dir, "quoted", "\"tok\"\r\n")
	write(t, dir, "long", strings.Repeat("A", 1<<20+1))
	t.Setenv("TEST_KEY", testPEM())
	t.Setenv("TEST_EMPTY", "")
	asJSON, err := json.Marshal(map[string]string{"key": testPEM()})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, value, want string }{
		{"path", `"key.pem"`, ""},
		{"absolute path", `'` + keyFile + `'`, ""},
		{"file:", `"file:key.pem"`, ""},
		{"variable", `"env:TEST_KEY"`, ""},
		{"PEM", "'''\n" + testPEM() + "'''", ""},
		{"base64 of PEM", `"` + base64.StdEncoding.EncodeToString([]byte(testPEM())) + `"`, ""},
		{"PEM in JSON", `'` + string(asJSON) + `'`, ""},
		{"command", `["cat", "` + filepath.Join(dir, "print-key") + `"]`, ""},
		{"no file", `"nowhere.pem"`, "nowhere.pem can't be read: no such file"},
		{"a directory", `"."`, "is a directory"},
		{"long file", `"long"`, "longer than 1 MiB"},
		{"empty file", `"empty"`, "is empty"},
		{"no variable", `"env:TEST_NONE"`, "the variable TEST_NONE is not set"},
		{"empty variable", `"env:TEST_EMPTY"`, "the private key (variable TEST_EMPTY) is empty"},
		{"command that prints nothing", `["true"]`, "the command true printed nothing"},
		{"command that fails", `["false", "s3cret-argument"]`, "the command false failed (exit status 1)"},
		{"no command", `["no-such-command-here"]`, "the command no-such-command-here can't be run"},
		{"command that prints too much", `["head", "-c", "2000000", "/dev/zero"]`, "printed more than 1 MiB"},
		{"command that prints no key", `["echo", "s3cret"]`, "private key (command echo)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, dir, "payreports.toml", "[accounts.de]\npublic_key_id = \""+publicKeyID+"\"\nregion = \"eu\"\nprivate_key = "+test.value+"\n")
			config, err := accounts.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			client, err := config.Client(t.Context(), "de")
			if test.want == "" {
				if err != nil || !strings.Contains(client.String(), publicKeyID) {
					t.Fatal(client, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "account de") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("it tells too much: %v", err)
			}
		})
	}
}

func TestSecretsEndWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	path := write(t, t.TempDir(), "payreports.toml",
		"[accounts.de]\npublic_key_id = \"A\"\nenvironment = \"live\"\nregion = \"eu\"\nprivate_key = [\"sleep\", \"600\"]\n")
	config, err := accounts.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Client(ctx, "de"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-token"
	account := accounts.Account{PublicKeyID: publicKeyID, AuthToken: accounts.TokenSecret(secret), PrivateKey: accounts.KeySecret(testPEM())}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		text := fmt.Sprintf(verb, account) + fmt.Sprintf(verb, account.LogValue())
		if strings.Contains(text, secret) || strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("%s prints a secret", verb)
		}
	}
	asJSON, err := json.Marshal(account)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(asJSON), secret) || strings.Contains(string(asJSON), "PRIVATE KEY") {
		t.Error("JSON holds a secret")
	}
}

func TestFromEnvironment(t *testing.T) {
	for _, name := range []string{"PUBLIC_KEY_ID", "PRIVATE_KEY", "REGION", "ENVIRONMENT", "ENDPOINT", "AUTH_TOKEN"} {
		t.Setenv("AMAZON_PAY_"+name, "")
	}
	_, err := accounts.FromEnvironment()
	if err == nil || !strings.Contains(err.Error(), "AMAZON_PAY_PUBLIC_KEY_ID, AMAZON_PAY_PRIVATE_KEY, AMAZON_PAY_REGION") {
		t.Error(err)
	}
	t.Setenv("AMAZON_PAY_PUBLIC_KEY_ID", " '"+publicKeyID+"'\n")
	t.Setenv("AMAZON_PAY_PRIVATE_KEY", testPEM())
	t.Setenv("AMAZON_PAY_REGION", "\"de\"")
	t.Setenv("AMAZON_PAY_AUTH_TOKEN", "token\n")
	account, err := accounts.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if account.PublicKeyID != publicKeyID || account.Region != regions.EU {
		t.Errorf("%+v", account)
	}
	if _, err := account.Client(t.Context(), payreports.WithEndpoint("http://127.0.0.1:1")); err != nil {
		t.Error(err)
	}
	t.Setenv("AMAZON_PAY_ENVIRONMENT", "production")
	if _, err := accounts.FromEnvironment(); err == nil || !strings.Contains(err.Error(), "AMAZON_PAY_ENVIRONMENT") {
		t.Error(err)
	}
}

func TestShard(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1", "/", "3/3", "-1/3", "0/0", "a/b", "0/3/1", "1.5/3"} {
		if _, err := accounts.ParseShard(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	const count = 3
	sizes := make([]int, count)
	for i := range 10_000 {
		name := fmt.Sprintf("merchant-%05d", i)
		owners := 0
		for index := range count {
			shard, err := accounts.ParseShard(fmt.Sprintf("%d/%d", index, count))
			if err != nil {
				t.Fatal(err)
			}
			if shard.Has(name) {
				owners++
				sizes[index]++
			}
		}
		if owners != 1 {
			t.Fatalf("%s is in %d shards", name, owners)
		}
	}
	for index, size := range sizes {
		if size < 3_000 || size > 3_700 {
			t.Errorf("shard %d has %d of 10,000 accounts", index, size)
		}
	}
	if !(accounts.Shard{}).Has("any") {
		t.Error("the zero Shard has not all accounts")
	}
	// A name's shard must never change: another version of this package would sync an account twice, or never.
	for name, want := range map[string]string{"de": "0/3", "us": "2/3", "jp": "1/3"} {
		for index := range count {
			if shard := (accounts.Shard{Index: index, Count: count}); shard.Has(name) && shard.String() != want {
				t.Errorf("%s is in %s, was in %s", name, shard, want)
			}
		}
	}
}
