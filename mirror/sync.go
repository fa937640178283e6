package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/amazonpay-go/payreports"
)

// Sync downloads every completed report of the chosen types that isn't in dir yet, and those that are present but turn out to be
// wrong. It makes dir if need be.
//
// The error is [ErrLocked], one of listing the reports or of the file system, or those of the reports that failed, joined; the Summary
// says what was done in any case. A report that fails doesn't keep the others from being downloaded, except when the disk is full or
// the context ends.
//
// A settlement report that is FAILED at the service is an error too, because otherwise nobody would notice that its settlement is
// missing. Other FAILED reports are in the Summary only: no later run can bring them, but they can be created again.
func Sync(ctx context.Context, client *payreports.Client, dir string, options Options) (Summary, error) {
	return SyncStore(ctx, client, Directory(dir), options)
}

// SyncStore is [Sync] with any [Store].
func SyncStore(ctx context.Context, client *payreports.Client, store Store, options Options) (Summary, error) {
	if err := options.check(); err != nil {
		return Summary{}, err
	}
	m := &run{store: store, options: options, share: newTurns(options.Concurrency).share()}
	return m.syncWith(ctx, func(context.Context) (*payreports.Client, error) { return client, nil })
}

// syncWith does all of a run, with a client that is made when it has its first turn.
func (m *run) syncWith(ctx context.Context, client func(context.Context) (*payreports.Client, error)) (Summary, error) {
	m.summary.Start = time.Now().UTC()
	err := m.begin(ctx, client)
	if err == nil {
		err = m.sync(ctx)
	}
	if m.unlock != nil {
		m.unlock()
	}
	m.summary.End = time.Now().UTC()
	m.summary.Attempts, m.summary.Throttled = m.usage.Attempts(), m.usage.Throttled()
	return m.summary, err
}

// begin makes the client, and prepares the store.
func (m *run) begin(ctx context.Context, client func(context.Context) (*payreports.Client, error)) (err error) {
	if err := m.share.take(ctx); err != nil {
		return fmt.Errorf("mirror: not started: %w", err)
	}
	defer m.share.give()
	if m.client, err = client(ctx); err != nil || m.options.DryRun {
		return err
	}
	m.unlock, err = m.store.Begin(ctx)
	return err
}

// run is one run of Sync.
type run struct {
	client  *payreports.Client
	store   Store
	options Options
	share   *share // of the turns to do something
	usage   payreports.Usage
	checked *checked
	unlock  func() // nil if nothing is locked

	refusing sync.Mutex // guards the folder of what was refused

	mu      sync.Mutex
	summary Summary
	status  Status
}

func (m *run) sync(ctx context.Context) error {
	listed, listErr := m.list(ctx)
	if listErr != nil && len(listed.reports)+len(listed.failed) == 0 {
		return listErr
	}
	m.summary.Listed = true
	m.checked = readChecked(ctx, m.store)
	m.summary.ServiceFailed, m.summary.Cancelled, m.summary.Unfinished = listed.serviceFailed, listed.cancelled, listed.unfinished
	m.change(func(s *Status) { s.Total = len(listed.reports) + len(listed.failed) })
	for _, failure := range listed.failed {
		m.failed(failure.File, failure.Err)
	}

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan payreports.Report)
	var workers sync.WaitGroup
	for range min(m.options.Concurrency, len(listed.reports)) {
		workers.Go(func() {
			for report := range work {
				if m.share.take(ctx) == nil { // else the run was stopped, which is told once
					m.one(ctx, stop, report)
					m.share.give()
				}
			}
		})
	}
	for _, report := range listed.reports {
		if ctx.Err() != nil {
			break
		}
		work <- report
	}
	close(work)
	workers.Wait()
	err := m.finish(ctx, listErr)
	if m.options.DryRun {
		return err
	}
	return errors.Join(err, m.checked.write())
}

func (m *run) list(ctx context.Context) (listing, error) {
	if err := m.share.take(ctx); err != nil {
		return listing{}, fmt.Errorf("mirror: listing the reports: %w", err)
	}
	defer m.share.give()
	if len(m.options.Again) > 0 {
		return byID(ctx, m.client, m.options.Again, payreports.WithUsage(&m.usage))
	}
	// A long list lets others go in between.
	nextTurn := func() {
		m.share.give()
		_ = m.share.take(context.WithoutCancel(ctx)) // can't fail; the list itself ends with the context
	}
	return list(ctx, m.client, m.options.Types, m.options.Since, nextTurn, payreports.WithUsage(&m.usage))
}

