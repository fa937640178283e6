package mirror_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// serving is a service whose list of reports is what a test says. Its documents are tables unless the test gives others, by report.
func serving(t *testing.T, reports []string, files map[string]string) *payreports.Client {
	t.Helper()
	sim := simulator.StartInMemory(t)
	return sim.Client(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}), payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
		body, status := "", 200
		switch {
		case strings.HasSuffix(req.URL.Path, "/reports"):
			body = `{"reports":[` + strings.Join(reports, ",") + `]}`
		case strings.Contains(req.URL.Path, "/v2/reports/"):
			i := slices.IndexFunc(reports, func(report string) bool { return strings.Contains(report, fmt.Sprintf(`"reportId":%q`, id)) })
			if i < 0 {
				body, status = `{"reasonCode":"ReportNotFound","message":"no such report"}`, 404
			} else {
				body = reports[i]
			}
		case strings.Contains(req.URL.Path, "/report-documents/"):
			body = fmt.Sprintf(`{"reportDocumentId":%q,"url":"https://storage.example/%s"}`, id, id)
		default:
			var given bool
			if body, given = files[id]; !given {
				body = "document,row\n" + id + ",1\n"
			}
		}
		header := http.Header{"Content-Type": {"text/csv; charset=Shift_JIS"}}
		return &http.Response{StatusCode: status, Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	})}))
}

func listed(id, reportType, status, document string) string {
	text := fmt.Sprintf(`{"reportId":%q,"reportType":%q,"processingStatus":%q,"startTime":"20261121T000000Z","endTime":"20261122T000000Z"`, id, reportType, status)
	if document != "" {
		text += fmt.Sprintf(`,"reportDocumentId":%q`, document)
	}
	return text + "}"
}

const settlement = string(payreports.ReportTypeSettlement)

// Nothing that the service lists is left out without a word.
func TestSyncTellsWhatCannotBeDownloaded(t *testing.T) {
	t.Parallel()
	otherDay := func(report string) string {
		return strings.NewReplacer("1121T", "1122T", "1122T", "1123T").Replace(report)
	}
	type counts struct{ New, Failed, ServiceFailed, Cancelled, Unfinished int }
	for name, test := range map[string]struct {
		reports []string
		want    counts
		says    string // "" for no error
	}{
		"completed without a document":    {[]string{listed("1", "T", "COMPLETED", ""), listed("2", "T", "COMPLETED", "D2")}, counts{New: 1, Failed: 1}, "report 1: the service calls it COMPLETED and names no document"},
		"only such":                       {[]string{listed("1", "T", "COMPLETED", "")}, counts{Failed: 1}, "report 1: "},
		"failed":                          {[]string{listed("1", "T", "FAILED", "")}, counts{ServiceFailed: 1}, ""},
		"a failed settlement":             {[]string{listed("1", settlement, "FAILED", "")}, counts{ServiceFailed: 1}, "settlement report 1 (20261121T000000Z to 20261122T000000Z) is FAILED"},
		"failed and made again":           {[]string{listed("1", "T", "FAILED", ""), listed("2", "T", "COMPLETED", "D2")}, counts{New: 1}, ""},
		"failed, and another day's made":  {[]string{listed("1", "T", "FAILED", ""), otherDay(listed("2", "T", "COMPLETED", "D2"))}, counts{New: 1, ServiceFailed: 1}, ""},
		"cancelled":                       {[]string{listed("1", "T", "CANCELLED", ""), listed("2", settlement, "CANCELLED", "")}, counts{Cancelled: 2}, ""},
		"in progress":                     {[]string{listed("1", "T", "IN_PROGRESS", ""), listed("2", "T", "COMPLETED", "D2")}, counts{New: 1, Unfinished: 1}, ""},
		"of a new status":                 {[]string{listed("1", "T", "PAUSED", "D1"), listed("2", "T", "COMPLETED", "D2")}, counts{New: 1, Failed: 1}, `report 1: its status is "PAUSED", which the documentation doesn't know`},
		"in lower case":                   {[]string{listed("1", "T", "completed", "D1")}, counts{Failed: 1}, `report 1: its status is "completed"`},
		"a new status without a document": {[]string{listed("1", "T", "EXPIRED", "")}, counts{Failed: 1}, `report 1: its status is "EXPIRED"`},
		"without a status":                {[]string{listed("1", settlement, "", "D1")}, counts{Failed: 1}, "report 1: the service names no status for it"},
		"twice the same":                  {[]string{listed("1", "T", "COMPLETED", "D1"), listed("1", "T", "COMPLETED", "D1")}, counts{New: 1}, ""},
		"twice, completed in between":     {[]string{listed("1", "T", "IN_PROGRESS", ""), listed("1", "T", "COMPLETED", "D1")}, counts{New: 1}, ""},
		"twice, the first completed":      {[]string{listed("1", "T", "COMPLETED", "D1"), listed("1", "T", "IN_PROGRESS", "")}, counts{New: 1}, ""},
		"twice with two documents":        {[]string{listed("1", "T", "COMPLETED", "D1"), listed("2", "T", "COMPLETED", "D2"), listed("1", "T", "COMPLETED", "D3")}, counts{New: 1, Failed: 1}, "report 1: the service lists it twice, with the documents D1 and D3"},
		"thrice with three documents":     {[]string{listed("1", "T", "COMPLETED", "D1"), listed("1", "T", "COMPLETED", "D2"), listed("1", "T", "COMPLETED", "D3")}, counts{Failed: 1}, "report 1: "},
		"twice with two types":            {[]string{listed("1", "T", "COMPLETED", "D1"), listed("1", "U", "COMPLETED", "D1")}, counts{Failed: 1}, "different types or end times"},
		"twice with two days":             {[]string{listed("1", "T", "COMPLETED", "D1"), otherDay(listed("1", "T", "COMPLETED", "D1"))}, counts{Failed: 1}, "different types or end times"},
		"two with one document":           {[]string{listed("1", "T", "COMPLETED", "D1"), listed("2", "U", "COMPLETED", "D1")}, counts{Failed: 2}, "the same document for it and for report 2"},
		"the same asked for twice":        {[]string{listed("1", "T", "COMPLETED", "D1"), listed("2", "T", "COMPLETED", "D1")}, counts{New: 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			summary, err := mirror.Sync(t.Context(), serving(t, test.reports, nil), t.TempDir(), mirror.Options{})
			if got := (counts{len(summary.New), len(summary.Failed), len(summary.ServiceFailed), summary.Cancelled, summary.Unfinished}); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %q", err, test.says)
			}
		})
	}
}

