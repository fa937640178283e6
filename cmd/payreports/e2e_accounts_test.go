package main_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// withAccounts is the service as seen with a file of accounts, and without AMAZON_PAY_ variables except for the endpoint.
func (s *service) withAccounts(t *testing.T, toml string) *service {
	t.Helper()
	config := writeFile(t, "payreports.toml", toml)
	return s.with("AMAZON_PAY_PUBLIC_KEY_ID=", "AMAZON_PAY_PRIVATE_KEY=", "AMAZON_PAY_REGION=", "PAYREPORTS_CONFIG="+config)
}

// accountTable is an account of a file, whose members are TOML values.
func accountTable(name, id, key, region, more string) string {
	return fmt.Sprintf("[accounts.%s]\npublic_key_id = %q\nprivate_key = %s\nregion = %q\n%s\n", name, id, key, region, more)
}

func TestAccountsPrecedence(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	key := "'" + s.keyFile + "'"
	f := s.withAccounts(t, accountTable("right", "LIVE-SIMULATOR", key, "na", "")+accountTable("elsewhere", "LIVE-OTHER", "'/no/such/key'", "jp", "endpoint = 'http://127.0.0.1:1'"))
	for name, test := range map[string]struct {
		variables, args []string
		want            string // of standard error; "" means that it works
	}{
		"--account":                       {nil, []string{"--account", "right"}, ""},
		"AMAZON_PAY_ACCOUNT":              {[]string{"AMAZON_PAY_ACCOUNT= 'right'\n"}, nil, ""},
		"--account over the variable":     {[]string{"AMAZON_PAY_ACCOUNT=elsewhere"}, []string{"--account", "right"}, ""},
		"--config over the variable":      {[]string{"PAYREPORTS_CONFIG=/no/such/file"}, []string{"--account", "right", "--config", configOf(f)}, ""},
		"the file alone":                  {[]string{"AMAZON_PAY_ENDPOINT="}, []string{"--account", "elsewhere"}, "/no/such/key can't be read"},
		"variables over the file":         {[]string{"AMAZON_PAY_ACCOUNT=elsewhere", "AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=" + s.keyFile, "AMAZON_PAY_REGION=na"}, nil, ""},
		"flags over the file":             {nil, []string{"--account", "elsewhere", "--public-key-id", "LIVE-SIMULATOR", "--private-key", s.keyFile, "--region", "na"}, ""},
		"flags over variables":            {[]string{"AMAZON_PAY_REGION=jp", "AMAZON_PAY_PRIVATE_KEY=/no/such/key"}, []string{"--account", "right", "--region", "us", "--private-key", s.keyFile}, ""},
		"a wrong variable over the file":  {[]string{"AMAZON_PAY_PRIVATE_KEY=/no/such/other"}, []string{"--account", "right"}, "/no/such/other can't be read"},
		"the account without a name":      {[]string{"AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=" + s.keyFile, "AMAZON_PAY_REGION=na"}, nil, ""},
		"no account chosen":               {nil, nil, "there is no public key id: give --public-key-id or set AMAZON_PAY_PUBLIC_KEY_ID, or give --account for one of "},
		"a key from a variable of choice": {[]string{"MY_KEY=" + string(mustRead(t, s.keyFile))}, []string{"--account", "elsewhere", "--public-key-id", "LIVE-SIMULATOR", "--private-key", "env:MY_KEY", "--region", "na"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := f.with(test.variables...).run(t, append([]string{"schedules", "list"}, test.args...)...)
			if (got.code == 0) != (test.want == "") || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "accounts: ") {
				t.Errorf("%+v, want %q", got, test.want)
			}
		})
	}
	other := f.with("AMAZON_PAY_PUBLIC_KEY_ID=LIVE-OTHER").run(t, "schedules", "list", "--account", "right")
	if !strings.Contains(other.stderr, "payreports: warning: AMAZON_PAY_PUBLIC_KEY_ID replaces the value of account right in ") {
		t.Errorf("another merchant under the account's name: %+v", other)
	}
}

func configOf(s *service) string {
	for _, variable := range s.environment {
		if path, ok := strings.CutPrefix(variable, "PAYREPORTS_CONFIG="); ok {
			return path
		}
	}
	return ""
}

