package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/visible"
	"github.com/amazonpay-go/payreports/mirror"
)

// syncReport is what sync prints as JSON.
type syncReport struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	ExitCode int       `json:"exitCode"`
	Shard    string    `json:"shard,omitempty"`
	syncCounts
	Accounts []accountReport `json:"accounts"`

	dryRun    bool
	many      bool // with --all-accounts
	to        string
	succeeded bool // also if nothing was new
	summaries []mirror.AccountSummary
}

// syncCounts are what was done for an account, or for all.
type syncCounts struct {
	Attempts        int64 `json:"attempts"`
	Throttled       int64 `json:"throttled"`
	New             int   `json:"new"`
	Replaced        int   `json:"replaced"`
	AlreadyPresent  int   `json:"alreadyPresent"`
	Failed          int   `json:"failed"`
	FailedAtService int   `json:"failedAtService"`
	Cancelled       int   `json:"cancelled"`
	InProgress      int   `json:"inProgress"`
	Bytes           int64 `json:"bytes"`
}

type accountReport struct {
	Account  string    `json:"account"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	ExitCode int       `json:"exitCode"`
	syncCounts
	// Newest is when the newest report of each type was created, by short name.
	Newest map[string]time.Time `json:"newest"`
	Files  []copied             `json:"files"`
	Errors []string             `json:"errors"`
}

// copied is a report that was downloaded, or would be.
type copied struct {
	Path  string `json:"path"`
	Bytes *int64 `json:"bytes,omitempty"` // not known before the download
}

var copiedColumns = []column[copied]{
	{"path", func(c copied) string { return c.Path }, values(1)},
	{"bytes", func(c copied) string { return fmt.Sprint(*c.Bytes) }, amounts(2)},
}

func countsOf(s mirror.Summary) syncCounts {
	return syncCounts{
		Attempts: s.Attempts, Throttled: s.Throttled, New: len(s.New), Replaced: len(s.Replaced), AlreadyPresent: s.Kept, Failed: len(s.Failed),
		FailedAtService: len(s.ServiceFailed), Cancelled: s.Cancelled, InProgress: s.Unfinished, Bytes: s.Bytes,
	}
}

func (c *syncCounts) add(other syncCounts) {
	c.Attempts += other.Attempts
	c.Throttled += other.Throttled
	c.New += other.New
	c.Replaced += other.Replaced
	c.AlreadyPresent += other.AlreadyPresent
	c.Failed += other.Failed
	c.FailedAtService += other.FailedAtService
	c.Cancelled += other.Cancelled
	c.InProgress += other.InProgress
	c.Bytes += other.Bytes
}

func (r *syncReport) nothingNew() bool {
	for _, s := range r.summaries {
		if len(s.New)+len(s.Replaced) > 0 {
			return false
		}
	}
	return true
}

// finish fills in what the summaries come to. The error is that of the whole run.
func (r *syncReport) finish(err error) {
	r.End = time.Now().UTC()
	r.ExitCode = exitCodeOf(err)
	r.succeeded = err == nil || errors.Is(err, errNothingNew)
	r.Accounts = make([]accountReport, 0, len(r.summaries))
	for _, s := range r.summaries {
		a := accountReport{
			Account: s.Account, Start: s.Start, End: s.End, ExitCode: exitCodeOf(s.Err), syncCounts: countsOf(s.Summary),
			Newest: make(map[string]time.Time), Files: r.filesOf(s.Summary), Errors: []string{},
		}
		for reportType, created := range s.Newest {
			a.Newest[payreports.ReportTypeName(reportType)] = created
		}
		if s.Err != nil {
			a.Errors = errorLines(s.Err)
		}
		r.add(a.syncCounts)
		r.Accounts = append(r.Accounts, a)
	}
}

func (r *syncReport) filesOf(s mirror.Summary) []copied {
	files := make([]copied, 0, len(s.New)+len(s.Replaced))
	add := func(f mirror.File) {
		file := copied{Path: f.Path}
		if !r.dryRun {
			file.Bytes = &f.Size
		}
		files = append(files, file)
	}
	for _, f := range s.New {
		add(f)
	}
	for _, replacement := range s.Replaced {
		add(replacement.File)
	}
	return files
}

// uneventful reports whether there is nothing to tell.
func (r *syncReport) uneventful() bool {
	for _, s := range r.summaries {
		if s.Err != nil || len(s.New)+len(s.Replaced)+len(s.Failed)+len(s.ServiceFailed) > 0 {
			return false
		}
	}
	return true
}

// print lists what was downloaded on standard output, and sums it up on standard error.
func (r *syncReport) print(cmd *cobra.Command, format string) error {
	if err := r.printFiles(cmd, format); err != nil {
		return err
	}
	listed := 0
	for _, s := range r.summaries {
		if s.Listed {
			listed++
		}
		r.warn(cmd, s)
	}
	if listed > 0 || r.many && r.ExitCode == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), r.line())
	}
	return nil
}

func (r *syncReport) printFiles(cmd *cobra.Command, format string) error {
	if format == "json" {
		return printJSON(cmd.OutOrStdout(), r)
	}
	var files []copied
	listed := false
	for i, a := range r.Accounts {
		files = append(files, a.Files...)
		listed = listed || r.summaries[i].Listed
	}
	if len(files) == 0 && (format != "csv" || !listed) {
		return nil
	}
	columns := copiedColumns
	if r.dryRun {
		columns = columns[:1]
	}
	return printList(cmd, format, columns, each(files))
}

func (r *syncReport) warn(cmd *cobra.Command, s mirror.AccountSummary) {
	for _, replacement := range s.Replaced {
		warnf(cmd, "%s is downloaded again: %s%s", replacement.File.Path, replacement.Reason, keptAs(replacement.Old))
	}
	of := ""
	if r.many {
		of = "account " + s.Account + ": "
	}
	for _, report := range s.ServiceFailed {
		if report.ReportType != payreports.ReportTypeSettlement { // which is an error
			warnf(cmd, "%sreport %s (%s, %s to %s) is FAILED: the service could not make it; create it again if you need it",
				of, report.ReportID, payreports.ReportTypeName(report.ReportType), report.StartTime, report.EndTime)
		}
	}
}

func keptAs(old string) string {
	if old == "" {
		return ""
	}
	return "; the old file is " + old
}

// line sums up what was done.
func (r *syncReport) line() string {
	what := fmt.Sprintf("new (%d bytes)", r.Bytes)
	if r.dryRun {
		what = "would be new"
	}
	var line strings.Builder
	if r.many {
		failed := 0
		for _, a := range r.Accounts {
			if a.ExitCode != 0 {
				failed++
			}
		}
		fmt.Fprintf(&line, "%s, %d failed: ", plural(len(r.Accounts), "account"), failed)
	}
	fmt.Fprintf(&line, "%d %s, %d already present, %d failed", r.New, what, r.AlreadyPresent, r.Failed)
	for _, more := range []struct {
		count int
		what  string
	}{
		{r.Replaced, "downloaded again"},
		{r.FailedAtService, "FAILED at the service"},
		{r.Cancelled, "cancelled"},
		{r.InProgress, "in progress"},
	} {
		if more.count > 0 {
			fmt.Fprintf(&line, ", %d %s", more.count, more.what)
		}
	}
	return line.String()
}

func warnf(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), "payreports: warning: %s\n", visible.Text(withoutPackages(fmt.Sprintf(format, args...))))
}
