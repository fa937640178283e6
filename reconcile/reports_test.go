package reconcile_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/reconcile"
)

// listed is a report of a day, counted from the first, which was made two hours after its end.
func listed(id string, days int) api.Report {
	end := day.AddDate(0, 0, days)
	return api.Report{
		ReportID: api.ReportID(id), ReportType: api.ReportTypeSettlement, ProcessingStatus: api.ProcessingStatusCompleted,
		StartTime: wire.NewTimestamp(end.AddDate(0, 0, -1)), EndTime: wire.NewTimestamp(end), CreatedTime: wire.NewTimestamp(end.Add(2 * time.Hour)),
	}
}

func with(r api.Report, status api.ProcessingStatus) api.Report {
	r.ProcessingStatus = status
	return r
}

// from lets a report begin when another does.
func from(r, other api.Report) api.Report {
	r.StartTime = other.StartTime
	return r
}

// file is a file whose preamble names the day.
func file(name, id string, days int) reconcile.File {
	return reconcile.File{Name: name, ReportID: api.ReportID(id), Start: day.AddDate(0, 0, days-1), End: day.AddDate(0, 0, days)}
}

func reportLines(s *reconcile.Settlements, asOf time.Time) []string {
	var lines []string
	for _, r := range s.Reports(asOf) {
		lines = append(lines, fmt.Sprintf("%s %s: %s %s", r.ReportID, r.File, r.Status, r.Detail))
	}
	return lines
}

const notThere = "the service lists it, and it is not among the files"

