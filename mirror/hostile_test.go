package mirror_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// tamperer stands between a client and the simulator, as a proxy does. It changes the answers of lists, of documents and of
// the storage, as long as it has something to change them with.
type tamperer struct {
	next                    http.RoundTripper
	list, document, storage func(body string) string
	header                  http.Header // more headers of the storage's answers
}

func (p *tamperer) RoundTrip(req *http.Request) (*http.Response, error) {
	change := p.storage
	switch {
	case strings.HasSuffix(req.URL.Path, "/reports"):
		change = p.list
	case strings.Contains(req.URL.Path, "/report-documents/"):
		change = p.document
	case strings.HasPrefix(req.URL.Path, "/v2/"):
		change = nil
	}
	resp, err := p.next.RoundTrip(req)
	if err != nil || change == nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	changed := change(string(body))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(changed)), int64(len(changed))
	resp.Header = resp.Header.Clone()
	for _, name := range []string{"Content-Length", "ETag", "X-Amz-Meta-Sha256"} {
		resp.Header.Del(name)
	}
	for name, values := range p.header {
		resp.Header[name] = values
	}
	return resp, nil
}

// tampered is a simulator with two refund reports beside 15 settlement reports, seen through a proxy that changes nothing yet.
func tampered(t *testing.T) (*payreports.Client, *tamperer, map[string]string) {
	t.Helper()
	sim, honest, _ := start(t, simulator.Config{})
	for i := range 2 {
		if _, err := honest.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: fortnight.Since, End: fortnight.Since.AddDate(0, 0, 3+i)}); err != nil {
			t.Fatal(err)
		}
	}
	sim.Advance(time.Minute)
	dir := t.TempDir()
	if _, err := mirror.Sync(t.Context(), honest, dir, fortnight); err != nil {
		t.Fatal(err)
	}
	proxy := &tamperer{next: sim.RoundTripper()}
	return sim.Client(quick, payreports.WithHTTPClient(&http.Client{Transport: proxy})), proxy, csvFiles(t, dir)
}

// csvFiles returns the visible reports under dir with their content.
func csvFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for name, content := range tree(t, dir) {
		if strings.HasSuffix(name, ".csv") && !strings.HasPrefix(name, ".") {
			files[name] = content
		}
	}
	return files
}

func fixed(body string) func(string) string { return func(string) string { return body } }

