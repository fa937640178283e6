package dataset

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// input is a report.
type input struct {
	entry       mirror.Entry
	reportID    string
	home        string // the month in which its period ends, "" if nothing says it
	first, last string // the months between which its rows must be, "" if nothing says them

	sha256      string   // once it is known
	read        bool     // months is known
	months      []string // in which it has rows, sorted
	settlements []string // id and currency
	unbalanced  []unbalancedRecord
	sums        []settlementSum // while it is read for the first time
	columns     []string        // of a table of text, once they are known
	recorded    []string        // the months of the partitions that name it
	err         error           // why it is no part of any partition
}

const monthLayout = "2006-01"

// offsets is how far the date in a row's own offset can be from that in UTC.
const offsets = 14 * time.Hour

// mayHold reports whether the report can have rows in a month.
func (in *input) mayHold(month string) bool {
	switch {
	case in.read && in.err == nil:
		return slices.Contains(in.months, month)
	case slices.Contains(in.recorded, month) || slices.Contains(in.months, month):
		return true
	case in.first != "":
		return in.first <= month && month <= in.last
	default:
		return in.err == nil || in.recorded == nil
	}
}

// findInputs finds the reports, each with its table and account, by path.
func (r *run) findInputs(reports *mirror.Mirror) error {
	found, nameless := 0, ""
	named := false // an account has the name that reports without one get
	var leftOut leftOutFiles
	for entry, err := range reports.Reports(r.ctx, mirror.Filter{Types: r.options.Types, Reading: r.options.Reading, LeftOut: leftOut.add}) {
		var problem *mirror.FileError
		if errors.As(err, &problem) {
			r.unreadable(problem)
			continue
		}
		if err != nil {
			return err
		}
		found++
		account, hasAccount := accountOf(entry.Path)
		if !hasAccount {
			account, nameless = r.options.Account, entry.Path
		} else {
			r.oneAccount = false
			named = named || account == r.options.Account
		}
		if err := r.addInput(entry, account); err != nil {
			return err
		}
		if !hasAccount {
			continue
		}
		for _, other := range ofOtherAccounts(entry.Copies, account) {
			leftOut.takeBack(other.Path)
			account, _ := accountOf(other.Path)
			if err := r.addInput(other, account); err != nil {
				return err
			}
		}
	}
	leftOut.tell(r.options.LeftOut)
	for _, g := range r.groups {
		slices.SortFunc(g.inputs, func(a, b *input) int { return cmp.Compare(a.entry.Path, b.entry.Path) })
	}
	switch {
	case named && nameless != "":
		return fmt.Errorf("dataset: %s has no account and would become part of account %q, which is another's name: move it below a folder account=<account>", nameless, r.options.Account)
	case found == 0 && len(r.Problems) == 0:
		return ErrNoReports
	}
	return nil
}

var errNotUTF8 = errors.New("its path isn't UTF-8, which the data set can't hold: rename it")

func (r *run) addInput(entry mirror.Entry, account string) error {
	if !utf8.ValidString(entry.Path) {
		r.unreadable(&mirror.FileError{Path: entry.Path, Err: errNotUTF8})
		return nil
	}
	if err := entry.MetadataError(); err != nil {
		r.unreadable(&mirror.FileError{Path: entry.Path, Err: err})
		return nil //nolint:nilerr // it is recorded, and the other reports are read
	}
	in := &input{entry: entry, reportID: reportID(entry)}
	in.times()
	reportType := entry.Type()
	table := ""
	if reportType != "" {
		table = tableOf(reportType)
	} else {
		kind, err := in.look(r.ctx, r.options.Reading)
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		if err != nil {
			r.unreadable(&mirror.FileError{Path: entry.Path, Err: err})
			return nil //nolint:nilerr // it is recorded, and the other reports are read
		}
		if table = tableOfKind(kind); table == "" {
			if r.options.LeftOut != nil {
				r.options.LeftOut(entry.Path, errors.New("nothing says which type of report it is"))
			}
			return nil
		}
	}
	g := r.group(table, account)
	g.inputs = append(g.inputs, in)
	return nil
}

