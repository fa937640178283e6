// Package mirror keeps a copy of all reports on disk, beyond the 90 days that Amazon keeps them. [Sync] fetches what is
// new and can be run as often as one likes: a second run only lists.
//
// # Layout
//
// A report is at type=<short name>/date=<YYYY-MM-DD>/<report id>.csv, by its type and the UTC date of its end time, so
// that data tools read type and date as partitions. Beside it, <report id>.json holds its [Metadata]. Files are
// readable by their owner only (0600), because reports hold buyers' data.
//
// # Safety
//
// A report is either whole under its final name, and on the disk, or not there: it is written to a hidden file, synced,
// and renamed, after its metadata. What a killed run has left over is removed by the next. An operating system's lock
// on the directory keeps two runs apart; a killed run holds nothing. No report is ever deleted or written again.
package mirror

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// What the names of reports and of their metadata end with.
const (
	reportExtension   = ".csv"
	metadataExtension = ".json"
)

// defaultConcurrency is small, because no limits of the API are documented.
const defaultConcurrency = 4

// MaxConcurrency is the most that a run may ask of the service and of this machine at once.
const MaxConcurrency = 100

// Options say what is mirrored and how. The zero Options mirror all reports that the service still has, four at a time.
type Options struct {
	// Types are the report types. None means all.
	Types []payreports.ReportType
	// Since is the earliest creation time of reports. Zero means as long ago as the service keeps them, 90 days.
	Since time.Time
	// Concurrency is how many reports are downloaded at once, at most [MaxConcurrency]. 0 means 4.
	Concurrency int
	// DryRun lists what would be downloaded and writes nothing, not even the directory.
	DryRun bool
	// Progress, if not nil, is called after each report that was downloaded or failed, by one goroutine at a time.
	Progress func(File, error)
}

// File is a report of the mirror.
type File struct {
	// Path is where it is, under the mirror's directory.
	Path string
	// Report is what the service says about it.
	Report payreports.Report
	// Size is the file's length in bytes; 0 in a dry run.
	Size int64
}

// Metadata is what stands beside each report. It never holds a URL.
type Metadata struct {
	// Report is what the service said about the report.
	Report payreports.Report `json:"report"`
	// SHA256 is the file's hash, hexadecimal.
	SHA256 string `json:"sha256"`
	// Size is the file's length in bytes.
	Size int64 `json:"size"`
	// Downloaded is when, in UTC.
	Downloaded time.Time `json:"downloaded"`
	// RequestID is the x-amz-pay-request-id of the answer that gave the download URL.
	RequestID string `json:"requestId,omitempty"`
}

// Summary says what a run has done.
type Summary struct {
	// New are the reports that were downloaded, or would have been in a dry run, by path.
	New []File
	// Kept is how many reports were there already.
	Kept int
	// Failed are the reports that could not be downloaded, by path. The next run tries them again.
	Failed []Failure
	// Bytes is the size of all that was downloaded.
	Bytes int64
}

// Failure is a report that could not be downloaded.
type Failure struct {
	// File is the report, and where it would be.
	File File
	// Err is why.
	Err error
}

// ErrLocked means that another run has the directory.
var ErrLocked = errors.New("mirror: another run is working in this directory: wait for it to end, or choose another directory")

// Sync downloads every completed report of the chosen types that isn't in dir yet. dir is made if need be.
//
// The error is [ErrLocked], one of listing the reports or of the file system, or those of the reports that failed,
// joined; the Summary says what was done in any case. A report that fails doesn't keep the others from being
// downloaded, except when the disk is full or the context ends.
func Sync(ctx context.Context, client *payreports.Client, dir string, options Options) (Summary, error) {
	if options.Concurrency < 0 || options.Concurrency > MaxConcurrency {
		return Summary{}, fmt.Errorf("mirror: the concurrency is %d: it must be positive and at most %d", options.Concurrency, MaxConcurrency)
	}
	if options.Concurrency == 0 {
		options.Concurrency = defaultConcurrency
	}
	if !options.DryRun {
		unlock, err := prepare(dir)
		if err != nil {
			return Summary{}, err
		}
		defer unlock()
	}
	m := &run{client: client, dir: dir, options: options}
	return m.sync(ctx)
}

// prepare makes the directory, locks it, and removes what a killed run has left over.
func prepare(dir string) (unlock func(), err error) {
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("mirror: the directory can't be made: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ".lock"), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("mirror: the directory can't be locked: %w", err)
	}
	if !locked {
		return nil, ErrLocked
	}
	if err := clean(dir); err != nil {
		lock.Close()
		return nil, err
	}
	return func() { lock.Close() }, nil
}

// clean looks where Sync writes only: a directory may hold other things, some of which can't be read.
func clean(dir string) error {
	names, err := fs.Glob(os.DirFS(dir), "type=*/date=*/.*")
	if err != nil {
		return fmt.Errorf("mirror: the directory can't be read: %w", err)
	}
	for _, name := range names {
		switch path.Ext(atomicfile.FinalName(path.Base(name))) {
		case reportExtension, metadataExtension:
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return fmt.Errorf("mirror: what a killed run has left over can't be removed: %w", err)
			}
		}
	}
	return nil
}