// Reports of types that nothing is known about pass if they are tables.
func TestSyncLooksAtOtherTypes(t *testing.T) {
	t.Parallel()
	refund := "\"AmazonRefundId\",\"RefundAmount\"\n"
	for name, test := range map[string]struct {
		reportType, file string
		taken            bool
	}{
		"a table":                {"_GET_NEW_", "a,b\n1,2\n", true},
		"a header alone":         {"_GET_NEW_", "\"a\",\"b\",\n", true},
		"tabs":                   {"_GET_NEW_", "a\tb\n1\t2\n", true},
		"names of words":         {"_GET_NEW_", "Order ID,Date of the last update\nx,y\n", true},
		"two names alike":        {"_GET_NEW_", "a,a,b\n1,2,3\n", true},
		"another's charset":      {"_GET_NEW_", "\"id\",\"\x8e\x52\x93\x63\"\n1,2\n", true},
		"a refund report":        {"_GET_NEW_", refund, true},
		"markup in a cell":       {"_GET_NEW_", "id,note\n1,see <body> and <html>\n", true},
		"markup in a refund":     {string(payreports.ReportTypeRefund), refund + "<html>,1\n", true},
		"a sentence in a name":   {string(payreports.ReportTypeRefund), "AmazonRefundId,RefundAmount,A column that has a name as long as a sentence.\n", true},
		"a page":                 {"_GET_NEW_", "<html></html>", false},
		"a page behind a line":   {"_GET_NEW_", "error, page\n<!DOCTYPE html>\n<html>", false},
		"nothing":                {"_GET_NEW_", "", false},
		"a word":                 {"_GET_NEW_", "Forbidden\n", false},
		"a sentence":             {"_GET_NEW_", "Sorry, something went wrong, please try again.\n", false},
		"a sentence in quotes":   {"_GET_NEW_", "Access to \"x\" was denied\n", false},
		"a PDF":                  {"_GET_NEW_", "%PDF-1.7\n%,b\n", false},
		"authorizations":         {string(payreports.ReportTypeAuthorization), "AmazonAuthorizationId,AuthorizationAmount\n", true},
		"refunds instead":        {string(payreports.ReportTypeAuthorization), refund, false},
		"orders":                 {string(payreports.ReportTypeOrderReference), "AmazonOrderReferenceId,OrderAmount\n", true},
		"an empty refund":        {string(payreports.ReportTypeRefund), refund, true},
		"a refund of no byte":    {string(payreports.ReportTypeRefund), "", false},
		"orders for refunds":     {string(payreports.ReportTypeRefund), "AmazonOrderReferenceId,OrderAmount\n", false},
		"an empty settlement":    {settlement, "TransactionPostedDate,SettlementId\n", false},
		"an old settlement":      {settlement, "SettlementId,TransactionPostedDate,OrderAmount\n1,2,3\n", true},
		"the sandbox's, empty":   {string(payreports.ReportTypeSandboxSettlement), "TransactionPostedDate,SettlementId\n", true},
		"a line of a settlement": {settlement, "\"Amazon Payments Advanced\",\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			summary, err := mirror.Sync(t.Context(), serving(t, []string{listed("1", test.reportType, "COMPLETED", "D1")}, map[string]string{"D1": test.file}), dir, mirror.Options{})
			if taken := len(summary.New) == 1; taken != test.taken || errors.Is(err, mirror.ErrRefused) == test.taken {
				t.Errorf("taken: %v, %v", taken, err)
			}
			if kept, err := os.ReadFile(filepath.Join(dir, ".refused", "1.txt")); !test.taken && (err != nil || string(kept) != test.file) {
				t.Errorf("%q was kept for a look, %v", kept, err)
			}
		})
	}
}

