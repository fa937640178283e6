package main_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// syncResult is what sync --output json prints.
type syncResult struct {
	Start, End                             string
	ExitCode                               int
	Shard                                  string
	Attempts, New, AlreadyPresent, Bytes   int
	Throttled, Failed, Replaced, Cancelled int
	Accounts                               []struct {
		Account, Start, End                string
		ExitCode                           int
		Attempts, Throttled                int
		New, AlreadyPresent, Failed, Bytes int
		Newest                             map[string]string
		Files                              []struct {
			Path  string
			Bytes int
		}
		Errors []string
	}
}

func syncJSON(t *testing.T, got result) syncResult {
	t.Helper()
	var r syncResult
	decoder := json.NewDecoder(strings.NewReader(got.stdout))
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	return r
}

// twoMerchants is a merchant, and another one who has granted it a token.
func twoMerchants(t *testing.T) *service {
	t.Helper()
	s := newService(t, simulator.Config{Merchants: []simulator.Merchant{{}, {AuthToken: "granted", TransactionsPerDay: 3}}})
	key := "'" + s.keyFile + "'"
	return s.withAccounts(t, accountTable("shop", "LIVE-SIMULATOR", key, "na", "")+accountTable("token", "LIVE-SIMULATOR", key, "na", "auth_token = 'granted'"))
}

func TestSyncAllAccounts(t *testing.T) {
	t.Parallel()
	s := twoMerchants(t)
	dir := filepath.Join(t.TempDir(), "reports")
	got := s.ok(t, "sync", "--all-accounts", "--to", dir, "--since", "2026-11-21", "-o", "json")
	r := syncJSON(t, got)
	if r.ExitCode != 0 || len(r.Accounts) != 2 || r.New != 8 || r.Attempts != 2*(1+4*2) || r.Accounts[0].Account != "shop" || r.Accounts[1].New != 4 || r.Bytes != r.Accounts[0].Bytes+r.Accounts[1].Bytes || r.Bytes < 1000 {
		t.Errorf("%s%s", got.stdout, got.stderr)
	}
	times := regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	for _, text := range []string{r.Start, r.End, r.Accounts[0].Start, r.Accounts[1].End} {
		if !times.MatchString(text) {
			t.Errorf("time %q", text)
		}
	}
	if r.Accounts[0].Newest["settlement"] != "2026-11-24T09:00:00Z" || filepath.ToSlash(r.Accounts[1].Files[0].Path) != "account=token/type=settlement/date=2026-11-21/50002000087.csv" {
		t.Errorf("%+v", r.Accounts)
	}
	if !strings.HasSuffix(got.stderr, "2 accounts, 0 failed: 8 new ("+fmt.Sprint(r.Bytes)+" bytes), 0 already present, 0 failed\n") {
		t.Errorf("%s", got.stderr)
	}
	s.ok(t, "verify", "--reports", dir, "--offline")
	again := syncJSON(t, s.run(t, "sync", "--all-accounts", "--to", dir, "--since", "2026-11-21", "--exit-code", "-o", "json"))
	if again.ExitCode != 3 || again.AlreadyPresent != 8 || again.Attempts != 2 || again.Accounts[0].ExitCode != 0 {
		t.Errorf("the second run: %+v", again)
	}
	if csv := s.ok(t, "sync", "--all-accounts", "--to", dir+"2", "--since", "2026-11-24", "-o", "csv"); !regexp.MustCompile(`^path,bytes\naccount=shop/type=settlement/.*,\d+\naccount=token/.*,\d+\n$`).MatchString(csv.stdout) {
		t.Errorf("%+v", csv)
	}
	if one := syncJSON(t, s.ok(t, "sync", "--account", "token", "--to", dir+"3", "--since", "2026-11-24", "-o", "json")); len(one.Accounts) != 1 || one.Accounts[0].Account != "token" || !strings.HasPrefix(one.Accounts[0].Files[0].Path, "type=settlement") {
		t.Errorf("%+v", one)
	}
}