func TestAccountKeySources(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	text := string(mustRead(t, s.keyFile))
	asJSON, err := json.Marshal(map[string]string{"private_key": text})
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Join(strings.Split(text, "\n")[3:], "\n")
	for name, test := range map[string]struct{ key, want string }{
		"path":                             {"'" + s.keyFile + "'", ""},
		"PEM":                              {"'''" + text + "'''", ""},
		"base64 of PEM":                    {`"` + base64.StdEncoding.EncodeToString([]byte(text)) + `"`, ""},
		"PEM in JSON":                      {`'` + string(asJSON) + `'`, ""},
		"variable":                         {`"env:MERCHANT_KEY"`, ""},
		"command":                          {`["cat", '` + s.keyFile + `']`, ""},
		"command that prints line ends":    {`["sh", "-c", "echo; cat '` + s.keyFile + `'; echo; echo"]`, ""},
		"command that prints CRLF":         {`["sed", "s/$/\r/", '` + s.keyFile + `']`, ""},
		"command that prints quotes":       {`["sh", "-c", "printf '\"'; cat '` + s.keyFile + `'; printf '\"\n'"]`, ""},
		"command that prints nothing":      {`["true"]`, "account de: the private key: the command true printed nothing: it must print the secret on standard output"},
		"command that prints a line end":   {`["echo"]`, "account de: the private key: the command echo printed nothing: it must print the secret on standard output"},
		"command that fails":               {`["sh", "-c", "echo s3cr3t >&2; exit 3"]`, "account de: the private key: the command sh failed (exit status 3): run it by hand to see why"},
		"no such command":                  {`["no-such-command", "s3cr3t"]`, "account de: the private key: the command no-such-command can't be run: executable file not found in $PATH"},
		"no such file":                     {`"none.pem"`, "none.pem can't be read: no such file or directory"},
		"no such variable":                 {`"env:NO_KEY"`, "account de: the variable NO_KEY is not set: it should hold the private key"},
		"no key":                           {`["echo", "s3cr3t"]`, "account de: the private key (command echo): the key is not PEM"},
		"a part of a key":                  {"'''" + broken + "'''", "the private key"},
		"a command that prints half of it": {`["sh", "-c", "head -c 300 '` + s.keyFile + `'"]`, "account de: the private key (command sh): "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.withAccounts(t, accountTable("de", "LIVE-SIMULATOR", test.key, "na", "")).with("MERCHANT_KEY="+text+"\n").run(t, "schedules", "list", "--account", "de")
			if (got.code == 0) != (test.want == "") || !strings.Contains(got.stderr, test.want) {
				t.Errorf("%+v, want %q", got, test.want)
			}
			if strings.Contains(got.stderr, "s3cr3t") || strings.Contains(got.stderr, strings.Split(text, "\n")[5][:16]) {
				t.Error("it shows a secret")
			}
			if lines := strings.Count(strings.TrimSuffix(got.stderr, "See payreports --help, and --help of each command.\n"), "\n"); test.want != "" && lines != 1 {
				t.Errorf("%d lines: %s", lines, got.stderr)
			}
		})
	}
}

func TestAccountsFileErrors(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	key := "'" + s.keyFile + "'"
	for name, test := range map[string]struct {
		toml string
		args []string
		want string
	}{
		"a wrong key":       {"[accounts.de]\npublic_key_id = \"A\"\nprivat_key = \"s3cr3t\"\n", []string{"accounts", "list"}, "line 3: an account has no member privat_key: its members are public_key_id, private_key,"},
		"a missing account": {accountTable("de", "LIVE-A", key, "eu", ""), []string{"schedules", "list", "--account", "fr"}, `has no account "fr": it has de`},
		"nearly":            {accountTable("de", "LIVE-A", key, "eu", ""), []string{"schedules", "list", "--account", "DE"}, "did you mean de?"},
		"no syntax":         {"[accounts.de]\nprivate_key = s3cr3t\n", []string{"doctor", "--all-accounts"}, "line 2"},
		"no accounts":       {"\n", []string{"doctor", "--all-accounts"}, "it has no account"},
		"one and all":       {accountTable("de", "LIVE-A", key, "eu", ""), []string{"doctor", "--all-accounts", "--account", "de"}, "values of one account can't be given for all accounts"},
		"an id for all":     {accountTable("de", "LIVE-A", key, "eu", ""), []string{"doctor", "--all-accounts", "--public-key-id", "LIVE-A"}, "values of one account can't be given for all accounts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.withAccounts(t, test.toml).run(t, test.args...)
			if got.code != 2 || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "s3cr3t") || strings.Count(got.stderr, "\n") != 2 {
				t.Errorf("%+v, want %q", got, test.want)
			}
		})
	}
	none := s.with("PAYREPORTS_CONFIG=").run(t, "schedules", "list", "--account", "de")
	if none.code != 2 || !regexp.MustCompile(`^payreports: there is no payreports.toml: looked for payreports.toml and /.*payreports.toml, for the account de\n`).MatchString(none.stderr) {
		t.Errorf("%+v", none)
	}
}

