package mirror

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

const (
	// checkedName is the hidden file that says which reports were found right, so that the next run needn't read them.
	checkedName = ".checked"
	// checkedHeader begins it. Another version of the format is ignored.
	checkedHeader = "payreports 1\n"
	// checkedFor is for how long a report stays in it. The service lists no report that is older than 90 days.
	checkedFor = 120 * 24 * time.Hour
)

// checked are the reports of a directory that were found right, with what tells that their files are still the same. It only saves work: without
// it, or for a file that was touched since, the report is looked at again. It is nil for other stores. Verify doesn't use it.
type checked struct {
	dir     directory
	mu      sync.Mutex
	entries map[string]checkedFiles // by path
	changed bool
}

// checkedFiles identify the file of a report and its metadata without reading them.
type checkedFiles struct {
	document         payreports.ReportDocumentID
	report, metadata fileState
}

type fileState struct {
	size     int64
	modified int64 // in nanoseconds since 1970
}

func (d directory) state(name string) (fileState, error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return fileState{}, err
	}
	return fileState{info.Size(), info.ModTime().UnixNano()}, nil
}

func (d directory) files(file File) (f checkedFiles, err error) {
	f.document = file.Report.ReportDocumentID
	if f.report, err = d.state(file.Path); err == nil {
		f.metadata, err = d.state(metadataPath(file.Path))
	}
	return f, err
}

// wrong is the function wrong, and doesn't read what an earlier run has read.
func (m *run) wrong(ctx context.Context, file File) (reason string, present bool, err error) {
	if m.checked.has(file) {
		return "", true, nil
	}
	if reason, present, err = wrong(ctx, m.store, file); present && reason == "" && err == nil {
		m.checked.add(file)
	}
	return reason, present, err
}

// readChecked reads the file that an earlier run has written. What can't be read is as if it weren't there.
func readChecked(ctx context.Context, store Store) *checked {
	dir, onDisk := store.(directory)
	if !onDisk {
		return nil
	}
	c := &checked{dir: dir, entries: make(map[string]checkedFiles)}
	file, _, err := dir.Open(ctx, checkedName)
	if err != nil {
		return c
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	lines, ok := strings.CutPrefix(string(text), checkedHeader)
	if err != nil || !ok {
		return c
	}
	for line := range strings.Lines(lines) {
		if path, files, ok := parseChecked(line); ok {
			c.entries[path] = files
		}
	}
	return c
}

func parseChecked(line string) (path string, f checkedFiles, ok bool) {
	fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(fields) != 6 {
		return "", f, false
	}
	for i, into := range []*int64{&f.report.size, &f.report.modified, &f.metadata.size, &f.metadata.modified} {
		var err error
		if *into, err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return "", f, false
		}
	}
	f.document = payreports.ReportDocumentID(fields[4])
	return fields[5], f, true
}

// has reports whether a report was found right and is still the same.
func (c *checked) has(file File) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	before, known := c.entries[file.Path]
	c.mu.Unlock()
	if !known || escape(string(file.Report.ReportDocumentID)) != string(before.document) {
		return false
	}
	now, err := c.dir.files(file)
	return err == nil && now.report == before.report && now.metadata == before.metadata
}

// add notes that a report is right.
func (c *checked) add(file File) {
	if c == nil {
		return
	}
	files, err := c.dir.files(file)
	if err != nil {
		return
	}
	files.document = payreports.ReportDocumentID(escape(string(files.document)))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[file.Path] = files
	c.changed = true
}

// write keeps what was added for the next run.
func (c *checked) write() error {
	if c == nil || !c.changed {
		return nil
	}
	oldest := time.Now().Add(-checkedFor).UnixNano()
	var text bytes.Buffer
	text.WriteString(checkedHeader)
	for _, path := range slices.Sorted(maps.Keys(c.entries)) {
		f := c.entries[path]
		if f.report.modified < oldest || strings.ContainsAny(path, " \n") {
			continue
		}
		fmt.Fprintf(&text, "%d %d %d %d %s %s\n", f.report.size, f.report.modified, f.metadata.size, f.metadata.modified, f.document, path)
	}
	if _, err := atomicfile.Write(c.dir.path(checkedName), &text); err != nil {
		return fmt.Errorf("mirror: what was checked can't be written: %w", err)
	}
	return nil
}