func TestReports(t *testing.T) {
	t.Parallel()
	copyOf := func(f reconcile.File, original string) reconcile.File {
		f.CopyOf = original
		return f
	}
	unreadable := func(f reconcile.File) reconcile.File {
		f.Err = errors.New("it was cut")
		return f
	}
	// Each day has a settlement that was read from a file, unless files say otherwise.
	for name, test := range map[string]struct {
		scope reconcile.Scope
		files []reconcile.File // of days 1, 2, …
		empty string           // the file that has no rows
		list  []api.Report
		asOf  time.Duration // after day 3
		want  []string
	}{
		"all are there": {
			files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)}, list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 a: matched ", "R2 b: matched "},
		},
		"the newest is missing": {
			files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)}, list: []api.Report{listed("R1", 1), listed("R2", 2), listed("R3", 3)}, asOf: 4 * time.Hour,
			want: []string{"R1 a: matched ", "R2 b: matched ", "R3 : no file " + notThere},
		},
		"the newest was just made": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), listed("R3", 3)}, asOf: 2*time.Hour + 59*time.Minute,
			want: []string{"R1 a: matched ", "R3 : pending " + notThere},
		},
		"this machine's clock is a little slow": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), listed("R3", 3)}, asOf: time.Hour + time.Minute,
			want: []string{"R1 a: matched ", "R3 : pending " + notThere},
		},
		"this machine's clock is hours slow": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), listed("R3", 3)}, asOf: time.Hour,
			want: []string{"R1 a: matched ", "R3 : no file " + notThere + "; it was made at 2026-05-04T02:00:00Z, which is later than this machine's clock: set the clock"},
		},
		"this machine's clock is days slow": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), listed("R3", 3)}, asOf: -30 * time.Hour,
			want: []string{"R1 a: matched ", "R3 : no file " + notThere + "; it was made at 2026-05-04T02:00:00Z, which is later than this machine's clock: set the clock"},
		},
		"one in between is missing": {
			files: []reconcile.File{file("a", "R1", 1), {}, file("c", "R3", 3)}, list: []api.Report{listed("R1", 1), listed("R2", 2), listed("R3", 3)}, asOf: 4 * time.Hour,
			want: []string{"R1 a: matched ", "R2 : no file " + notThere, "R3 c: matched "},
		},
		"earlier ones are not asked for": {
			files: []reconcile.File{{}, file("b", "R2", 2)}, list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R2 b: matched "},
		},
		"earlier ones are asked for": {
			scope: reconcile.Scope{Since: day}, files: []reconcile.File{{}, file("b", "R2", 2)}, list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 : no file " + notThere, "R2 b: matched "},
		},
		"later ones are not asked for": {
			scope: reconcile.Scope{Until: day.AddDate(0, 0, 2)}, files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)},
			list: []api.Report{listed("R1", 1), listed("R2", 2), listed("R3", 3)}, asOf: 24 * time.Hour,
			want: []string{"R1 a: matched ", "R2 b: matched "},
		},
		"files are older than the list": {
			files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)}, list: []api.Report{listed("R2", 2)},
			want: []string{"R2 b: matched "},
		},
		"files with names of their own": {
			files: []reconcile.File{file("january", "january", 1), file("february", "february", 2)}, list: []api.Report{listed("R1", 1), listed("R2", 2), listed("R3", 3)}, asOf: 24 * time.Hour,
			want: []string{"R1 january: matched ", "R2 february: matched ", "R3 : no file " + notThere},
		},
		"one file can't be two reports": {
			files: []reconcile.File{file("january", "january", 1)}, list: []api.Report{listed("R1", 1), listed("R1-again", 1)},
			want: []string{"R1 january: matched ", "R1-again : no file " + notThere},
		},
		"a file without a preamble": {
			files: []reconcile.File{{Name: "clean"}}, list: []api.Report{listed("R1", 1)},
			want: []string{"R1 clean: matched "},
		},
		"a report that was made twice": {
			files: []reconcile.File{file("a", "R1", 1), copyOf(file("b", "R1-again", 1), "a")}, list: []api.Report{listed("R1", 1), listed("R1-again", 1)},
			want: []string{"R1 a: matched ", "R1-again b: matched "},
		},
		"another day's copy in its place": {
			files: []reconcile.File{file("a", "R1", 1), copyOf(file("b", "R2", 2), "a")}, list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 a: matched ", "R2 : no file " + notThere},
		},
		"a copy of a report that begins at the same time": {
			files: []reconcile.File{file("a", "R1", 1), copyOf(file("b", "R2", 2), "a")}, list: []api.Report{listed("R1", 1), from(listed("R2", 2), listed("R1", 1))},
			want: []string{"R1 a: matched ", "R2 : no file " + notThere},
		},
		"a copy of a report that ends at the same time": {
			files: []reconcile.File{file("a", "R1", 2), copyOf(file("b", "R2", 2), "a")}, list: []api.Report{listed("R1", 2), from(listed("R2", 2), listed("R0", 1))},
			want: []string{"R1 a: matched ", "R2 : no file " + notThere},
		},
		"a file of another service comes first": {
			files: []reconcile.File{file("a", "other", 1), file("b", "R2", 5)}, list: []api.Report{listed("R2", 2)},
			want: []string{"R2 b: matched "},
		},
		"a header only": {
			files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)}, empty: "b", list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 a: matched ", "R2 b: empty "},
		},
		"the first has a header only": {
			files: []reconcile.File{file("a", "R1", 1), file("b", "R2", 2)}, empty: "a", list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 a: empty ", "R2 b: matched "},
		},
		"unreadable": {
			files: []reconcile.File{file("a", "R1", 1), unreadable(file("b", "R2", 2))}, list: []api.Report{listed("R1", 1), listed("R2", 2)},
			want: []string{"R1 a: matched ", "R2 b: unreadable it was cut"},
		},
		"unreadable, and in no list": {
			scope: reconcile.Scope{FilesOnly: true}, files: []reconcile.File{unreadable(file("a", "a", 1)), file("b", "b", 2)},
			want: []string{" a: unreadable it was cut"},
		},
		"no data": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), with(listed("R2", 2), api.ProcessingStatusCancelled)},
			want: []string{"R1 a: matched "},
		},
		"it failed": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), with(listed("R2", 2), api.ProcessingStatusFailed)},
			want: []string{"R1 a: matched ", "R2 : no file its status is FAILED, so it can't be downloaded"},
		},
		"it failed, and was made again": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), with(listed("R0", 1), api.ProcessingStatusFailed)},
			want: []string{"R1 a: matched "},
		},
		"it is being made": {
			files: []reconcile.File{file("a", "R1", 1)}, list: []api.Report{listed("R1", 1), with(listed("R3", 3), api.ProcessingStatusInProgress)}, asOf: 2*time.Hour + time.Minute,
			want: []string{"R1 a: matched ", "R3 : pending its status is IN_PROGRESS, so it can't be downloaded"},
		},
		"nothing was read": {
			list: []api.Report{listed("R1", 1)}, want: []string{"R1 : no file " + notThere},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reconcile.NewSettlements(test.scope)
			for i, f := range test.files {
				if f.Name == "" {
					continue
				}
				if f.CopyOf == "" && f.Name != test.empty {
					add(t, s, paid(f.Name, fmt.Sprint(i), "1.00", i+1))
				}
				s.AddFile(f)
			}
			for _, r := range test.list {
				s.AddReport(r)
				s.AddReport(r) // as a list says it twice when a report comes while it is paged through
			}
			if diff := cmp.Diff(test.want, reportLines(s, day.AddDate(0, 0, 3).Add(test.asOf))); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
		})
	}
}