// What was refused is bounded in number and size, and hidden from others.
func TestSyncKeepsSomeOfWhatItRefuses(t *testing.T) {
	t.Parallel()
	page := "<html>" + strings.Repeat("x", 1<<20)
	var reports []string
	files := make(map[string]string)
	for i := range 100 {
		reports = append(reports, listed(fmt.Sprint(i), "T", "COMPLETED", fmt.Sprint("D", i)))
		files[fmt.Sprint("D", i)] = page
	}
	dir := t.TempDir()
	for range 2 {
		summary, err := mirror.Sync(t.Context(), serving(t, reports, files), dir, mirror.Options{})
		if len(summary.Failed) != 100 || !strings.Contains(err.Error(), "what came is in "+filepath.Join(".refused", "0.txt")) {
			t.Fatalf("%d failed, %.300v", len(summary.Failed), err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, ".refused"))
	if err != nil || len(entries) != 128 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 || info.Size() > 256<<10 {
			t.Errorf("%s: %v, %d bytes, %v", entry.Name(), info.Mode(), info.Size(), err)
		}
	}
	note := struct {
		Reason, ContentType string
		Kept, Size          int64
	}{}
	text, err := os.ReadFile(filepath.Join(dir, ".refused", strings.TrimSuffix(entries[1].Name(), ".txt")+".json"))
	if err == nil {
		err = json.Unmarshal(text, &note)
	}
	if err != nil || !strings.Contains(note.Reason, "HTML") || note.Kept != 256<<10 || note.Size != int64(len(page)) || note.ContentType == "" {
		t.Errorf("%+v, %v", note, err)
	}
}

// The charset that the storage states is kept.
func TestMetadataHasTheContentType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	summary, err := mirror.Sync(t.Context(), serving(t, []string{listed("1", "T", "COMPLETED", "D1")}, nil), dir, mirror.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := metadataOf(t, dir, summary.New[0].Path).ContentType; got != "text/csv; charset=Shift_JIS" {
		t.Errorf("%q", got)
	}
}

func metadataOf(t *testing.T, dir, path string) mirror.Metadata {
	t.Helper()
	var metadata mirror.Metadata
	text, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(path, ".csv")+".json"))
	if err == nil {
		err = json.Unmarshal(text, &metadata)
	}
	if err != nil {
		t.Fatal(err)
	}
	return metadata
}