// What is no report never gets a report's name. It is kept apart for a person to see, and the next healthy night brings the report.
func TestSyncRefusesWhatIsNoReport(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"login page":                "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>",
		"page after a BOM":          "\ufeff\r\n  <html><body>maintenance</body></html>",
		"page after headers":        "HTTP/1.1 200 OK\r\nContent-Type: text/html, charset=utf-8\r\n\r\n<html><body>proxy, error</body></html>",
		"storage's error":           `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
		"JSON object":               `{"message":"Forbidden","reasonCode":"x"}`,
		"JSON list":                 `["AmazonRefundId","SettlementId"]`,
		"JSON text":                 `"Forbidden"`,
		"nothing":                   "",
		"white space":               " \r\n\r\n\t\n",
		"a byte order mark":         "\ufeff",
		"zeros":                     strings.Repeat("\x00", 4096),
		"an image":                  "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
		"a document":                "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\n",
		"an archive":                "PK\x03\x04\x14\x00\x00\x00\x08\x00report.csv",
		"words":                     "Service Unavailable",
		"words with commas":         "Sorry, this service is not available, please try again later.",
		"lines of words":            "upstream connect error or disconnect/reset before headers.\nreset reason: connection timeout, retried 3 times\n",
		"words in quotes":           `Access to "report.csv", "settlement" and others was denied`,
		"a table of something else": "date,host,status\n2026-11-26,proxy,502\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, proxy, want := tampered(t)
			proxy.storage = fixed(body)
			dir := t.TempDir()
			summary, err := mirror.Sync(t.Context(), client, dir, fortnight)
			if err == nil || len(summary.New) != 0 || len(summary.Failed) != len(want) {
				t.Errorf("%d new, %d failed, %v", len(summary.New), len(summary.Failed), err)
			}
			if got := csvFiles(t, dir); len(got) != 0 {
				t.Errorf("there are reports: %v", got)
			}
			healed(t, client, proxy, dir, want)
		})
	}
}

// healed lets a healthy night come, and compares the directory with one that was never disturbed.
func healed(t *testing.T, client *payreports.Client, proxy *tamperer, dir string, want map[string]string) mirror.Summary {
	t.Helper()
	proxy.list, proxy.document, proxy.storage = nil, nil, nil
	summary, err := mirror.Sync(t.Context(), client, dir, fortnight)
	if err != nil {
		t.Errorf("a healthy night: %v", err)
	}
	if diff := cmp.Diff(want, csvFiles(t, dir)); diff != "" {
		t.Errorf("after a healthy night (-want +got):\n%s", diff)
	}
	return summary
}

// Lists that give reports each other's documents for a night.
func TestSyncSwappedDocuments(t *testing.T) {
	t.Parallel()
	documents := func(list string) []string {
		var ids []string
		for _, after := range strings.Split(list, `"reportDocumentId":"`)[1:] {
			id, _, _ := strings.Cut(after, `"`)
			ids = append(ids, id)
		}
		return ids
	}
	swap := func(list, a, b string) string { return strings.NewReplacer(a, b, b, a).Replace(list) }
	for name, change := range map[string]func(list string) string{
		"two settlements": func(list string) string {
			ids := documents(list)
			return swap(list, ids[len(ids)-1], ids[len(ids)-5])
		},
		"neighbours":            func(list string) string { ids := documents(list); return swap(list, ids[len(ids)-1], ids[len(ids)-2]) },
		"settlement and refund": func(list string) string { ids := documents(list); return swap(list, ids[0], ids[len(ids)-1]) },
		"two refunds":           func(list string) string { ids := documents(list); return swap(list, ids[0], ids[1]) },
		"one document for two":  func(list string) string { ids := documents(list); return strings.ReplaceAll(list, ids[3], ids[4]) },
		"one document for all": func(list string) string {
			ids := documents(list)
			return strings.NewReplacer(pairs(ids, ids[7])...).Replace(list)
		},
		"each has the next's": func(list string) string {
			ids := documents(list)
			return strings.NewReplacer(rotated(ids)...).Replace(list)
		},
		"a document that is gone": func(list string) string {
			ids := documents(list)
			return strings.ReplaceAll(list, ids[2], "amzn1.tortuga.3.x.GONE")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, proxy, want := tampered(t)
			dir := t.TempDir()
			proxy.list = change
			mirror.Sync(t.Context(), client, dir, fortnight)
			healed(t, client, proxy, dir, want)

			// The directory that is right stays right in such a night, or is right after the next.
			proxy.list = change
			mirror.Sync(t.Context(), client, dir, fortnight)
			healed(t, client, proxy, dir, want)
		})
	}
}

func pairs(ids []string, to string) []string {
	var list []string
	for _, id := range ids {
		list = append(list, id, to)
	}
	return list
}

func rotated(ids []string) []string {
	var list []string
	for i, id := range ids {
		list = append(list, id, ids[(i+1)%len(ids)])
	}
	return list
}

// A storage that gives another report's file under the right address.
func TestSyncSwappedFiles(t *testing.T) {
	t.Parallel()
	client, proxy, want := tampered(t)
	var refunds, settlements []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if strings.HasPrefix(name, "type=refund/") {
			refunds = append(refunds, name)
		} else {
			settlements = append(settlements, name)
		}
	}
	for name, file := range map[string]string{
		"a refund report":         want[refunds[0]],
		"a settlement":            want[settlements[0]],
		"another settlement":      want[settlements[9]],
		"a settlement's header":   strings.Join(strings.SplitAfter(want[settlements[0]], "\n")[:6], ""),
		"a settlement's first":    strings.Join(strings.SplitAfter(want[settlements[0]], "\n")[:3], ""),
		"half a header":           want[settlements[0]][:200],
		"a settlement's preamble": strings.Join(strings.SplitAfter(want[settlements[0]], "\n")[:5], ""),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			proxy.storage = fixed(file)
			if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err == nil {
				t.Error("no error")
			}
			for path, content := range csvFiles(t, dir) {
				if strings.HasPrefix(path, "type=settlement/") && content != want[path] {
					t.Errorf("%s is another report's", path)
				}
			}
			if strings.HasPrefix(name, "a refund") { // two refund reports can't be told apart by what is in them
				return
			}
			healed(t, client, proxy, dir, want)
		})
	}
}