// finish puts the summary in order and joins the errors.
func (m *run) finish(ctx context.Context, listErr error) error {
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(m.summary.New, byPath)
	slices.SortFunc(m.summary.Replaced, func(a, b Replacement) int { return byPath(a.File, b.File) })
	slices.SortFunc(m.summary.Failed, func(a, b Failure) int { return byPath(a.File, b.File) })
	errs := []error{listErr}
	if cause := context.Cause(ctx); cause != nil {
		errs = []error{fmt.Errorf("mirror: stopped before all reports were downloaded: %w", cause)}
	}
	for _, failure := range m.summary.Failed {
		errs = append(errs, fmt.Errorf("mirror: report %s: %w", failure.File.Report.ReportID, failure.Err))
	}
	for _, report := range m.summary.ServiceFailed {
		errs = append(errs, missingMoney(report))
	}
	return errors.Join(errs...)
}

// one brings one report up to date.
func (m *run) one(ctx context.Context, stop context.CancelCauseFunc, report payreports.Report) {
	file := File{Report: report}
	var reason string
	var present bool
	var err error
	if file.Path, err = find(ctx, m.store, report); err == nil {
		reason, present, err = m.wrong(ctx, file)
	}
	again := slices.Contains(m.options.Again, report.ReportID)
	if present && again {
		reason = "it was asked for again"
	}
	var old string
	switch {
	case err != nil:
	case present && reason == "":
		m.mu.Lock()
		m.summary.Kept++
		m.newestLocked(report)
		m.changeLocked(func(s *Status) { s.Done++ })
		m.mu.Unlock()
		return
	case !m.options.DryRun:
		if old, err = m.download(ctx, &file, present, again); err == nil {
			m.checked.add(file)
		}
		if old != "" && !present {
			reason, present = otherRun, true
		}
	}
	switch {
	case err == nil && present:
		m.done(file, func() { m.summary.Replaced = append(m.summary.Replaced, Replacement{file, old, reason}) })
	case err == nil:
		m.done(file, func() { m.summary.New = append(m.summary.New, file) })
	case ctx.Err() != nil: // the run was stopped, which is told once
	case outOfSpace(err):
		stop(err) // the others would fail as well
	default:
		if reason != "" && !again {
			err = fmt.Errorf("%s, so it must be downloaded again: %w", reason, err)
		}
		m.failed(file, err)
	}
}

// find returns where a report is, or will be.
func find(ctx context.Context, store Store, report payreports.Report) (string, error) {
	name := Path(report)
	if earlier := earlierPath(report); earlier != name {
		metadata, err := readMetadata(ctx, store, metadataPath(earlier))
		switch {
		case err == nil && metadata.Report.ReportID == report.ReportID:
			return earlier, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoMetadata):
			return name, err
		}
	}
	return name, nil
}

// wrong reports whether a report is present, and what is wrong with it. The error says why that can't be told.
func wrong(ctx context.Context, store Store, file File) (reason string, present bool, err error) {
	content, size, err := store.Open(ctx, file.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer content.Close()
	metadata, err := readMetadata(ctx, store, metadataPath(file.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "its metadata is missing", true, nil
	case errors.Is(err, errNoMetadata):
		return err.Error(), true, nil
	case err != nil:
		return "", false, err
	case metadata.Report.ReportID != file.Report.ReportID:
		return fmt.Sprintf("its metadata is that of report %s", metadata.Report.ReportID), true, nil
	case metadata.Report.ReportDocumentID != file.Report.ReportDocumentID:
		return fmt.Sprintf("it was downloaded from document %s, and the service now names document %s",
			metadata.Report.ReportDocumentID, file.Report.ReportDocumentID), true, nil
	case metadata.Size != size:
		return fmt.Sprintf("it has %d bytes, and had %d when it was downloaded", size, metadata.Size), true, nil
	}
	switch problem, err := inspectStored(file.Report, content); {
	case err != nil:
		return "", false, err
	case problem != nil:
		return problem.Error(), true, nil
	}
	return "", true, nil
}

func (m *run) done(file File, record func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	record()
	m.newestLocked(file.Report)
	m.summary.Bytes += file.Size
	m.changeLocked(func(s *Status) { s.Done++ })
	if m.options.Progress != nil {
		m.options.Progress(file, nil)
	}
}

// newestLocked notes the age of a report that is present now, for those who hold m.mu.
func (m *run) newestLocked(report payreports.Report) {
	if m.summary.Newest == nil {
		m.summary.Newest = make(map[payreports.ReportType]time.Time)
	}
	if created := report.CreatedTime.Time(); created.After(m.summary.Newest[report.ReportType]) {
		m.summary.Newest[report.ReportType] = created
	}
}

func (m *run) failed(file File, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.summary.Failed = append(m.summary.Failed, Failure{File: file, Err: err})
	m.changeLocked(func(s *Status) { s.Done++ })
	if m.options.Progress != nil {
		m.options.Progress(file, err)
	}
}
