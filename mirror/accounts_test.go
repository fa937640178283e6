package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// bounded keeps the most requests that were on their way at once.
type bounded struct{ now, most atomic.Int64 }

// around lets each answer take 50 milliseconds of the bubble's clock.
func (b *bounded) around(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		now := b.now.Add(1)
		defer b.now.Add(-1)
		for most := b.most.Load(); now > most && !b.most.CompareAndSwap(most, now); most = b.most.Load() {
		}
		timer := time.NewTimer(50 * time.Millisecond)
		<-timer.C
		return next.RoundTrip(req)
	})
}

// merchantOf makes the account of a simulator.
func merchantOf(name string, sim *simulator.Server, seen *bounded) mirror.Account {
	return mirror.Account{Name: name, Client: func(context.Context) (*payreports.Client, error) {
		return sim.Client(payreports.WithHTTPClient(&http.Client{Transport: seen.around(sim.RoundTripper())})), nil
	}}
}

// small is a merchant with two reports.
func small(t *testing.T) *simulator.Server {
	t.Helper()
	sim := simulator.StartInMemory(t, simulator.Config{TransactionsPerDay: -1})
	sim.SetOutcome(payreports.ReportTypeRefund, payreports.ProcessingStatusCompleted)
	for range 2 {
		if _, err := sim.Client().CreateReport(t.Context(), payreports.CreateReportRequest{
			Type: payreports.ReportTypeRefund, Start: sim.Now().AddDate(0, 0, -2), End: sim.Now().AddDate(0, 0, -1),
		}); err != nil {
			t.Fatal(err)
		}
	}
	sim.Advance(time.Minute)
	return sim
}

func TestSyncAccountsIsFair(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 3, 16} {
		t.Run(fmt.Sprint(concurrency), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				accounts := []mirror.Account{}
				var seen bounded
				for i := range 2 {
					accounts = append(accounts, merchantOf(fmt.Sprintf("big-%d", i), simulator.StartInMemory(t), &seen))
				}
				accounts = append(accounts, merchantOf("small", small(t), &seen))
				var order []string
				_, err := mirror.SyncAccounts(t.Context(), accounts, dir, mirror.Options{Concurrency: concurrency, Since: time.Now().AddDate(0, 0, -40), Progress: func(file mirror.File, err error) {
					if err != nil {
						t.Error(err)
					}
					order = append(order, strings.Split(filepath.ToSlash(file.Path), "/")[0])
				}})
				if err != nil || len(order) < 80 {
					t.Fatalf("%d reports, %v", len(order), err)
				}
				// Each account may have a turn before the small one, each time, and as many as go on at once.
				last := len(order) - 1 - slices.Index(reversed(order), "account=small")
				if last > 2*(len(accounts)+concurrency) {
					t.Errorf("the small account has its last report after %d others", last)
				}
			})
		})
	}
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// One bound holds for all accounts, and is used.
func TestSyncAccountsBoundsConcurrency(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 5} {
		t.Run(fmt.Sprint(concurrency), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				var accounts []mirror.Account
				var seen bounded
				for i := range 5 {
					accounts = append(accounts, merchantOf(fmt.Sprint(i), simulator.StartInMemory(t), &seen))
				}
				if _, err := mirror.SyncAccounts(t.Context(), accounts, dir, mirror.Options{Concurrency: concurrency, Since: time.Now().AddDate(0, 0, -10)}); err != nil {
					t.Fatal(err)
				}
				if most := seen.most.Load(); most != int64(concurrency) {
					t.Errorf("%d requests at once, want %d", most, concurrency)
				}
			})
		})
	}
}

func TestSyncAccountsGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	forbidden, forbiddenClient, _ := start(t, simulator.Config{})
	forbidden.SetFault(simulator.FaultServerError, 1)
	dir := t.TempDir()
	of := func(client *payreports.Client, err error) func(context.Context) (*payreports.Client, error) {
		return func(context.Context) (*payreports.Client, error) { return client, err }
	}
	noKey := errors.New("there is no key")
	accounts := []mirror.Account{
		{Name: "de", Client: of(nil, noKey)}, {Name: "fr", Client: of(forbiddenClient, nil)}, {Name: "jp", Client: of(client, nil)}, {Name: "us", Client: of(client, nil)},
	}
	// Another process works on us.
	if err := os.MkdirAll(filepath.Join(dir, "account=us"), 0o700); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(dir, "account=us", ".lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		t.Fatal(locked, err)
	}
	defer lock.Close()
	summaries, err := mirror.SyncAccounts(t.Context(), accounts, dir, fortnight)
	if len(summaries) != 4 || !errors.Is(summaries[0].Err, noKey) || summaries[0].Listed || summaries[1].Err == nil || summaries[1].Listed || summaries[1].Attempts < 10 ||
		summaries[2].Err != nil || len(summaries[2].New) != 15 || !errors.Is(summaries[3].Err, mirror.ErrLocked) {
		t.Errorf("%+v", summaries)
	}
	for _, line := range []string{"account de: there is no key\n", "account fr: mirror: listing the reports: payreports: getReports: 500", "account us: mirror: another run is working in this directory"} {
		if err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("no %q in %v", line, err)
		}
	}
	if strings.Contains(err.Error(), "account jp") {
		t.Error(err)
	}
	first := summaries[2]
	if path := filepath.ToSlash(first.New[0].Path); !strings.HasPrefix(path, "account=jp/type=settlement/date=2026-11-") {
		t.Errorf("path %s", path)
	}
	if !first.Start.Before(first.End) || first.Attempts != 31 || first.Throttled != 0 || !first.Newest[payreports.ReportTypeSettlement].Equal(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("%v, %v, %d attempts, %d throttled, newest %v", first.Start, first.End, first.Attempts, first.Throttled, first.Newest)
	}
	copied, err := mirror.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := copied.Verify(t.Context(), mirror.VerifyOptions{}); err != nil || v.Files != 15 || len(v.Findings) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	// A second run only lists.
	if again, _ := mirror.SyncAccounts(t.Context(), accounts[2:3], dir, fortnight); again[0].Kept != 15 || again[0].Attempts != 1 || len(again[0].New) != 0 {
		t.Errorf("%+v", again)
	}
}

func TestSyncAccountsNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"de": "account=de", "shop-07": "account=shop-07", "Shop.EU_1": "account=Shop.EU_1", "con": "account=%63on", ".hidden": "account=%2Ehidden", "a/b": "account=a%2Fb", "..": "account=%2E%2E", "x.": "account=x%2E", "日本": "account=%E6%97%A5%E6%9C%AC",
	} {
		if got := mirror.AccountPath(name); got != want {
			t.Errorf("%q is in %s, want %s", name, got, want)
		}
	}
	_, client, _ := start(t, simulator.Config{})
	of := func(name string) mirror.Account {
		return mirror.Account{Name: name, Client: func(context.Context) (*payreports.Client, error) { return client, nil }}
	}
	dir := filepath.Join(t.TempDir(), "none")
	for name, test := range map[string]struct {
		accounts []mirror.Account
		options  mirror.Options
		want     string
	}{
		"twice":     {[]mirror.Account{of("de"), of("de")}, mirror.Options{}, "the same name"},
		"two cases": {[]mirror.Account{of("de"), of("DE")}, mirror.Options{}, "the same name"},
		"no name":   {[]mirror.Account{of("")}, mirror.Options{}, "or none"},
		"again":     {[]mirror.Account{of("de")}, mirror.Options{Again: []payreports.ReportID{"1"}}, "Again names reports of one account"},
		"too much":  {[]mirror.Account{of("de")}, mirror.Options{Concurrency: 1000}, "the concurrency is 1000"},
	} {
		if _, err := mirror.SyncAccounts(t.Context(), test.accounts, dir, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a directory was made")
	}
	summaries, err := mirror.SyncAccounts(t.Context(), []mirror.Account{of("de")}, dir, mirror.Options{DryRun: true, Since: fortnight.Since})
	if _, statErr := os.Stat(dir); err != nil || statErr == nil || len(summaries[0].New) != 15 {
		t.Errorf("dry run: %+v, %v, %v", summaries, err, statErr)
	}
}

func TestSyncAccountsStops(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	over := errors.New("the time is over")
	var accounts []mirror.Account
	for i := range 200 {
		accounts = append(accounts, mirror.Account{Name: fmt.Sprint(i), Client: func(context.Context) (*payreports.Client, error) {
			if i == 70 {
				stop(over)
			}
			return client, nil
		}})
	}
	var last mirror.Status
	options := mirror.Options{Since: fortnight.Since, DryRun: true, Status: func(s mirror.Status) { last = s }}
	summaries, err := mirror.SyncAccounts(ctx, accounts, t.TempDir(), options)
	if !errors.Is(err, over) || len(summaries) != 200 || !errors.Is(summaries[199].Err, over) || strings.Contains(summaries[199].Err.Error(), "\n") {
		t.Errorf("%v, %v", len(summaries), summaries[199].Err)
	}
	done := 0
	for _, s := range summaries {
		done += len(s.New)
	}
	if diff := cmp.Diff(done, last.Done); diff != "" || last.Total < last.Done {
		t.Errorf("%s, %+v", diff, last)
	}
}