// Each account that fails is named, with what to do; the others are synced.
func TestSyncAllAccountsGoesOn(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	key := "'" + s.keyFile + "'"
	f := s.withAccounts(t, accountTable("a-nokey", "LIVE-A", "['true']", "na", "")+accountTable("b-other", "LIVE-OTHER", key, "na", "")+accountTable("c-right", "LIVE-SIMULATOR", key, "na", "")+
		accountTable("d-token", "LIVE-D", key, "na", "auth_token = 'env:NO_TOKEN'"))
	dir := filepath.Join(t.TempDir(), "reports")
	got := f.run(t, "sync", "--all-accounts", "--to", dir, "--since", "2026-11-23", "-o", "json")
	r := syncJSON(t, got)
	if got.code != 1 || r.ExitCode != 1 || r.New != 2 || r.Accounts[2].ExitCode != 0 || r.Accounts[2].New != 2 {
		t.Errorf("%+v", got)
	}
	for i, want := range map[int]string{
		0: "the private key: the command true printed nothing: it must print the secret on standard output",
		1: "listing the reports: getReports: 403 InvalidAuthentication",
		3: "the variable NO_TOKEN is not set: it should hold the auth token",
	} {
		a := r.Accounts[i]
		if a.ExitCode != 1 || len(a.Errors) != 1 || !strings.Contains(a.Errors[0], want) || !strings.Contains(got.stderr, "payreports: account "+a.Account+": "+a.Errors[0]+"\n") {
			t.Errorf("account %s: %+v, want %q in\n%s", a.Account, a, want, got.stderr)
		}
	}
	if !strings.Contains(got.stderr, "4 accounts, 3 failed: 2 new") || strings.Contains(got.stderr, "--help") || strings.Contains(got.stderr, "c-right") {
		t.Errorf("%s", got.stderr)
	}
}

func TestSyncShards(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	var toml strings.Builder
	for i := range 12 {
		toml.WriteString(accountTable(fmt.Sprintf("shop-%02d", i), "LIVE-SIMULATOR", "'"+s.keyFile+"'", "na", fmt.Sprintf("auth_token = 'token-%d'", i)))
	}
	f := s.withAccounts(t, toml.String())
	dir := filepath.Join(t.TempDir(), "reports")
	owners := make(map[string]string)
	for _, shard := range []string{"0/3", "1/3", "2/3"} {
		r := syncJSON(t, f.ok(t, "sync", "--all-accounts", "--shard", shard, "--to", dir, "--since", "2026-11-24", "-o", "json"))
		if r.Shard != shard || len(r.Accounts) == 0 {
			t.Errorf("%s: %+v", shard, r)
		}
		for _, a := range r.Accounts {
			if other, taken := owners[a.Account]; taken || a.New != 1 {
				t.Errorf("account %s is in %s and in %s, with %d new reports", a.Account, other, shard, a.New)
			}
			owners[a.Account] = shard
		}
	}
	directories, err := fs.Glob(os.DirFS(dir), "account=*/type=settlement/date=2026-11-24/*.csv")
	if err != nil || len(owners) != 12 || len(directories) != 12 {
		t.Errorf("%d accounts, %d reports, %v", len(owners), len(directories), err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"not an account each": {[]string{"--shard", "0/3"}, "--shard shares accounts between processes: give --all-accounts too"},
		"too high":            {[]string{"--all-accounts", "--shard", "3/3"}, `--shard: "3/3" is not a shard: use I/N with I from 0 to N-1`},
		"no number":           {[]string{"--all-accounts", "--shard", "a/3"}, "is not a shard"},
		"again":               {[]string{"--all-accounts", "--again", "1"}, "--again names reports of one account"},
		"one of all":          {[]string{"--all-accounts", "--account", "shop-01"}, "values of one account can't be given for all accounts"},
		"a key for all":       {[]string{"--all-accounts", "--private-key", s.keyFile}, "values of one account can't be given for all accounts"},
	} {
		got := f.run(t, append([]string{"sync", "--to", dir}, test.args...)...)
		if got.code != 2 || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
