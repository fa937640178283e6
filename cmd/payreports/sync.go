package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/mirror"
)

type syncFlags struct {
	to          string
	types       []string
	since       string
	again       []string
	concurrency int
	dryRun      bool
	quiet       bool
	exitCode    bool
	allAccounts bool
	shard       string
	metricsFile string
}

func syncCommand(s *settings) *cobra.Command {
	var flags syncFlags
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a copy of all reports in a directory: download what is new",
		Long: `Keep a copy of all reports in a directory: download what is new.

A report is written to type=<type>/date=<end date in UTC>/<report id>.csv, with its metadata next to it. It is there whole
or not at all, and no report is ever deleted. Run it every night:

  15 5 * * *  payreports sync --to /var/lib/amazon-pay-reports

What isn't a report, such as a login page or an error of the storage, is refused: it is kept in the directory .refused for you
to look at, and the next run tries again. A report that is present but wrong is downloaded again, and so is one that
you name with --again. The old file is kept as <report id>.csv.replaced-<time>.

With --all-accounts, the reports of all accounts in the file of accounts (see payreports accounts) are synced, each account
to its own directory account=<name>. Accounts share --concurrency fairly. An account that fails is named, and the others go
on. Several processes with --shard share the accounts without talking to each other. Variables that describe one account,
such as AMAZON_PAY_PUBLIC_KEY_ID, are ignored then.

With --output json, the result is one object: start, end, exitCode, and what was done in total (attempts, throttled, new,
replaced, alreadyPresent, failed, failedAtService, cancelled, inProgress, bytes) and the same per account in accounts, with
the files and errors of each. attempts counts the requests that were sent, and throttled those that were answered with
"slow down". It is also printed if the sync fails.

With --metrics-file, the same is written in the text format of Prometheus, with the time of the last sync that succeeded, per
account too, and the creation time of the newest report of each account and type. Those times survive a sync that fails. Give
each process a file of its own, whose name ends with .prom.

The exit code is 1 if a report could not be downloaded, or if a settlement report has the status FAILED, because its
settlement is then missing. FAILED reports of other types are named in a warning: create them again if you need them.` + bucketRule,
		Example: `  payreports sync --to reports
  payreports sync --to reports --type settlement,refund --since 14d --dry-run
  payreports sync --to reports --again 50000000091
  payreports sync --to 's3://my-bucket/amazon-pay?region=eu-central-1'
  payreports sync --to reports --all-accounts --shard 0/3 --output json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSync(cmd, s, &flags) },
	}
	cmd.Flags().StringVar(&flags.to, "to", "", "`DIR|URL` of the copy: a directory, or a bucket")
	typesFlag(cmd, &flags.types)
	timeFlag(cmd, &flags.since, "since", "only reports created since `TIME` (default: 90 days ago)")
	cmd.Flags().StringSliceVar(&flags.again, "again", nil, "download only the reports with these `IDS`, even if they are present, and keep the old files")
	cmd.Flags().IntVar(&flags.concurrency, "concurrency", 4, "do `N` things at once: download reports, or list those of an account")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "list what would be downloaded, and write nothing")
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "print nothing if nothing is new and nothing is wrong")
	cmd.Flags().BoolVar(&flags.exitCode, "exit-code", false, "exit with 3 if nothing was new")
	cmd.Flags().BoolVar(&flags.allAccounts, "all-accounts", false, "sync all accounts in the file of accounts, each to account=<name>/ in DIR")
	cmd.Flags().StringVar(&flags.shard, "shard", "", "with --all-accounts: take part `I/N` of the accounts, such as 0/3, 1/3 and 2/3 in three processes")
	cmd.Flags().StringVar(&flags.metricsFile, "metrics-file", "", "write what was done to this `FILE` too, for the textfile collector of Prometheus' node_exporter, also if the sync fails")
	return cmd
}

// runSync syncs one account or many, and prints what was done also if it failed.
func runSync(cmd *cobra.Command, s *settings, flags *syncFlags) error {
	if flags.metricsFile != "" && flags.dryRun {
		return usageError{errors.New("--metrics-file says what was synced, and --dry-run syncs nothing: leave one of them out")}
	}
	report := syncReport{Start: time.Now().UTC(), Shard: flags.shard, dryRun: flags.dryRun, many: flags.allAccounts, to: flags.to}
	var err error
	report.summaries, err = flags.sync(cmd, s)
	if err == nil && flags.exitCode && report.nothingNew() {
		err = errNothingNew
	}
	report.finish(err)
	if flags.metricsFile != "" {
		if metricsErr := report.writeMetrics(cmd, flags.metricsFile); metricsErr != nil {
			err = errors.Join(err, fmt.Errorf("--metrics-file %s: %w", flags.metricsFile, metricsErr))
		}
	}
	if report.summaries == nil && err != nil || flags.quiet && report.uneventful() {
		return err
	}
	return errors.Join(err, report.print(cmd, s.output))
}

// sync returns no summaries if it doesn't come to the accounts.
func (f *syncFlags) sync(cmd *cobra.Command, s *settings) ([]mirror.AccountSummary, error) {
	options, shard, err := f.parse()
	if err != nil {
		return nil, err
	}
	progress := newProgress(cmd)
	defer progress.end()
	if !f.quiet {
		options.Status = progress.reports
	}
	if f.allAccounts {
		return syncAll(cmd, s, f.to, shard, options)
	}
	return syncOne(cmd, s, f.to, options)
}

// parse refuses what can't be carried out.
func (f *syncFlags) parse() (options mirror.Options, shard accounts.Shard, err error) {
	switch {
	case f.to == "":
		err = errors.New("--to is missing: give the directory of the copy, or the URL of its bucket")
	case f.concurrency < 1 || f.concurrency > mirror.MaxConcurrency:
		err = fmt.Errorf("--concurrency is %d: it must be at least 1 and at most %d", f.concurrency, mirror.MaxConcurrency)
	case len(f.again) > 0 && (len(f.types) > 0 || f.since != ""):
		err = errors.New("--again names the reports to download: leave --type and --since out")
	case len(f.again) > 0 && f.allAccounts:
		err = errors.New("--again names reports of one account: give --account instead of --all-accounts")
	case f.shard != "" && !f.allAccounts:
		err = errors.New("--shard shares accounts between processes: give --all-accounts too")
	}
	if err == nil && f.shard != "" {
		if shard, err = accounts.ParseShard(f.shard); err != nil {
			err = fmt.Errorf("--shard: %w", err)
		}
	}
	if err != nil {
		return options, shard, usageError{err}
	}
	options = mirror.Options{Concurrency: f.concurrency, DryRun: f.dryRun}
	for _, id := range f.again {
		options.Again = append(options.Again, payreports.ReportID(id))
	}
	if options.Types, err = parseTypes(f.types); err != nil {
		return options, shard, err
	}
	options.Since, err = parseTime("since", f.since, false, time.Now())
	return options, shard, err
}

func syncOne(cmd *cobra.Command, s *settings, to string, options mirror.Options) ([]mirror.AccountSummary, error) {
	account, err := s.theAccount()
	if err != nil {
		return nil, err
	}
	client, err := s.client(cmd)
	if err != nil {
		return []mirror.AccountSummary{{Account: account.Name, Err: err}}, err
	}
	store, closeStore, err := storeOf(cmd.Context(), to)
	if err != nil {
		return []mirror.AccountSummary{{Account: account.Name, Err: err}}, err
	}
	defer closeStore()
	summary, err := mirror.SyncStore(cmd.Context(), client, store, options)
	return []mirror.AccountSummary{{Account: account.Name, Summary: summary, Err: err}}, err
}

func syncAll(cmd *cobra.Command, s *settings, to string, shard accounts.Shard, options mirror.Options) ([]mirror.AccountSummary, error) {
	all, err := s.source().All()
	if err != nil {
		return nil, usageError{err}
	}
	common, err := s.clientOptions(cmd)
	if err != nil {
		return nil, err
	}
	var mine []mirror.Account
	var exposed []string
	for _, account := range all {
		if !shard.Has(account.Name) {
			continue
		}
		for _, secret := range []accounts.Secret{account.PrivateKey, account.AuthToken} {
			if problem := secret.Exposure(); problem != "" {
				exposed = append(exposed, problem)
			}
		}
		mine = append(mine, mirror.Account{Name: account.Name, Client: func(ctx context.Context) (*payreports.Client, error) {
			client, err := account.Client(ctx, common...)
			if err != nil {
				var named *accounts.Error
				if errors.As(err, &named) { // the summary names the account
					err = named.Err
				}
				return nil, err
			}
			return client, nil
		}})
	}
	if len(exposed) > 0 {
		more := ""
		if len(exposed) > 1 {
			more = fmt.Sprintf(", and %d more: doctor --all-accounts names them", len(exposed)-1)
		}
		warnf(cmd, "%s%s", exposed[0], more)
	}
	store, closeStore, err := storeOf(cmd.Context(), to)
	if err != nil {
		return nil, err
	}
	defer closeStore()
	summaries, err := mirror.SyncAccountsStore(cmd.Context(), mine, store, options)
	if summaries == nil {
		return nil, err
	}
	return summaries, failedAccounts(summaries)
}

// failedAccounts names the account in each line. It ends sync with exit code 1, whatever is wrong.
func failedAccounts(summaries []mirror.AccountSummary) error {
	var errs []error
	for _, s := range summaries {
		if s.Err == nil {
			continue
		}
		for _, line := range errorLines(s.Err) {
			errs = append(errs, fmt.Errorf("account %s: %s", s.Account, line))
		}
	}
	return errors.Join(errs...)
}

// errNothingNew ends sync --exit-code with exit code 3 and no word on standard error.
var errNothingNew = errors.New("nothing was new")
