package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// DefaultAccount is the account of reports that are not below a folder account=<account>.
const DefaultAccount = "default"

// ErrNoReports means that there is no report at all, as where a disk isn't mounted.
var ErrNoReports = errors.New("dataset: there are no reports")

// Options say what becomes part of a data set. The zero Options take all reports.
type Options struct {
	// Types are the report types. None means all. Tables of other types are left alone.
	Types []payreports.ReportType
	// Account is the account of reports that are not below a folder account=<account>. "" means [DefaultAccount]. If it is set, and no report is
	// below such a folder, the mirror is that of one account: partitions of other accounts are left alone.
	Account string
	// Reading says how to read files that are not as Amazon makes them. Its Name is ignored.
	Reading reportfile.Options
	// TrustRecorded takes the recorded hash of a report that a partition has already for its own, without reading the report. It is
	// meant for buckets, where reading takes time and money. Without it, each report is read. What is made part of a partition is
	// always compared with the recorded hash.
	TrustRecorded bool
	// Prune drops rows of reports that have vanished from the mirror, and partitions of which nothing is left. Without it such a
	// partition stays as it is, and is a [*VanishedError].
	Prune bool
	// LeftOut, if not nil, is called for each file that is left out: a copy of another file, or one whose type can't be told.
	LeftOut func(path string, reason error)
	// Written, if not nil, is called for each partition that was written.
	Written func(Partition)
}

// Partition is a file of a data set.
type Partition struct {
	// Path is where it is in the data set, with slashes on every system.
	Path string `json:"path"`
	// Table, Account and Month say what it holds. Account is as in the path.
	Table   string `json:"table"`
	Account string `json:"account"`
	Month   string `json:"month"`
	// Rows is how many rows it has, Bytes the file's length, and Reports how many reports the rows are from.
	Rows    int64 `json:"rows"`
	Bytes   int64 `json:"bytes"`
	Reports int   `json:"reports"`
	// Sums are the sums of each currency, by currency. There are none in tables of text.
	Sums []CurrencySums `json:"sums,omitempty"`
}

// Summary says what [Write] has done.
type Summary struct {
	// Written are the partitions that are new or were replaced, and Removed the paths of those that were removed.
	Written []Partition
	Removed []string
	// Unchanged counts the partitions that were up to date.
	Unchanged int
	// Kept are the paths of partitions that could not be brought up to date, which may not exist yet. Problems says why.
	Kept []string
	// Problems are a [*mirror.FileError] for each file or folder that can't be read, one with an [*UnbalancedError] for each settlement that
	// doesn't add up, and a [*VanishedError] for each partition whose reports have vanished.
	Problems []error
}

// IncompleteError means that some partitions could not be brought up to date, or that settlements don't add up. All other partitions are up
// to date.
type IncompleteError struct {
	// Problems are those of the [Summary].
	Problems []error
}

// Error returns a line per problem.
func (e *IncompleteError) Error() string { return errors.Join(e.Problems...).Error() }

// Unwrap returns the problems.
func (e *IncompleteError) Unwrap() []error { return e.Problems }

// VanishedError is a partition with rows of reports that the mirror doesn't have any more.
type VanishedError struct {
	// Partition is its path in the data set.
	Partition string
	// Reports are the paths of the reports in the mirror.
	Reports []string
}

// Error names the partition and the first reports.
func (e *VanishedError) Error() string {
	const named = 3
	first := strings.Join(e.Reports[:min(named, len(e.Reports))], ", ")
	if more := len(e.Reports) - named; more > 0 {
		first += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%s is left as it is, because reports that it was made from are gone: %s: bring them back, or drop their rows with the option Prune (--prune)", e.Partition, first)
}

// run is one call of Write.
type run struct {
	ctx     context.Context
	options Options
	// oneAccount is true if the caller has said whose mirror it is, and it has no folders of accounts.
	oneAccount bool
	target     mirror.Store
	groups     map[groupKey]*group
	claims     map[claim]string // paths by settlement
	gone       map[claim]goneReport
	elsewhere  map[copyKey]string // partitions of other accounts, by report
	blocked    []groupKey         // what something unreadable may be part of; "" is any
	tables     *manifest
	Summary
}

type claim struct{ table, settlement string }

type groupKey struct{ table, account string }

func (k groupKey) partition(month string) string {
	return path.Join(k.table, accountPrefix+k.account, monthPrefix+month, partitionName)
}

const (
	accountPrefix = "account="
	monthPrefix   = "month="
	partitionName = "data.parquet"
)

// Write brings the data set in target up to date with the reports, and says what it did, also after an error. It reads the reports
// of a new data set once, in general, and else those of the partitions that change.
//
// After an error about a report it goes on with the partitions that the report isn't part of, and returns an [*IncompleteError].
// Any other error ends it at once: it says that target can't be written, or it is that of the context. A directory that another run
// is working in is [mirror.ErrLocked]. It is [ErrNoReports] if there are none.
func Write(ctx context.Context, reports *mirror.Mirror, target mirror.Store, options Options) (Summary, error) {
	oneAccount := options.Account != ""
	options.Account = partitionAccount(cmp.Or(options.Account, DefaultAccount))
	r := &run{ctx: ctx, options: options, oneAccount: oneAccount, target: target, groups: make(map[groupKey]*group), claims: make(map[claim]string), gone: make(map[claim]goneReport), elsewhere: make(map[copyKey]string), tables: new(manifest)}
	if err := r.findInputs(reports); err != nil {
		return r.Summary, err
	}
	end, err := target.Begin(ctx)
	if err != nil {
		return r.Summary, err
	}
	defer end()
	if err := r.findPartitions(); err != nil {
		return r.Summary, err
	}
	if err := r.findGoneAccounts(); err != nil {
		return r.Summary, err
	}
	for _, key := range slices.SortedFunc(maps.Keys(r.groups), func(a, b groupKey) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.account, b.account))
	}) {
		g := r.groups[key]
		delete(r.groups, key) // its reports need no memory any more
		if err := g.update(); err != nil {
			return r.Summary, err
		}
	}
	if err := r.tables.write(ctx, target); err != nil {
		return r.Summary, err
	}
	if len(r.Problems) > 0 {
		return r.Summary, &IncompleteError{r.Problems}
	}
	return r.Summary, nil
}

func (r *run) group(table, account string) *group {
	key := groupKey{table, account}
	g := r.groups[key]
	if g == nil {
		g = &group{groupKey: key, run: r, format: formatOf(table), existing: make(map[string]*stored)}
		r.groups[key] = g
	}
	return g
}

// findPartitions finds what the data set holds, and removes what killed runs have left behind.
func (r *run) findPartitions() error {
	var abandoned, others []string
	for file, err := range r.target.List(r.ctx, "") {
		if err != nil {
			return fmt.Errorf("dataset: the data set can't be read: %w", err)
		}
		if final := atomicfile.FinalName(path.Base(file.Name)); final == partitionName || final == manifestName {
			abandoned = append(abandoned, file.Name)
			continue
		}
		if table, account, month, ok := partitionOf(file.Name); ok {
			r.group(table, account).existing[month] = &stored{Partition: Partition{Path: file.Name, Table: table, Account: account, Month: month, Bytes: file.Size}}
		} else {
			others = append(others, file.Name)
		}
	}
	r.findStrays(others)
	for _, name := range abandoned {
		if err := r.target.Remove(r.ctx, name); err != nil {
			return fmt.Errorf("dataset: what a killed run has left behind can't be removed: %w", err)
		}
	}
	return nil
}

// problem records an error that doesn't end the run.
func (r *run) problem(err error) { r.Problems = append(r.Problems, err) }
