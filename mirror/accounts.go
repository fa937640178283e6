package mirror

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// Account is one merchant of [SyncAccounts].
type Account struct {
	// Name must differ from those of other accounts in more than case. The account's reports are in account=<name>.
	Name string
	// Client makes the account's client. It is called when it is the account's turn, so that its key isn't read earlier. Use the method Client of
	// accounts.Account.
	Client func(context.Context) (*payreports.Client, error)
}

// AccountSummary says what a run has done for one account.
type AccountSummary struct {
	// Account is the account's name.
	Account string
	// Summary is what was done. Its paths are under the mirror's directory, so they begin with account=<name>.
	Summary
	// Err is the error that [Sync] returned for the account.
	Err error
}

// openAccounts is how many accounts are worked on at once, at least: each has a locked directory and its list of reports in memory.
const openAccounts = 64

// AccountPath is where the mirror of an account is, under the directory of the mirror of all.
func AccountPath(name string) string { return "account=" + safeName(escape(name)) }

// SyncAccounts is [Sync] for many merchants, each in a directory of its own; see [AccountPath]. Several processes may share a directory, if each
// has other accounts.
//
// Options.Concurrency is for all accounts together. They share it fairly: an account with many reports doesn't keep the others waiting. Nor does
// one that fails. Options.Again can't be used, because a report's id doesn't say whose it is.
//
// The summaries are in the order of the accounts. The error joins an [*AccountError] for each account that failed.
func SyncAccounts(ctx context.Context, accounts []Account, dir string, options Options) ([]AccountSummary, error) {
	return SyncAccountsStore(ctx, accounts, Directory(dir), options)
}

// SyncAccountsStore is [SyncAccounts] with any [Store].
func SyncAccountsStore(ctx context.Context, accounts []Account, store Store, options Options) ([]AccountSummary, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	if len(options.Again) > 0 {
		return nil, errors.New("mirror: Again names reports of one account: sync that account alone")
	}
	names := make(map[string]string, len(accounts))
	for _, account := range accounts {
		folder := strings.ToLower(AccountPath(account.Name))
		if other, taken := names[folder]; taken || account.Name == "" {
			return nil, fmt.Errorf("mirror: the accounts %q and %q have the same name or none: each needs one of its own", other, account.Name)
		}
		names[folder] = account.Name
	}
	if dir, onDisk := store.(directory); onDisk && !options.DryRun {
		if err := atomicfile.MkdirAll(string(dir)); err != nil {
			return nil, fmt.Errorf("mirror: the directory can't be made: %w", err)
		}
	}
	all := newTurns(options.Concurrency)
	told := &combined{options: options}
	open := make(chan struct{}, max(openAccounts, 2*options.Concurrency))
	summaries := make([]AccountSummary, len(accounts))
	var running sync.WaitGroup
	for i, account := range accounts {
		open <- struct{}{}
		running.Go(func() {
			defer func() { <-open }()
			summaries[i] = syncAccount(ctx, account, store, told.optionsOf(account), all.share())
		})
	}
	running.Wait()
	var errs []error
	for _, summary := range summaries {
		if summary.Err != nil {
			errs = append(errs, &AccountError{summary.Account, summary.Err})
		}
	}
	return summaries, errors.Join(errs...)
}

func syncAccount(ctx context.Context, account Account, store Store, options Options, share *share) AccountSummary {
	s := AccountSummary{Account: account.Name}
	m := &run{store: below(store, AccountPath(account.Name)), options: options, share: share}
	s.Summary, s.Err = m.syncWith(ctx, account.Client)
	inAccount := func(name *string) {
		if *name != "" {
			*name = path.Join(AccountPath(account.Name), *name)
		}
	}
	for i := range s.New {
		inAccount(&s.New[i].Path)
	}
	for i := range s.Replaced {
		inAccount(&s.Replaced[i].File.Path)
		inAccount(&s.Replaced[i].Old)
	}
	for i := range s.Failed {
		inAccount(&s.Failed[i].File.Path)
	}
	return s
}

// AccountError is the error of one account.
type AccountError struct {
	// Account is its name.
	Account string
	// Err is one error, or several, joined.
	Err error
}

// Error returns a line per error, each with the account's name in front.
func (e *AccountError) Error() string {
	name := "account " + e.Account + ": "
	return name + strings.ReplaceAll(e.Err.Error(), "\n", "\n"+name)
}

// Unwrap returns the error without the account.
func (e *AccountError) Unwrap() error { return e.Err }

// combined tells the progress of all accounts as one, by one goroutine at a time.
type combined struct {
	options Options
	mu      sync.Mutex
	status  Status
}

func (c *combined) optionsOf(account Account) Options {
	options := c.options
	if tell := c.options.Progress; tell != nil {
		options.Progress = func(file File, err error) {
			file.Path = path.Join(AccountPath(account.Name), file.Path)
			c.mu.Lock()
			defer c.mu.Unlock()
			tell(file, err)
		}
	}
	if tell := c.options.Status; tell != nil {
		var last Status
		options.Status = func(s Status) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.status.Total += s.Total - last.Total
			c.status.Done += s.Done - last.Done
			c.status.Bytes += s.Bytes - last.Bytes
			last = s
			tell(c.status)
		}
	}
	return options
}
