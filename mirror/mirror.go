// Package mirror keeps a copy of all reports, beyond the 90 days that Amazon keeps them, in a directory or in an object store. [Sync]
// downloads what is new and can run as often as you like: a second run only lists. [Open] reads what Sync has written.
//
// For a bucket in Amazon S3, Google Cloud Storage or Azure, use package mirror/bucket with [SyncStore] and [OpenStore]. The layout is
// the same.
//
// # Layout
//
// A report is at type=<short name>/date=<YYYY-MM-DD>/<report id>.csv, by its type and the UTC date of its end time, so
// that data tools read type and date as partitions. Next to it, <report id>.json holds its [Metadata]. Files are
// readable by their owner only (0600), because reports hold buyers' data.
//
// Characters that a file system may treat specially are percent-encoded. So are letters of unusual case: no two reports
// have names that differ in case only.
//
// In a directory, the file .checked lists the reports that were found right, with size and time of their files, so that the next run
// reads only those that were touched since. It can be deleted at any time.
//
// # Safety
//
// Whatever happens to a run, a reader sees one of these for each report:
//
//   - no file: the report isn't in the mirror yet
//   - metadata alone: a run is about to give the report its name, or was killed before it could; the next run downloads it
//   - the whole report, and metadata with its size and hash
//
// In a directory this holds because a report is written to a hidden file and synced to the disk before its metadata is written, and
// gets its name last. Names change by renaming, which a file system does at once or not at all, and the directory is synced after it.
// A lock of the operating system keeps two runs apart; it ends with the process, so a killed run holds nothing. The next run
// removes the hidden files that it left. The documentation of package mirror/bucket says how a bucket keeps the promise without a lock.
//
// A file gets its name only if it looks like the report that was asked for: a table, of the report's own type and period.
// A login page, an error of the storage, or another report's file is refused, and the next run tries again. Its beginning
// is kept under .refused, next to a note that says why. At most 64 such files are kept.
//
// A report that is already present is downloaded again if it turns out to be wrong: its size or its document id isn't the
// recorded one, its metadata is missing, or it isn't a report. First the old file gets the name <report id>.csv.replaced-<time>,
// which isn't read as a report, and its metadata is copied to a similar name. Then the new one is written in the order above, so that
// for a moment a report is missing, but never next to the metadata of another one. No report is ever deleted.
package mirror

import (
	"errors"
	"fmt"
	"time"

	"github.com/amazonpay-go/payreports"
)

// defaultConcurrency is small, because no limits of the API are documented.
const defaultConcurrency = 4

// MaxConcurrency is the highest [Options.Concurrency].
const MaxConcurrency = 100

// Options say what is mirrored and how. The zero Options mirror all reports that the service still has, four at a time.
type Options struct {
	// Types are the report types. None means all.
	Types []payreports.ReportType
	// Since is the earliest creation time of reports. Zero means as long ago as the service keeps them, 90 days.
	Since time.Time
	// Again are reports to download again although they are present. The old files are kept; see the package
	// documentation. If there are any, Sync does nothing else: Types and Since must be zero.
	Again []payreports.ReportID
	// Concurrency is how many reports are downloaded at once, at most [MaxConcurrency]. 0 means 4.
	Concurrency int
	// DryRun lists what would be downloaded and writes nothing, not even the directory.
	DryRun bool
	// Progress, if not nil, is called after each report that was downloaded or failed, by one goroutine at a time.
	Progress func(File, error)
	// Status, if not nil, is called when the run knows its reports, after each of them, and whenever bytes arrive, by one
	// goroutine at a time. Downloads wait until it returns, so it must be fast.
	Status func(Status)
}

func (o *Options) check() error {
	if o.Concurrency < 0 || o.Concurrency > MaxConcurrency {
		return fmt.Errorf("mirror: the concurrency is %d: it must be positive and at most %d", o.Concurrency, MaxConcurrency)
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if len(o.Again) > 0 && (len(o.Types) > 0 || !o.Since.IsZero()) {
		return errors.New("mirror: Again names the reports to download: leave Types and Since out")
	}
	return nil
}

// File is a report of the mirror.
type File struct {
	// Path is where it is in the mirror, with slashes on every system.
	Path string
	// Report is what the service says about it.
	Report payreports.Report
	// Size is the file's length in bytes; 0 in a dry run.
	Size int64
}

// Metadata is in a file next to each report. It never contains a URL.
type Metadata struct {
	// Report is what the service said about the report.
	Report payreports.Report `json:"report"`
	// SHA256 is the file's hash, hexadecimal.
	SHA256 string `json:"sha256"`
	// Size is the file's length in bytes.
	Size int64 `json:"size"`
	// Downloaded is when the report was downloaded, in UTC.
	Downloaded time.Time `json:"downloaded"`
	// RequestID is the x-amz-pay-request-id of the answer that gave the download URL.
	RequestID string `json:"requestId,omitempty"`
	// ContentType is what the storage states about the file, with its charset if it states one. It may be wrong.
	ContentType string `json:"contentType,omitempty"`
}

// Summary says what a run has done.
type Summary struct {
	// Start and End are when the run began and ended, in UTC.
	Start, End time.Time
	// Listed is whether the service's list of reports was read, at least in part. If it wasn't, the run has done nothing.
	Listed bool
	// Attempts is how many requests were sent to the service and to its storage, and Throttled is how many of them were throttled.
	Attempts, Throttled int64
	// Newest is when the newest report of each type was created. It counts the reports of this run that are present now, or would be without DryRun.
	Newest map[payreports.ReportType]time.Time
	// New are the reports that were downloaded, or would have been in a dry run, by path.
	New []File
	// Replaced are the reports that were present and were downloaded again, or would have been in a dry run, by path.
	Replaced []Replacement
	// Kept is how many reports were already present.
	Kept int
	// Failed are the reports that could not be downloaded, by path: also those that the service calls COMPLETED without
	// naming a document, or lists in two ways that contradict each other. The next run tries them again.
	Failed []Failure
	// ServiceFailed are the reports that the service could not make: their status is FAILED. They stay so, but reports of
	// most types can be created again.
	ServiceFailed []payreports.Report
	// Cancelled is how many reports were CANCELLED, in general because there was no data for them.
	Cancelled int
	// Unfinished is how many reports the service hasn't finished yet. A later run downloads them.
	Unfinished int
	// Bytes is the size of all that was downloaded.
	Bytes int64
}

// Replacement is a report that was present and was downloaded again.
type Replacement struct {
	// File is the report.
	File File
	// Old is where the old file is now. It is "" if only the metadata was wrong, so that the file stayed, and in a dry run.
	Old string
	// Reason is why it was downloaded again.
	Reason string
}

// Failure is a report that could not be downloaded.
type Failure struct {
	// File is the report, and where it would be.
	File File
	// Err is why it could not be downloaded.
	Err error
}

// ErrLocked means that another run is working in the directory.
var ErrLocked = errors.New("mirror: another run is working in this directory: wait for it to end, or choose another directory")

// ErrRefused means that what was downloaded is not the report that was asked for, such as a login page.
var ErrRefused = errors.New("what was downloaded is not this report")
