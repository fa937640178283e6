package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amazonpay-go/payreports"
)

// listing is what the service says about the reports that a mirror should have.
type listing struct {
	reports       []payreports.Report // COMPLETED with a document, each once
	failed        []Failure           // COMPLETED, and can't be downloaded for what the list says
	serviceFailed []payreports.Report
	cancelled     int
	unfinished    int
}

var errNoDocument = errors.New("the service calls it COMPLETED and names no document: the next run asks again")

func unknownStatus(status payreports.ProcessingStatus) error {
	if status == "" {
		return errors.New("the service names no status for it: the next run asks again")
	}
	return fmt.Errorf("its status is %.40q, which the documentation doesn't know: look in Seller Central whether the report is there; the next run asks again", status)
}

// pageSize is the most that the service puts on a page.
const pageSize = 100

// list lists all reports of the types since a time, and calls nextPage, if it isn't nil, between pages. After an error, what came before it has
// been listed.
func list(ctx context.Context, client *payreports.Client, types []payreports.ReportType, since time.Time, nextPage func(), opts ...payreports.CallOption) (listing, error) {
	var l collector
	seen := 0
	for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: types, Since: since, PageSize: pageSize}, opts...) {
		if err != nil {
			return l.listing(), fmt.Errorf("mirror: listing the reports: %w", err)
		}
		l.add(report)
		if seen++; seen%pageSize == 0 && nextPage != nil {
			nextPage()
		}
	}
	return l.listing(), nil
}

// byID asks for single reports. One that isn't completed can't be downloaded, which is not what was asked for.
func byID(ctx context.Context, client *payreports.Client, ids []payreports.ReportID, opts ...payreports.CallOption) (listing, error) {
	var completed collector
	var failed []Failure
	for _, id := range ids {
		report, err := client.GetReportByID(ctx, id, opts...)
		if err != nil {
			return listing{}, fmt.Errorf("mirror: report %s: %w", id, err)
		}
		switch report.ProcessingStatus {
		case payreports.ProcessingStatusCompleted:
			completed.add(*report)
			continue
		case payreports.ProcessingStatusFailed:
			err = &payreports.ReportFailedError{Report: *report}
		case payreports.ProcessingStatusCancelled:
			err = &payreports.ReportCancelledError{Report: *report}
		default:
			err = fmt.Errorf("it is %s: try again when it is COMPLETED", report.ProcessingStatus)
		}
		failed = append(failed, Failure{File{Path: Path(*report), Report: *report}, err})
	}
	l := completed.listing()
	l.failed = append(l.failed, failed...)
	return l, nil
}

// collector makes one of what a list says about a report on several pages: they may overlap when reports come in between.
type collector struct {
	reports   []payreports.Report
	index     map[payreports.ReportID]int
	conflicts map[payreports.ReportID]error
}

func (c *collector) add(report payreports.Report) {
	if c.index == nil {
		c.index, c.conflicts = make(map[payreports.ReportID]int), make(map[payreports.ReportID]error)
	}
	i, again := c.index[report.ReportID]
	if !again {
		c.index[report.ReportID] = len(c.reports)
		c.reports = append(c.reports, report)
		return
	}
	earlier := c.reports[i]
	if earlier.ReportDocumentID == "" { // it may have been completed in between
		c.reports[i] = report
	}
	switch {
	case Path(earlier) != Path(report):
		c.conflicts[report.ReportID] = fmt.Errorf("the service lists it twice, with different types or end times (%s and %s)", Path(earlier), Path(report))
	case earlier.ReportDocumentID != "" && report.ReportDocumentID != "" && earlier.ReportDocumentID != report.ReportDocumentID:
		c.conflicts[report.ReportID] = fmt.Errorf("the service lists it twice, with the documents %s and %s: only one of them can be right",
			earlier.ReportDocumentID, report.ReportDocumentID)
	}
}

// content is what a report is about; two reports of the same content can stand for each other.
type content struct {
	reportType payreports.ReportType
	start, end time.Time
}

func contentOf(report payreports.Report) content {
	return content{report.ReportType, report.StartTime.Time(), report.EndTime.Time()}
}

func (c *collector) listing() listing {
	var l listing
	completed := make(map[content]bool)
	owner := make(map[payreports.ReportDocumentID]payreports.Report)
	for _, report := range c.reports {
		if report.ProcessingStatus != payreports.ProcessingStatusCompleted || report.ReportDocumentID == "" {
			continue
		}
		completed[contentOf(report)] = true
		first, shared := owner[report.ReportDocumentID]
		if !shared {
			owner[report.ReportDocumentID] = report
		} else if contentOf(first) != contentOf(report) {
			c.conflicts[first.ReportID] = fmt.Errorf("the service names the same document for it and for report %s", report.ReportID)
			c.conflicts[report.ReportID] = fmt.Errorf("the service names the same document for it and for report %s", first.ReportID)
		}
	}
	for _, report := range c.reports {
		conflict := c.conflicts[report.ReportID]
		switch {
		case conflict != nil:
			l.failed = append(l.failed, Failure{File{Path: Path(report), Report: report}, conflict})
		case report.ProcessingStatus == payreports.ProcessingStatusCompleted && report.ReportDocumentID == "":
			l.failed = append(l.failed, Failure{File{Path: Path(report), Report: report}, errNoDocument})
		case report.ProcessingStatus == payreports.ProcessingStatusCompleted:
			l.reports = append(l.reports, report)
		case report.ProcessingStatus == payreports.ProcessingStatusFailed:
			if !completed[contentOf(report)] { // it was created again since
				l.serviceFailed = append(l.serviceFailed, report)
			}
		case report.ProcessingStatus == payreports.ProcessingStatusCancelled:
			l.cancelled++
		case report.ProcessingStatus == payreports.ProcessingStatusInProgress:
			l.unfinished++
		default: // it would never be downloaded, without a word
			l.failed = append(l.failed, Failure{File{Path: Path(report), Report: report}, unknownStatus(report.ProcessingStatus)})
		}
	}
	return l
}

// missingMoney is the error of a report that the service could not make, if nothing else has what it would hold.
func missingMoney(report payreports.Report) error {
	if report.ReportType != payreports.ReportTypeSettlement {
		return nil // can be created again
	}
	return fmt.Errorf("mirror: settlement report %s (%s to %s) is FAILED: the service could not make it, so its settlement is missing: get it from Seller Central, or ask Amazon Pay for it",
		report.ReportID, report.StartTime, report.EndTime)
}