func TestAccountsList(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	f := s.withAccounts(t, accountTable("us", "ADE", `["vault", "get", "s3cr3t"]`, "na", "environment = 'live'\nauth_token = 's3cr3t-token'\nendpoint = 'https://me:s3cr3t@example.com'")+
		accountTable("de", "LIVE-A", `"env:DE_KEY"`, "de", "")+accountTable("jp", "LIVE-B", `'''`+string(mustRead(t, s.keyFile))+`'''`, "jp", ""))
	if got := f.ok(t, "accounts", "list").stdout; got != `NAME  PUBLICKEYID  REGION  ENVIRONMENT  PRIVATEKEY       AUTHTOKEN     ENDPOINT
de    LIVE-A       eu                   variable DE_KEY
jp    LIVE-B       jp                   given itself
us    ADE          na      live         command vault    given itself  https://me:xxxxx@example.com
` {
		t.Errorf("%s", got)
	}
	if got := f.ok(t, "accounts", "list", "-o", "csv").stdout; got != "name,publicKeyId,region,environment,privateKey,authToken,endpoint\nde,LIVE-A,eu,,variable DE_KEY,,\njp,LIVE-B,jp,,given itself,,\nus,ADE,na,live,command vault,given itself,https://me:xxxxx@example.com\n" {
		t.Errorf("%s", got)
	}
	asJSON := f.ok(t, "accounts", "list", "-o", "json").stdout
	var list []map[string]string
	if err := json.Unmarshal([]byte(asJSON), &list); err != nil || len(list) != 3 || list[2]["privateKey"] != "command vault" || strings.Contains(asJSON, "s3cr3t") || strings.Contains(asJSON, "BEGIN") {
		t.Errorf("%s, %v", asJSON, err)
	}
	if got := f.ok(t, "__complete", "reports", "list", "--account", "").stdout; got != "de\njp\nus\n:4\n" {
		t.Errorf("completion: %q", got)
	}
	if got := f.with("PAYREPORTS_CONFIG=/none").ok(t, "__complete", "sync", "--config", configOf(f), "--account", "").stdout; !strings.HasPrefix(got, "de\njp\nus\n") {
		t.Errorf("completion: %q", got)
	}
}