// look finds out what a file holds whose type nothing else says, and the time that a settlement's preamble states.
func (in *input) look(ctx context.Context, options reportfile.Options) (reportfile.Kind, error) {
	file, err := in.entry.Open(ctx)
	if err != nil {
		return "", err
	}
	defer file.Close()
	options.Name = in.entry.Path
	reader, err := options.Open(file)
	if err != nil {
		return "", err
	}
	if preamble, err := reader.Preamble(); err == nil {
		in.between(preamble.Start, preamble.End)
	}
	return reader.Kind(), nil
}

// times finds what the metadata or the path says of the report's period.
func (in *input) times() {
	if m := in.entry.Metadata; m != nil {
		end := m.Report.EndTime.Time()
		in.between(m.Report.StartTime.Time(), end)
		if end.IsZero() {
			end = m.Report.CreatedTime.Time()
		}
		if !end.IsZero() {
			in.home = end.UTC().Format(monthLayout)
		}
		return
	}
	for part := range strings.SplitSeq(in.entry.Path, "/") {
		if date, found := strings.CutPrefix(part, "date="); found {
			if end, err := time.Parse(time.DateOnly, date); err == nil {
				in.home = end.Format(monthLayout)
			}
		}
	}
}

func (in *input) between(start, end time.Time) {
	if !start.IsZero() && !end.Before(start) {
		in.first, in.last = start.UTC().Add(-offsets).Format(monthLayout), end.UTC().Add(offsets).Format(monthLayout)
	}
}

func reportID(entry mirror.Entry) string {
	if entry.Metadata != nil {
		return string(entry.Metadata.Report.ReportID)
	}
	name := path.Base(strings.ReplaceAll(entry.Path, `\`, "/"))
	for _, extension := range []string{".gz", ".csv"} {
		if cut := len(name) - len(extension); cut > 0 && strings.EqualFold(name[cut:], extension) {
			name = name[:cut]
		}
	}
	return name
}

// unreadable keeps what a file or folder may be part of as it is. What the path doesn't say can be anything.
func (r *run) unreadable(problem *mirror.FileError) {
	r.problem(problem)
	account, hasAccount := accountOf(problem.Path)
	table, hasTable := "", false
	for part := range strings.SplitSeq(problem.Path, "/") {
		if name, found := strings.CutPrefix(part, "type="); found {
			if reportType, err := payreports.ParseReportType(name); err == nil {
				table, hasTable = tableOf(reportType), true
			}
		}
	}
	if name := strings.ToLower(problem.Path); !hasAccount && (hasTable || strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv.gz")) {
		account = r.options.Account // only a folder may have accounts below it
	}
	r.blocked = append(r.blocked, groupKey{table, account})
}

// use reads the report from its beginning to its end, and finds its hash.
func (in *input) use(ctx context.Context, options reportfile.Options, kind reportfile.Kind, use func(*reportfile.Reader) error) error {
	file, err := in.entry.Open(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	content := io.TeeReader(contextReader{ctx, file}, sum)
	options.Name = in.entry.Path
	reader, err := options.Open(content)
	if err != nil {
		return err
	}
	if reader.Kind() != kind && kind != reportfile.KindTable {
		return fmt.Errorf("it should be a %s report, and its columns are not those of one", kind)
	}
	if err := use(reader); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	return in.identify(hex.EncodeToString(sum.Sum(nil)))
}

// identify compares the hash of what was read with what is known of it.
func (in *input) identify(hash string) error {
	if m := in.entry.Metadata; m != nil && !strings.EqualFold(m.SHA256, hash) {
		return fmt.Errorf("it isn't the file that was downloaded: sync --again %s replaces it, as long as the service has it", m.Report.ReportID)
	}
	if in.sha256 != "" && in.sha256 != hash {
		return errors.New("it has changed while it was read: run this again")
	}
	in.sha256 = hash
	return nil
}

// hash finds the hash of a report that needn't be read otherwise.
func (in *input) hash(ctx context.Context, trustRecorded bool) error {
	if m := in.entry.Metadata; m != nil && m.Size != in.entry.Size {
		return fmt.Errorf("it isn't the file that was downloaded: it has %d bytes and had %d: sync --again %s replaces it, as long as the service has it",
			in.entry.Size, m.Size, m.Report.ReportID)
	} else if m != nil && trustRecorded {
		in.sha256 = strings.ToLower(m.SHA256)
		return nil
	}
	file, err := in.entry.Open(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, contextReader{ctx, file}); err != nil {
		return err
	}
	return in.identify(hex.EncodeToString(sum.Sum(nil)))
}

type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
