package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/api"
)

// newReport is how long a report may be missing after it was made: it may have come after the last download.
const newReport = time.Hour

// samePeriod is how much the times of a file and of a report may differ.
const samePeriod = time.Minute

// File is a file of which the rows were added.
type File struct {
	// Name is what the rows have as File.
	Name string
	// ReportID is the report that the file holds, "" if it isn't known. An id that the service doesn't list does no harm:
	// the name of a file is worth a try.
	ReportID api.ReportID
	// Start and End are what the file covers, as its preamble says. The zero times are not known.
	Start, End time.Time
	// CopyOf is the name of another file with the same content, which was read instead.
	CopyOf string
	// Err is why the file could not be read, or not to its end.
	Err error
}

type file struct {
	File
	rows    int
	lastRow time.Time
}

// end is when the settlements of the file end. The last row of a file that could not be read to its end doesn't say it.
func (f *file) end() time.Time {
	if f.End.IsZero() && f.Err == nil {
		return f.lastRow
	}
	return f.End
}

func (s *Settlements) file(name string) *file {
	f := s.files[name]
	if f == nil {
		f = &file{File: File{Name: name}}
		s.files[name] = f
	}
	return f
}

// AddFile says that all rows of a file have been added, or why the file could not be read. A file that is never added
// counts as read to its end, but can be told from others by the times of its rows only.
func (s *Settlements) AddFile(f File) { s.file(f.Name).File = f }

// AddReport adds a settlement report that the service lists, whatever its status.
func (s *Settlements) AddReport(r api.Report) { s.reports[r.ReportID] = r }

// ReportResult compares a report that the service lists with the files.
type ReportResult struct {
	// Status is how they compare. Detail says more where there is more to say.
	Status Status
	Detail string
	// ReportID is the report's id, "" if it isn't known. Listed says that the service lists it.
	ReportID api.ReportID
	Listed   bool
	// File is the file that holds it, "" if there is none.
	File string
	// Start and End are what the report covers; they can be zero.
	Start, End time.Time
}

// Reports returns the reports in the scope that the service lists, and the files that could not be read or hold no
// rows, by time, report id and file. Reports that were cancelled have no data and are left out. asOf is when the
// reports were listed.
func (s *Settlements) Reports(asOf time.Time) []ReportResult {
	var list []ReportResult
	since, found := s.Since(), s.match()
	holds := make(map[string]api.ReportID, len(found))
	for id, f := range found {
		holds[f.Name] = id
	}
	for id, report := range s.reports {
		r := ReportResult{Status: Matched, ReportID: id, Listed: true, Start: report.StartTime.Time(), End: report.EndTime.Time()}
		if f := found[id]; f != nil {
			if r.File = f.Name; f.problem() != "" {
				continue // comes below
			}
		} else if report.ProcessingStatus == api.ProcessingStatusCancelled || s.superseded(report, found) {
			continue
		} else {
			r.Status, r.Detail = missing(report, asOf)
		}
		if s.within(since, endOf(report)) {
			list = append(list, r)
		}
	}
	for name, f := range s.files {
		if status := f.problem(); status != "" {
			r := ReportResult{Status: status, File: name, Start: f.Start, End: f.end()}
			if r.ReportID, r.Listed = holds[name]; r.Listed {
				r.Start, r.End = s.reports[r.ReportID].StartTime.Time(), s.reports[r.ReportID].EndTime.Time()
			}
			if f.Err != nil {
				r.Detail = strings.TrimPrefix(f.Err.Error(), "reportfile: ")
			}
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b ReportResult) int {
		return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.ReportID, b.ReportID), cmp.Compare(a.File, b.File))
	})
	return list
}

// problem is what is wrong with a file as a whole.
func (f *file) problem() Status {
	switch {
	case f.Err != nil:
		return Unreadable
	case f.rows == 0 && f.CopyOf == "":
		return Empty
	default:
		return ""
	}
}

func missing(report api.Report, asOf time.Time) (Status, string) {
	made := report.ProcessingEndTime.Time()
	if made.IsZero() {
		made = report.CreatedTime.Time()
	}
	detail := "the service lists it, and it is not among the files"
	if report.ProcessingStatus != api.ProcessingStatusCompleted {
		detail = fmt.Sprintf("its status is %s, so it can't be downloaded", report.ProcessingStatus)
	}
	switch {
	case made.IsZero():
	case isRecent(made, asOf, newReport):
		return Pending, detail
	case made.After(asOf):
		detail += fmt.Sprintf("; it was made at %s, which is later than this machine's clock: set the clock", made.UTC().Format(time.RFC3339))
	}
	return NoFile, detail
}

// superseded reports whether a report that was never completed was made again.
func (s *Settlements) superseded(report api.Report, found map[api.ReportID]*file) bool {
	if report.ProcessingStatus == api.ProcessingStatusCompleted {
		return false
	}
	for id := range found {
		if samePeriodOf(s.reports[id], report) {
			return true
		}
	}
	return false
}

// match finds the file of each report: by its id, and else by the time that it covers, each file once.
func (s *Settlements) match() map[api.ReportID]*file {
	found := make(map[api.ReportID]*file)
	taken := make(map[string]bool)
	names := slices.Sorted(maps.Keys(s.files))
	for _, name := range names {
		f := s.files[name]
		report, ok := s.reports[f.ReportID]
		if !ok || f.ReportID == "" || s.copiesAnother(f, report) {
			continue
		}
		found[f.ReportID], taken[name] = f, true
	}
	if len(found) == len(s.reports) {
		return found
	}
	for _, id := range slices.Sorted(maps.Keys(s.reports)) {
		report := s.reports[id]
		if found[id] != nil || report.ProcessingStatus != api.ProcessingStatusCompleted {
			continue
		}
		for _, name := range names {
			if f := s.files[name]; !taken[name] && f.CopyOf == "" && f.covers(report) {
				found[id], taken[name] = f, true
				break
			}
		}
	}
	return found
}

// copiesAnother reports whether a file that should hold a report has the content of a report of another time.
func (s *Settlements) copiesAnother(f *file, report api.Report) bool {
	if f.CopyOf == "" {
		return false
	}
	original, ok := s.reports[s.file(f.CopyOf).ReportID]
	return ok && !samePeriodOf(original, report)
}

func samePeriodOf(a, b api.Report) bool {
	return a.StartTime.Time().Equal(b.StartTime.Time()) && a.EndTime.Time().Equal(b.EndTime.Time())
}

func (f *file) covers(report api.Report) bool {
	near := func(a, b time.Time) bool { return !b.IsZero() && a.Sub(b).Abs() <= samePeriod }
	return near(f.end(), report.EndTime.Time()) && (f.Start.IsZero() || near(f.Start, report.StartTime.Time()))
}

func endOf(report api.Report) time.Time {
	if end := report.EndTime.Time(); !end.IsZero() {
		return end
	}
	return report.CreatedTime.Time()
}