func TestDoctorAllAccounts(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	key := "'" + s.keyFile + "'"
	right := accountTable("right", "LIVE-SIMULATOR", key, "na", "")
	if got := s.withAccounts(t, right).ok(t, "doctor", "--all-accounts"); !strings.Contains(got.stdout, "right") || got.stderr != "1 account checked, 0 with a problem\n" {
		t.Errorf("%+v", got)
	}
	f := s.withAccounts(t, right+accountTable("nokey", "LIVE-SIMULATOR-2", "'/no/such/key'", "na", "")+accountTable("other", "LIVE-OTHER", key, "na", "")+
		accountTable("token", "LIVE-SIMULATOR", key, "na", "auth_token = 'env:NO_TOKEN'"))
	got := f.run(t, "doctor", "--all-accounts")
	for _, want := range []string{
		`(?m)^warning +right +LIVE-SIMULATOR +na +connection: http, not encrypted$`, `(?m)^problem +nokey .*private key: account nokey: the private key /no/such/key can't be read`,
		`(?m)^problem +other .*signed call: getReports: 403`, `(?m)^problem +token .*auth token: account token: the variable NO_TOKEN is not set`,
	} {
		if !regexp.MustCompile(want).MatchString(got.stdout) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
	if want := "4 accounts checked, 3 with a problem\npayreports: a problem was found with these accounts: nokey, other, token\n"; got.code != 4 || got.stderr != want || strings.Count(got.stdout, "\n") != 5 {
		t.Errorf("exit code %d, %s\n%s", got.code, got.stderr, got.stdout)
	}
	var results []struct {
		Account, Result string
		Findings        []struct{ Check, Result, Detail string }
	}
	if err := json.Unmarshal([]byte(f.run(t, "doctor", "--all-accounts", "-o", "json").stdout), &results); err != nil || len(results) != 4 || results[0].Account != "nokey" || results[2].Result != "warning" || len(results[2].Findings) < 6 {
		t.Errorf("%+v, %v", results, err)
	}
	if one := f.ok(t, "doctor", "--account", "right"); !strings.HasPrefix(one.stderr, "This setup works") {
		t.Errorf("%+v", one)
	}
}

// A solution provider's token comes from a variable, a file, or the account.
func TestAuthTokens(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	key := "'" + s.keyFile + "'"
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("\"granted-1\"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	account := s.withAccounts(t, accountTable("de", "LIVE-SIMULATOR", key, "na", "auth_token = ['echo', 'granted-2']"))
	for name, test := range map[string]struct {
		service *service
		args    []string
		want    string
	}{
		"no token":   {s, nil, ""},
		"file":       {s, []string{"--auth-token-file", token}, "granted-1"},
		"variable":   {s.with("AMAZON_PAY_AUTH_TOKEN=granted-3\n"), nil, "granted-3"},
		"over it":    {s.with("AMAZON_PAY_AUTH_TOKEN=granted-3"), []string{"--auth-token-file", token}, "granted-1"},
		"account":    {account, []string{"--account", "de"}, "granted-2"},
		"over it as": {account, []string{"--account", "de", "--auth-token-file", token}, "granted-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokens := make(chan string, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tokens <- r.Header.Get("X-Amz-Pay-Authtoken")
				fmt.Fprint(w, `{"reportSchedules":[]}`)
			}))
			t.Cleanup(server.Close)
			got := test.service.with("AMAZON_PAY_ENDPOINT="+server.URL).ok(t, append([]string{"schedules", "list", "--log-level", "debug"}, test.args...)...)
			if sent := <-tokens; sent != test.want {
				t.Errorf("sent %q, want %q", sent, test.want)
			}
			if strings.Contains(got.stdout+got.stderr, "granted") {
				t.Errorf("the token is shown: %+v", got)
			}
		})
	}
	if got := s.run(t, "schedules", "list", "--auth-token-file", token+"x"); got.code != 1 || !strings.Contains(got.stderr, "the auth token "+token+"x can't be read: no such file") {
		t.Errorf("%+v", got)
	}
}

// A company's proxy that inspects TLS, and a simulator with --tls, have an authority of their own.
func TestCAFile(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t, nil, "--tls")
	authority, key := string(pem.EncodeToMemory(readPEM(t, sim.CAFile))), string(pem.EncodeToMemory(readPEM(t, sim.PrivateKeyFile)))
	other := string(pem.EncodeToMemory(readPEM(t, startSimulator(t, nil, "--tls").CAFile)))
	s := &service{environment: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=" + key,
		"AMAZON_PAY_REGION=na", "AMAZON_PAY_ENDPOINT=" + sim.URL, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
	}}
	right := writeFile(t, "ca.pem", "# two authorities\n"+other+authority)
	s.ok(t, "schedules", "list", "--ca-file", right)
	s.with("AMAZON_PAY_CA_FILE='"+right+"'\n").ok(t, "sync", "--since", "3d", "--to", filepath.Join(t.TempDir(), "reports"))
	s.ok(t, "doctor", "--ca-file", right)
	for name, test := range map[string]struct{ file, want string }{
		"another":     {writeFile(t, "ca.pem", other), "certificate signed by unknown authority"},
		"a key":       {writeFile(t, "ca.pem", key), "it holds a private key and no certificate: give a file of certificate authorities in PEM"},
		"nothing":     {writeFile(t, "ca.pem", ""), "it holds no certificate"},
		"damaged":     {writeFile(t, "ca.pem", strings.Replace(authority, "\nMII", "\nAII", 1)), "certificate 1 can't be read"},
		"no file":     {filepath.Join(t.TempDir(), "none.pem"), "--ca-file: open"},
		"a directory": {t.TempDir(), "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.run(t, "schedules", "list", "--ca-file", test.file, "--timeout", "5s")
			if got.code == 0 || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "BEGIN PRIVATE") {
				t.Errorf("%+v, want %q", got, test.want)
			}
		})
	}
	if got := s.run(t, "doctor"); got.code != 4 || !strings.Contains(got.stdout, "whose certificate authority --ca-file can name") {
		t.Errorf("%+v", got)
	}
}
