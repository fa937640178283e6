package mirror_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

var quick = payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 15, BaseDelay: time.Nanosecond})

// tree returns the files under dir with their content, hidden ones too, but for the lock and what was checked.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".lock" || entry.Name() == ".checked" {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// counting counts the requests of each kind.
type counting struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen map[string]int
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	kind := strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")
	c.seen[strings.Join(kind[:min(2, len(kind))], "/")]++
	c.mu.Unlock()
	return c.next.RoundTrip(req)
}

func start(t *testing.T, config simulator.Config) (*simulator.Server, *payreports.Client, *counting) {
	t.Helper()
	config.Start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	sim := simulator.StartInMemory(t, config)
	counter := &counting{next: sim.RoundTripper(), seen: make(map[string]int)}
	return sim, sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: counter})), counter
}

var fortnight = mirror.Options{Since: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)}

func TestSync(t *testing.T) {
	t.Parallel()
	_, client, counter := start(t, simulator.Config{})
	dir := filepath.Join(t.TempDir(), "deep", "mirror")
	var told atomic.Int64
	options := fortnight
	options.Progress = func(file mirror.File, err error) {
		if err != nil || file.Size == 0 {
			t.Errorf("%+v, %v", file, err)
		}
		told.Add(1)
	}
	summary, err := mirror.Sync(t.Context(), client, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	files := tree(t, dir)
	if len(summary.New) != 15 || summary.Kept != 0 || summary.Failed != nil || len(files) != 30 || told.Load() != 15 {
		t.Fatalf("%d new, %d kept, %d files, %d told", len(summary.New), summary.Kept, len(files), told.Load())
	}
	if first := filepath.ToSlash(summary.New[0].Path); !strings.HasPrefix(first, "type=settlement/date=2026-11-10/5") || !strings.HasSuffix(first, ".csv") {
		t.Errorf("path %s", first)
	}
	var bytes int64
	for _, file := range summary.New {
		name := filepath.ToSlash(file.Path)
		content := files[name]
		bytes += int64(len(content))
		if !strings.HasPrefix(content, "\ufeff\"Amazon Payments Advanced\"") || file.Size != int64(len(content)) {
			t.Errorf("%s: %d bytes, %d told", name, len(content), file.Size)
		}
		var metadata mirror.Metadata
		text := files[strings.TrimSuffix(name, ".csv")+".json"]
		if err := json.Unmarshal([]byte(text), &metadata); err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256([]byte(content))
		if metadata.SHA256 != hex.EncodeToString(hash[:]) || metadata.Size != file.Size || metadata.Report != file.Report || metadata.RequestID == "" || metadata.Downloaded.IsZero() {
			t.Errorf("%s: metadata %+v", name, metadata)
		}
		if strings.Contains(text, "X-Amz") || strings.Contains(text, "http") {
			t.Errorf("the metadata holds a URL: %s", text)
		}
		for _, path := range []string{file.Path, strings.TrimSuffix(file.Path, ".csv") + ".json"} {
			if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
	if summary.Bytes != bytes {
		t.Errorf("%d bytes told, %d there", summary.Bytes, bytes)
	}

	// The second run makes only list calls and changes nothing.
	counter.seen = make(map[string]int)
	summary, err = mirror.Sync(t.Context(), client, dir, fortnight)
	if err != nil || summary.New != nil || summary.Kept != 15 {
		t.Errorf("second run: %+v, %v", summary, err)
	}
	if diff := cmp.Diff(map[string]int{"v2/reports": 1}, counter.seen); diff != "" {
		t.Errorf("requests of the second run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(files, tree(t, dir)); diff != "" {
		t.Errorf("the second run has changed files (-before +after):\n%s", diff)
	}
}

func TestSyncDryRun(t *testing.T) {
	t.Parallel()
	_, client, counter := start(t, simulator.Config{})
	dir := filepath.Join(t.TempDir(), "mirror")
	options := fortnight
	options.DryRun = true
	summary, err := mirror.Sync(t.Context(), client, dir, options)
	if err != nil || len(summary.New) != 15 || summary.Bytes != 0 {
		t.Errorf("%+v, %v", summary, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || counter.seen["v2/report-documents"] != 0 {
		t.Errorf("a dry run has made the directory or asked for documents: %v, %v", err, counter.seen)
	}
}

func TestSyncTypes(t *testing.T) {
	t.Parallel()
	sim, client, _ := start(t, simulator.Config{})
	for range 2 {
		if _, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: fortnight.Since, End: fortnight.Since.AddDate(0, 0, 3)}); err != nil {
			t.Fatal(err)
		}
	}
	sim.Advance(time.Minute)
	dir := t.TempDir()
	summary, err := mirror.Sync(t.Context(), client, dir, mirror.Options{Types: []payreports.ReportType{payreports.ReportTypeRefund}})
	if err != nil || len(summary.New) != 2 || !strings.HasPrefix(filepath.ToSlash(summary.New[0].Path), "type=refund/date=2026-11-13/") {
		t.Errorf("%+v, %v", summary, err)
	}
}

// A killed run leaves hidden files, or metadata without its report: the next one cleans up and goes on.
func TestSyncAfterAKilledRun(t *testing.T) {
	t.Parallel()
	_, client, counter := start(t, simulator.Config{})
	dir, undisturbed := t.TempDir(), t.TempDir()
	summary, err := mirror.Sync(t.Context(), client, undisturbed, fortnight)
	if err != nil {
		t.Fatal(err)
	}
	whole, missing := summary.New[0], summary.New[1]
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, undisturbed)
	metadata := func(file mirror.File) string { return strings.TrimSuffix(file.Path, ".csv") + ".json" }
	write(whole.Path, before[filepath.ToSlash(whole.Path)])
	write(metadata(whole), before[filepath.ToSlash(metadata(whole))])
	write(metadata(missing), "{}")
	write(filepath.Join(filepath.Dir(missing.Path), "."+filepath.Base(missing.Path)+".123.partial"), "half")
	own := []string{".keep", ".notes.partial", filepath.Join("drafts", ".draft.csv.1.partial"), filepath.Join(filepath.Dir(missing.Path), ".notes.txt.1.partial")}
	for _, name := range own {
		write(name, "the owner's own file")
	}

	counter.seen = make(map[string]int)
	summary, err = mirror.Sync(t.Context(), client, dir, fortnight)
	if err != nil || len(summary.New) != 14 || summary.Kept != 1 || counter.seen["v2/report-documents"] != 14 {
		t.Errorf("%d new, %d kept, %v, %v", len(summary.New), summary.Kept, counter.seen, err)
	}
	after := tree(t, dir)
	for _, name := range own {
		if after[filepath.ToSlash(name)] == "" {
			t.Errorf("the owner's %s was removed", name)
		}
		delete(after, filepath.ToSlash(name))
	}
	for name, content := range before {
		if strings.HasSuffix(name, ".csv") && after[name] != content || after[name] == "" {
			t.Errorf("%s differs from an undisturbed run's", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files, want %d", len(after), len(before))
	}
}

func TestSyncUnderFaults(t *testing.T) {
	t.Parallel()
	sim, client, _ := start(t, simulator.Config{Seed: 5})
	undisturbed, dir := t.TempDir(), t.TempDir()
	if _, err := mirror.Sync(t.Context(), client, undisturbed, fortnight); err != nil {
		t.Fatal(err)
	}
	for fault, p := range map[simulator.Fault]float64{
		simulator.FaultServerError: 0.1, simulator.FaultUnavailable: 0.1, simulator.FaultCutBefore: 0.1, simulator.FaultTruncate: 0.3, simulator.FaultExpiredURL: 0.2,
	} {
		sim.SetFault(fault, p)
	}
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
		t.Fatal(err)
	}
	got, want := tree(t, dir), tree(t, undisturbed)
	for name, content := range want {
		if strings.HasSuffix(name, ".csv") && got[name] != content {
			t.Errorf("%s differs", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

// One report that can't be had doesn't keep the others away, and nothing of it is left.
func TestSyncFailure(t *testing.T) {
	t.Parallel()
	sim, _, _ := start(t, simulator.Config{})
	var refused atomic.Int64
	client := sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		if strings.HasPrefix(req.URL.Path, "/v2/report-documents/") && refused.Add(1) == 1 {
			return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		}
		return sim.RoundTripper().RoundTrip(req)
	})}))
	dir := t.TempDir()
	summary, err := mirror.Sync(t.Context(), client, dir, fortnight)
	if !errors.Is(err, payreports.ErrNotFound) || len(summary.New) != 14 || len(summary.Failed) != 1 || !strings.Contains(err.Error(), string(summary.Failed[0].File.Report.ReportID)) {
		t.Errorf("%d new, %d failed, %v", len(summary.New), len(summary.Failed), err)
	}
	if files := tree(t, dir); len(files) != 28 {
		t.Errorf("%d files, want 28", len(files))
	}
	if summary, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil || len(summary.New) != 1 {
		t.Errorf("the next run: %+v, %v", summary, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestSyncEndsWithTheContext(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	options := fortnight
	options.Concurrency = 1
	options.Progress = func(mirror.File, error) { cancel() }
	summary, err := mirror.Sync(ctx, client, dir, options)
	if !errors.Is(err, context.Canceled) || len(summary.New) > 3 {
		t.Errorf("%d new, %v", len(summary.New), err)
	}
	for name := range tree(t, dir) {
		if strings.Contains(name, ".partial") {
			t.Errorf("%s was left", name)
		}
	}
}

func TestSyncLocked(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	dir := t.TempDir()
	lock := flock.New(filepath.Join(dir, ".lock"))
	if _, err := lock.TryLock(); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); !errors.Is(err, mirror.ErrLocked) {
		t.Errorf("error %v, want ErrLocked", err)
	}
	lock.Close()
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
		t.Error(err)
	}
}

func TestSyncRefuses(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Sync(t.Context(), client, file, fortnight); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("error %v for a file in place of the directory", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err == nil || !strings.Contains(err.Error(), "can't be locked") {
		t.Errorf("error %v for a folder in place of the lock", err)
	}
	if _, err := mirror.Sync(t.Context(), client, t.TempDir(), mirror.Options{Concurrency: -1}); err == nil {
		t.Error("no error for a negative concurrency")
	}
	if _, err := mirror.Sync(t.Context(), client, t.TempDir(), mirror.Options{Types: []payreports.ReportType{""}}); !errors.Is(err, payreports.ErrInvalidArgument) {
		t.Errorf("error %v for an empty type", err)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	at := wire.NewTimestamp(time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC))
	seen := make(map[string]bool)
	for _, test := range []struct {
		report payreports.Report
		want   string
	}{
		{payreports.Report{ReportID: "A1", ReportType: payreports.ReportTypeMultiCurrency, EndTime: at}, "type=multi-currency/date=2026-11-22/A1.csv"},
		{payreports.Report{ReportID: "A1", ReportType: "_GET_NEW_", CreatedTime: at}, "type=_GET_NEW_/date=2026-11-22/A1.csv"},
		{payreports.Report{ReportID: "../../etc/passwd", ReportType: "../x", EndTime: at}, "type=%2E.%2Fx/date=2026-11-22/%2E.%2F..%2Fetc%2Fpasswd.csv"},
		{payreports.Report{ReportID: "a b+c", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/a%20b%2Bc.csv"},
		{payreports.Report{ReportID: "CON", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/%43%4F%4E.csv"},
		{payreports.Report{ReportID: "con", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/%63on.csv"},
		{payreports.Report{ReportID: "lpt1.x", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/%6C%70%741.%78.csv"},
		{payreports.Report{ReportID: "COM7.x", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/%43OM7.%78.csv"},
		{payreports.Report{ReportID: "NUL.", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/%4E%55%4C%2E.csv"},
		{payreports.Report{ReportID: "a1 ", ReportType: "x.", EndTime: at}, "type=x%2E/date=2026-11-22/%611%20.csv"},
		{payreports.Report{ReportID: "A1~2", ReportType: "settlement", EndTime: at}, "type=%73ettlement/date=2026-11-22/A1%7E2.csv"},
		{payreports.Report{ReportID: "A08439021T39K6DTX4JS8", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/A08439021T39K6DTX4JS8.csv"},
		{payreports.Report{ReportID: "50000000091", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/50000000091.csv"},
		{payreports.Report{ReportID: "amzn1.tortuga.3.45ee712d-3512-6cbd-ad71-ab3cb4cffef7.T3FKJJI01Y1E32", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/amzn1.tortuga.3.45ee712d-3512-6cbd-ad71-ab3cb4cffef7.T3FKJJI01Y1E32.csv"},
		{payreports.Report{ReportID: "amzn1.spdoc.1.4.na.45ee712d-3512-6cbd-ad71-ab3cb4cffef7", ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/amzn1.spdoc.1.4.na.45ee712d-3512-6cbd-ad71-ab3cb4cffef7.csv"},
		{payreports.Report{ReportID: `a\b:c`, ReportType: payreports.ReportTypeRefund, EndTime: at}, "type=refund/date=2026-11-22/a%5Cb%3Ac.csv"},
	} {
		got := filepath.ToSlash(mirror.Path(test.report))
		if folded := strings.ToLower(got); got != test.want || seen[folded] {
			t.Errorf("%q: %s, want %s", test.report.ReportID, got, test.want)
		}
		seen[strings.ToLower(got)] = true
	}
}

// BenchmarkSync downloads 200 reports at 50 ms latency, one by one and eight at once.
func BenchmarkSync(b *testing.B) {
	for _, concurrency := range []int{1, 8} {
		b.Run(fmt.Sprintf("concurrency %d", concurrency), func(b *testing.B) {
			sim := simulator.StartInMemory(b)
			for range 110 { // beside 90 settlement reports
				if _, err := sim.Client().CreateReport(b.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: sim.Now().AddDate(0, 0, -1), End: sim.Now()}); err != nil {
					b.Fatal(err)
				}
			}
			sim.Advance(time.Minute)
			client := sim.Client(payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				timer := time.NewTimer(50 * time.Millisecond)
				defer timer.Stop()
				<-timer.C
				return sim.RoundTripper().RoundTrip(req)
			})}))
			for b.Loop() {
				summary, err := mirror.Sync(b.Context(), client, b.TempDir(), mirror.Options{Concurrency: concurrency})
				if err != nil || len(summary.New) < 199 {
					b.Fatalf("%d reports, %v", len(summary.New), err)
				}
			}
		})
	}
}

// What stands in the way of a report is that report's failure, or the run's where the layout itself is blocked; nothing half written is left.
func TestSyncBlockedPaths(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t, simulator.Config{})
	plan := fortnight
	plan.DryRun = true
	summary, err := mirror.Sync(t.Context(), client, t.TempDir(), plan)
	if err != nil {
		t.Fatal(err)
	}
	first := summary.New[0].Path
	for name, block := range map[string]struct {
		make func(dir string) error
		want int // reports that arrive all the same, of 15
	}{
		"a file in place of a date's folder": {func(dir string) error {
			return errors.Join(os.MkdirAll(filepath.Join(dir, "type=settlement"), 0o700), os.WriteFile(filepath.Join(dir, filepath.Dir(first)), nil, 0o600))
		}, 14},
		"a file in place of a type's folder": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "type=settlement"), nil, 0o600)
		}, 0},
		"a folder in place of the report": {func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, first), 0o700)
		}, 14},
		"a folder in place of the metadata": {func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, strings.TrimSuffix(first, ".csv")+".json", "x"), 0o700)
		}, 14},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := block.make(dir); err != nil {
				t.Fatal(err)
			}
			summary, err := mirror.Sync(t.Context(), client, dir, fortnight)
			if err == nil || len(summary.New) != block.want || len(summary.Failed) != 15-block.want || summary.Kept != 0 {
				t.Errorf("%d new, %d failed, %v", len(summary.New), len(summary.Failed), err)
			}
			for name := range tree(t, dir) {
				if strings.HasSuffix(name, ".partial") {
					t.Errorf("%s was left", name)
				}
			}
		})
	}
}

// Lists may repeat a report over two pages, and name reports that have no document.
func TestSyncOddLists(t *testing.T) {
	t.Parallel()
	pages := []string{
		`{"reports":[{"reportId":"1","reportType":"T","processingStatus":"COMPLETED","endTime":"20261122T000000Z","reportDocumentId":"D1"}],"nextToken":"a"}`,
		`{"reports":[{"reportId":"1","reportType":"T","processingStatus":"COMPLETED","endTime":"20261122T000000Z","reportDocumentId":"D1"},{"reportId":"2","reportType":"T","processingStatus":"COMPLETED"},{"reportId":"3","reportType":"T","processingStatus":"IN_PROGRESS","reportDocumentId":"D3"}]}`,
	}
	sim := simulator.StartInMemory(t)
	answer := func(req *http.Request, status int, body string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body)), Request: req}
	}
	n := 0
	odd := sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/reports"):
			n++
			return answer(req, 200, pages[n-1]), nil
		case strings.Contains(req.URL.Path, "/report-documents/"):
			return answer(req, 200, `{"reportDocumentId":"D1","url":"https://storage.example/D1"}`), nil
		default:
			return answer(req, 200, "a,b\n1,2\n"), nil
		}
	})}))
	dir := t.TempDir()
	summary, err := mirror.Sync(t.Context(), odd, dir, mirror.Options{})
	if err == nil || len(summary.New) != 1 || len(summary.Failed) != 1 || summary.Unfinished != 1 || tree(t, dir)["type=T/date=2026-11-22/1.csv"] != "a,b\n1,2\n" {
		t.Errorf("%+v, %v", summary, err)
	}
	refused := sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		return answer(req, 403, `{}`), nil
	})}))
	if _, err := mirror.Sync(t.Context(), refused, t.TempDir(), mirror.Options{}); !errors.Is(err, payreports.ErrForbidden) || !strings.Contains(err.Error(), "listing the reports") {
		t.Errorf("error %v, want one about listing", err)
	}
}
