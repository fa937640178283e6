package mirror

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
)

// Problem is what is wrong with a report of a mirror.
type Problem string

// The problems.
const (
	// ProblemMissing means that there is metadata without a file.
	ProblemMissing Problem = "missing"
	// ProblemChanged means that the file's size or hash isn't the one in its metadata.
	ProblemChanged Problem = "changed"
	// ProblemNoMetadata means that there is a file without metadata, so nothing says whether it is right.
	ProblemNoMetadata Problem = "no-metadata"
	// ProblemUnreadable means that a file or a folder can't be read.
	ProblemUnreadable Problem = "unreadable"
	// ProblemNotAReport means that the file is as it was downloaded, but isn't the report that it should be.
	ProblemNotAReport Problem = "not-a-report"
	// ProblemOtherDocument means that the service now names another document for the report than the one that was downloaded.
	ProblemOtherDocument Problem = "other-document"
	// ProblemNotDownloaded means that the service has the report, but the mirror doesn't.
	ProblemNotDownloaded Problem = "not-downloaded"
	// ProblemListed means that what the service says about the report can't be right, such as COMPLETED without a document.
	ProblemListed Problem = "listed"
	// ProblemServiceFailed means that the service could not make a settlement report, so its settlement is missing.
	ProblemServiceFailed Problem = "service-failed"
)

// Finding is something wrong with a mirror.
type Finding struct {
	// Path is where the report is, or would be, in the mirror.
	Path string `json:"path"`
	// Problem is what is wrong.
	Problem Problem `json:"problem"`
	// ReportID is the report's id, "" if nothing says it.
	ReportID payreports.ReportID `json:"reportId"`
	// Detail describes the problem for people.
	Detail string `json:"detail"`
}

// VerifyOptions say what [Mirror.Verify] compares.
type VerifyOptions struct {
	// Client, if not nil, lists the reports that the service has, all of which the mirror should have as well.
	Client *payreports.Client
	// Types and Since choose the reports that the service is asked for, as those of [Options] do. All files are checked.
	Types []payreports.ReportType
	Since time.Time
}

// Verification is what [Mirror.Verify] has found.
type Verification struct {
	// Files is how many report files were checked, and Listed how many reports of the service were looked for.
	Files, Listed int
	// Findings is what is wrong, by path. None means that every file is what was downloaded.
	Findings []Finding
}

// Verify compares every report file with the size and hash that were recorded when it was downloaded, looks at the beginning
// of each as [Sync] does, and, given a client, compares the mirror with the service's list. It changes nothing.
//
// The error is one of the context or of listing the reports; what is wrong with the mirror is in the Findings.
func (m *Mirror) Verify(ctx context.Context, options VerifyOptions) (Verification, error) {
	var v Verification
	entries, problems := m.entries(ctx, func(string, error) {})
	for _, problem := range problems {
		v.find(problem.Path, ProblemUnreadable, "", problem.Err.Error())
	}
	byID := make(map[payreports.ReportID]Entry)
	for _, e := range entries {
		v.Files++
		v.check(ctx, e)
		if err := context.Cause(ctx); err != nil {
			return v, fmt.Errorf("mirror: stopped before all files were checked: %w", err)
		}
		if e.Metadata != nil {
			byID[e.Metadata.Report.ReportID] = e
		}
	}
	v.lone(ctx, m.store)
	var err error
	if options.Client != nil {
		err = m.compare(ctx, options, byID, &v)
	}
	slices.SortFunc(v.Findings, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem)) })
	return v, err
}

func (v *Verification) find(path string, problem Problem, id payreports.ReportID, detail string) {
	v.Findings = append(v.Findings, Finding{path, problem, id, detail})
}

// check compares a file with its metadata.
func (v *Verification) check(ctx context.Context, e Entry) {
	if e.Metadata == nil {
		switch {
		case e.metadataErr == nil:
			v.find(e.Path, ProblemNoMetadata, "", "nothing says whether it is right")
		case errors.Is(e.metadataErr, errNoMetadata):
			v.find(e.Path, ProblemNoMetadata, "", e.metadataErr.Error())
		default:
			v.find(e.Path, ProblemUnreadable, "", "its metadata: "+e.metadataErr.Error())
		}
		return
	}
	id := e.Metadata.Report.ReportID
	file, err := e.Open(ctx)
	if err != nil {
		v.find(e.Path, ProblemUnreadable, id, err.Error())
		return
	}
	defer file.Close()
	sum := sha256.New()
	var size byteCount
	content := io.TeeReader(contextReader{ctx, file}, io.MultiWriter(sum, &size))
	problem, err := inspectStored(e.Metadata.Report, content)
	if err == nil {
		_, err = io.Copy(io.Discard, content)
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	switch {
	case err != nil:
		v.find(e.Path, ProblemUnreadable, id, err.Error())
	case int64(size) != e.Metadata.Size:
		v.find(e.Path, ProblemChanged, id, fmt.Sprintf("it has %d bytes, and had %d when it was downloaded", size, e.Metadata.Size))
	case !strings.EqualFold(hash, e.Metadata.SHA256):
		v.find(e.Path, ProblemChanged, id, fmt.Sprintf("its SHA-256 is %s, and was %.64q when it was downloaded", hash, e.Metadata.SHA256))
	case problem != nil:
		v.find(e.Path, ProblemNotAReport, id, problem.Error())
	}
}

type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}

// compare looks for what the service lists.
func (m *Mirror) compare(ctx context.Context, options VerifyOptions, byID map[payreports.ReportID]Entry, v *Verification) error {
	listed, err := list(ctx, options.Client, options.Types, options.Since, nil)
	if err != nil {
		return err
	}
	wrong := make(map[string]bool)
	for _, finding := range v.Findings {
		wrong[finding.Path] = true
	}
	for _, report := range listed.reports {
		v.Listed++
		path, _ := find(ctx, m.store, report) // without its metadata, an earlier name is not known to be its own
		switch e, present := byID[report.ReportID]; {
		case !present && wrong[path]: // it is known what is wrong with it
		case !present:
			v.find(Path(report), ProblemNotDownloaded, report.ReportID, fmt.Sprintf("the service has it since %s", report.CreatedTime))
		case e.Metadata.Report.ReportDocumentID != report.ReportDocumentID:
			v.find(e.Path, ProblemOtherDocument, report.ReportID, fmt.Sprintf("it was downloaded from document %s, and the service now names document %s",
				e.Metadata.Report.ReportDocumentID, report.ReportDocumentID))
		}
	}
	for _, failure := range listed.failed {
		v.Listed++
		v.find(failure.File.Path, ProblemListed, failure.File.Report.ReportID, failure.Err.Error())
	}
	for _, report := range listed.serviceFailed {
		if missingMoney(report) != nil {
			v.Listed++
			v.find(Path(report), ProblemServiceFailed, report.ReportID, fmt.Sprintf("%s to %s: get it from Seller Central, or ask Amazon Pay for it", report.StartTime, report.EndTime))
		}
	}
	return nil
}