// A report whose document changes is downloaded again, with a word, and the old one stays next to it.
func TestSyncFollowsANewDocument(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	report := func(document string) []string { return []string{listed("1", "T", "COMPLETED", document)} }
	first, err := mirror.Sync(t.Context(), serving(t, report("D1"), nil), dir, mirror.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := first.New[0].Path
	dry, err := mirror.Sync(t.Context(), serving(t, report("D2"), nil), dir, mirror.Options{DryRun: true})
	if err != nil || len(dry.Replaced) != 1 || dry.Replaced[0].Old != "" {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	// What can't be had leaves what is there.
	failed, err := mirror.Sync(t.Context(), serving(t, report("D2"), map[string]string{"D2": "<html>"}), dir, mirror.Options{})
	if err == nil || len(failed.Failed) != 1 || !strings.Contains(err.Error(), "it was downloaded from document D1, and the service now names document D2, so it must be downloaded again: ") {
		t.Errorf("%+v, %v", failed, err)
	}
	content := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := content(path); got != "document,row\nD1,1\n" {
		t.Errorf("%q", got)
	}
	second, err := mirror.Sync(t.Context(), serving(t, report("D2"), nil), dir, mirror.Options{})
	if err != nil || len(second.New) != 0 || second.Kept != 0 || len(second.Replaced) != 1 || !strings.Contains(second.Replaced[0].Reason, "document D1") {
		t.Fatalf("%+v, %v", second, err)
	}
	if got := content(path); got != "document,row\nD2,1\n" || metadataOf(t, dir, path).Report.ReportDocumentID != "D2" {
		t.Errorf("%q", got)
	}
	if old := second.Replaced[0].Old; content(old) != "document,row\nD1,1\n" || filepath.Dir(old) != filepath.Dir(path) || strings.HasSuffix(old, ".csv") {
		t.Errorf("the old file %s: %q", old, content(old))
	}
	// The same file under another document's id stays, and its metadata is mended.
	same, err := mirror.Sync(t.Context(), serving(t, report("D3"), map[string]string{"D3": content(path)}), dir, mirror.Options{})
	if err != nil || len(same.Replaced) != 1 || same.Replaced[0].Old != "" || metadataOf(t, dir, path).Report.ReportDocumentID != "D3" {
		t.Errorf("%+v, %v", same, err)
	}
	if last, err := mirror.Sync(t.Context(), serving(t, report("D3"), nil), dir, mirror.Options{}); err != nil || last.Kept != 1 {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestSyncAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := serving(t, []string{listed("1", "T", "COMPLETED", "D1"), listed("2", "T", "COMPLETED", "D2"), listed("3", "T", "FAILED", "")}, nil)
	if _, err := mirror.Sync(t.Context(), client, dir, mirror.Options{}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // within a second, so that the names of the old ones would be the same
		summary, err := mirror.Sync(t.Context(), client, dir, mirror.Options{Again: []payreports.ReportID{"1"}})
		if err != nil || len(summary.Replaced) != 1 || len(summary.New) != 0 || summary.Kept != 0 {
			t.Fatalf("%+v, %v", summary, err)
		}
		if files := tree(t, dir); len(files) != 4+2*(i+1) || files[filepath.ToSlash(summary.Replaced[0].Old)] != files[filepath.ToSlash(summary.Replaced[0].File.Path)] {
			t.Errorf("%v", files)
		}
	}
	reports := 0
	copied, err := mirror.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range copied.Reports(t.Context(), mirror.Filter{}) {
		if err != nil {
			t.Error(err)
		}
		reports++
	}
	if reports != 2 {
		t.Errorf("%d reports are read, want 2", reports)
	}
	if _, err := mirror.Sync(t.Context(), client, dir, mirror.Options{Again: []payreports.ReportID{"9"}}); !errors.Is(err, payreports.ErrNotFound) || !strings.Contains(err.Error(), "report 9") {
		t.Errorf("error %v", err)
	}
	var failed *payreports.ReportFailedError
	if _, err := mirror.Sync(t.Context(), client, dir, mirror.Options{Again: []payreports.ReportID{"3"}}); !errors.As(err, &failed) {
		t.Errorf("error %v", err)
	}
	for name, options := range map[string]mirror.Options{
		"types": {Again: []payreports.ReportID{"1"}, Types: []payreports.ReportType{"T"}}, "since": {Again: []payreports.ReportID{"1"}, Since: time.Now()},
	} {
		if _, err := mirror.Sync(t.Context(), client, dir, options); err == nil {
			t.Errorf("%s and Again: no error", name)
		}
	}
}

// A mirror that an earlier version has made keeps its names.
func TestSyncKnowsEarlierNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ id, reportType, earlier string }{
		{"a1", "T", "type=T/date=2026-11-22/a1"}, {"Abc", "T", "type=T/date=2026-11-22/Abc"}, {"con", "T", "type=T/date=2026-11-22/con"}, {"1", "T.", "type=T./date=2026-11-22/1"},
	} {
		t.Run(test.id, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			client := serving(t, []string{listed(test.id, test.reportType, "COMPLETED", "D1"), listed(strings.ToUpper(test.id), test.reportType, "COMPLETED", "D1")}, nil)
			summary, err := mirror.Sync(t.Context(), client, dir, mirror.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range summary.New {
				if file.Report.ReportID != payreports.ReportID(test.id) {
					continue
				}
				for _, extension := range []string{".csv", ".json"} {
					to := filepath.Join(dir, test.earlier+extension)
					if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.Rename(filepath.Join(dir, strings.TrimSuffix(file.Path, ".csv")+extension), to)); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := len(summary.New)
			if summary, err = mirror.Sync(t.Context(), client, dir, mirror.Options{}); err != nil || summary.Kept != before || len(summary.New) != 0 {
				t.Errorf("%+v, %v", summary, err)
			}
		})
	}
}