// A whole night of everything, to the same directory, and one healthy night.
func TestSyncIsWholeAfterABadNight(t *testing.T) {
	t.Parallel()
	client, proxy, want := tampered(t)
	bodies := []string{"<html>login</html>", "", `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, `{"message":"no"}`, "Bad Gateway"}
	var n atomic.Int64
	dir := t.TempDir()
	for range 4 {
		proxy.storage = func(body string) string {
			if i := int(n.Add(1)); i%6 < 5 {
				return bodies[i%6]
			}
			return body
		}
		proxy.list = func(list string) string {
			ids := strings.Split(list, `"reportDocumentId":"`)
			if len(ids) < 4 {
				return list
			}
			a, _, _ := strings.Cut(ids[1], `"`)
			b, _, _ := strings.Cut(ids[3], `"`)
			return strings.NewReplacer(a, b, b, a).Replace(list)
		}
		if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err == nil {
			t.Error("no error after a bad night")
		}
	}
	healed(t, client, proxy, dir, want)
	after, err := mirror.Sync(t.Context(), client, dir, fortnight)
	if err != nil || after.New != nil || after.Kept != len(want) {
		t.Errorf("the night after: %+v, %v", after, err)
	}
}

// A directory that an earlier version has filled with pages is mended without a hand.
func TestSyncMendsWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(path string) error{
		"a page":      func(path string) error { return os.WriteFile(path, []byte("<html>login</html>"), 0o600) },
		"nothing":     func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"cut":         func(path string) error { return os.Truncate(path, 1500) },
		"no metadata": func(path string) error { return os.Remove(strings.TrimSuffix(path, ".csv") + ".json") },
		"metadata is a page": func(path string) error {
			return os.WriteFile(strings.TrimSuffix(path, ".csv")+".json", []byte("<html>"), 0o600)
		},
		"metadata is nothing": func(path string) error { return os.WriteFile(strings.TrimSuffix(path, ".csv")+".json", nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, proxy, want := tampered(t)
			dir := t.TempDir()
			summary, err := mirror.Sync(t.Context(), client, dir, fortnight)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range summary.New[:3] {
				if err := damage(filepath.Join(dir, file.Path)); err != nil {
					t.Fatal(err)
				}
			}
			healed(t, client, proxy, dir, want)
			for path := range want {
				if _, err := os.Stat(filepath.Join(dir, strings.TrimSuffix(path, ".csv")+".json")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Reports that differ in case only, and those whose names mean something to Windows, are all there, whatever the file system.
func TestSyncNamesThatCollide(t *testing.T) {
	t.Parallel()
	ids := []string{"CON", "con", "NUL", "COM1", "a1b", "A1B", "A1b", "x.", "x", "x "}
	var reports []string
	for i, id := range ids {
		reports = append(reports, listed(id, "T", "COMPLETED", fmt.Sprint("D", i)))
	}
	dir := t.TempDir()
	summary, err := mirror.Sync(t.Context(), serving(t, reports, nil), dir, mirror.Options{})
	if err != nil || len(summary.New) != len(ids) {
		t.Fatalf("%d new, %v", len(summary.New), err)
	}
	seen := make(map[string]bool)
	for _, file := range summary.New {
		if folded := strings.ToLower(file.Path); seen[folded] {
			t.Errorf("%s is there in another case too", file.Path)
		} else {
			seen[folded] = true
		}
		stem, _, _ := strings.Cut(filepath.Base(file.Path), ".")
		if slices.Contains([]string{"con", "nul", "com1"}, strings.ToLower(stem)) {
			t.Errorf("%s is a device of Windows", file.Path)
		}
	}
}