// run is one run of Sync.
type run struct {
	client  *payreports.Client
	dir     string
	options Options

	mu      sync.Mutex
	summary Summary
}

func (m *run) sync(ctx context.Context) (Summary, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan File)
	var workers sync.WaitGroup
	for range m.options.Concurrency {
		workers.Go(func() {
			for file := range work {
				err := m.download(ctx, &file)
				switch {
				case err == nil:
					m.downloaded(file)
				case ctx.Err() != nil: // the run was stopped, which is told once
				case outOfSpace(err):
					stop(err) // the others would fail as well
				default:
					m.failed(file, err)
				}
			}
		})
	}
	listErr := m.list(ctx, work)
	close(work)
	workers.Wait()

	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(m.summary.New, byPath)
	slices.SortFunc(m.summary.Failed, func(a, b Failure) int { return byPath(a.File, b.File) })
	errs := []error{listErr}
	if cause := context.Cause(ctx); cause != nil {
		errs = []error{fmt.Errorf("mirror: stopped before all reports were downloaded: %w", cause)}
	}
	for _, failure := range m.summary.Failed {
		errs = append(errs, fmt.Errorf("mirror: report %s: %w", failure.File.Report.ReportID, failure.Err))
	}
	return m.summary, errors.Join(errs...)
}

// list sends what isn't there yet to the workers.
func (m *run) list(ctx context.Context, work chan<- File) error {
	seen := make(map[string]bool)
	for report, err := range m.client.Reports(ctx, payreports.GetReportsOptions{
		Types: m.options.Types, Statuses: []payreports.ProcessingStatus{payreports.ProcessingStatusCompleted}, CreatedSince: m.options.Since,
	}) {
		if err != nil {
			return fmt.Errorf("mirror: listing the reports: %w", err)
		}
		if report.ReportDocumentID == "" || report.ProcessingStatus != payreports.ProcessingStatusCompleted {
			continue // nothing to download
		}
		file := File{Path: Path(report), Report: report}
		if seen[file.Path] {
			continue // pages may overlap when reports come in between
		}
		seen[file.Path] = true
		info, err := os.Stat(filepath.Join(m.dir, file.Path))
		switch {
		case err == nil && info.Mode().IsRegular():
			m.summary.Kept++
		case err == nil:
			m.failed(file, fmt.Errorf("%s is no file: move it away", file.Path))
		case !errors.Is(err, fs.ErrNotExist):
			m.failed(file, err)
		case m.options.DryRun:
			m.summary.New = append(m.summary.New, file)
		default:
			select {
			case work <- file:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// Path is where a report is kept under the mirror's directory, with slashes of the operating system.
func Path(report payreports.Report) string {
	end := report.EndTime.Time()
	if end.IsZero() {
		end = report.CreatedTime.Time()
	}
	return filepath.Join(
		"type="+fileName(payreports.ReportTypeName(report.ReportType)),
		"date="+end.UTC().Format(time.DateOnly),
		fileName(string(report.ReportID))+reportExtension)
}

// fileName makes a name of an opaque text that no file system takes for anything else. No two texts give the same.
func fileName(text string) string {
	name := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	return name
}

func (m *run) downloaded(file File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.summary.New = append(m.summary.New, file)
	m.summary.Bytes += file.Size
	if m.options.Progress != nil {
		m.options.Progress(file, nil)
	}
}

func (m *run) failed(file File, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.summary.Failed = append(m.summary.Failed, Failure{File: file, Err: err})
	if m.options.Progress != nil {
		m.options.Progress(file, err)
	}
}

// download writes the report and its metadata. The metadata comes first, so that a report that is there always has it.
func (m *run) download(ctx context.Context, file *File) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	final := filepath.Join(m.dir, file.Path)
	if err := atomicfile.MkdirAll(filepath.Dir(final)); err != nil {
		return err
	}
	var info payreports.ResponseInfo
	content, err := m.client.OpenReportDocument(ctx, file.Report.ReportDocumentID, payreports.WithResponseInfo(&info))
	if err != nil {
		return err
	}
	defer content.Close()
	partial, err := atomicfile.Create(final)
	if err != nil {
		return err
	}
	defer partial.Discard()
	hash := sha256.New()
	if file.Size, err = io.Copy(io.MultiWriter(partial, hash), content); err != nil {
		return err
	}
	if err := partial.Sync(); err != nil { // before metadata says that it is there
		return err
	}
	metadata, err := json.MarshalIndent(Metadata{
		Report: file.Report, SHA256: hex.EncodeToString(hash.Sum(nil)), Size: file.Size,
		Downloaded: time.Now().UTC().Truncate(time.Second), RequestID: info.RequestID,
	}, "", "  ")
	if err != nil {
		return err
	}
	if _, err := atomicfile.Write(strings.TrimSuffix(final, reportExtension)+metadataExtension, bytes.NewReader(append(metadata, '\n'))); err != nil {
		return err
	}
	return partial.Commit()
}
