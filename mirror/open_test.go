package mirror_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func settlementFile(id string, rows int) string {
	var file strings.Builder
	file.WriteString(`"TransactionPostedDate","SettlementId","TransactionType","CurrencyCode","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount"` + "\n")
	for range rows {
		fmt.Fprintf(&file, `"2026-11-22T10:00:00 +0000","%s","Capture","EUR","1.00","0.00","0.00","0.00","1.00"`+"\n", id)
	}
	return file.String()
}

func refundFile(ids ...string) string {
	var file strings.Builder
	file.WriteString(`"AmazonRefundId","RefundAmount","CurrencyCode","RefundStatus","LastUpdateTimestamp","CreationTimestamp"` + "\n")
	for _, id := range ids {
		fmt.Fprintf(&file, `"%s","1.00","EUR","Completed","2026-11-22T10:00:00 +0000","2026-11-22T10:00:00 +0000"`+"\n", id)
	}
	return file.String()
}

func open(t *testing.T, dir string) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// walked is what a walk gives: the reports' paths, the errors, and what was left out.
func walked(m *mirror.Mirror, filter mirror.Filter) (paths, problems, leftOut []string) {
	filter.LeftOut = func(path string, reason error) {
		leftOut = append(leftOut, filepath.ToSlash(path)+": "+filepath.ToSlash(reason.Error()))
	}
	for e, err := range m.Reports(context.Background(), filter) {
		if err != nil {
			problems = append(problems, filepath.ToSlash(err.Error()))
			continue
		}
		paths = append(paths, filepath.ToSlash(e.Path))
	}
	return paths, problems, leftOut
}

func TestOpen(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file.csv")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Open(file); err == nil {
		t.Error("a file is taken for a directory")
	}
	if _, err := mirror.Open(file + ".missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// Of a directory of any report files, each is read once, whatever is beside them.
func TestReportsOfAnyDirectory(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	io.WriteString(w, settlementFile("7", 2))
	w.Close()
	write(t, dir, map[string]string{
		"a.csv": settlementFile("1", 2), "deep/er/b.CSV": refundFile("R1"), "c.csv.gz": zipped.String(), "empty.csv": "",
		"copies/a.csv": settlementFile("1", 2), "copies/same size.csv": settlementFile("2", 2), "z.csv": refundFile("R1"),
		".hidden.csv": settlementFile("3", 1), ".hidden/d.csv": settlementFile("3", 1), "notes.txt": "x", "a.json": "{}", "x.csv.replaced-20261126T000000Z": settlementFile("4", 1),
	})
	write(t, elsewhere, map[string]string{"linked.csv": settlementFile("5", 1), "more/e.csv": settlementFile("6", 1)})
	for from, to := range map[string]string{
		"a link.csv": filepath.Join(elsewhere, "linked.csv"), "0link.csv": filepath.Join(dir, "a.csv"), "more": filepath.Join(elsewhere, "more"),
		"loop": dir, "broken.csv": filepath.Join(dir, "nowhere"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	paths, problems, leftOut := walked(open(t, dir), mirror.Filter{})
	if diff := cmp.Diff([]string{"a link.csv", "a.csv", "c.csv.gz", "copies/same size.csv", "deep/er/b.CSV", "empty.csv", "more/e.csv"}, paths); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "broken.csv: ") {
		t.Errorf("problems: %q", problems)
	}
	if diff := cmp.Diff([]string{"copies/a.csv: it is the same as a.csv", "z.csv: it is the same as deep/er/b.CSV"}, leftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	for range open(t, dir).Reports(t.Context(), mirror.Filter{}) { // may be ended at any time
		break
	}
}

func TestReportsOfAMirror(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client, _, want := tampered(t)
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"0.csv": want[slices.Sorted(maps.Keys(want))[1]], "plain settlement.csv": settlementFile("1", 1), "plain refund.csv": refundFile("R"), "table.csv": "a,b\n",
		"type=refund/date=2026-11-12/no metadata.csv": refundFile("S"),
	})
	count := func(filter mirror.Filter) [3]int {
		t.Helper()
		paths, problems, leftOut := walked(open(t, dir), filter)
		return [3]int{len(paths), len(problems), len(leftOut)}
	}
	day := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	settlements, refunds := []payreports.ReportType{payreports.ReportTypeSettlement}, []payreports.ReportType{payreports.ReportTypeRefund, "T"}
	for name, test := range map[string]struct {
		filter mirror.Filter
		want   [3]int
	}{
		"all":                 {mirror.Filter{}, [3]int{21, 0, 1}},
		"settlements":         {mirror.Filter{Types: settlements}, [3]int{16, 0, 2}},
		"refunds":             {mirror.Filter{Types: refunds}, [3]int{4, 0, 2}},
		"another":             {mirror.Filter{Types: []payreports.ReportType{payreports.ReportTypeCapture}}, [3]int{0, 0, 2}},
		"since":               {mirror.Filter{Types: settlements, Since: day(20, 12)}, [3]int{5, 0, 2}},
		"until":               {mirror.Filter{Types: refunds, Until: day(13, 12)}, [3]int{3, 0, 2}},
		"the day of a folder": {mirror.Filter{Types: refunds, Since: day(12, 23), Until: day(12, 23)}, [3]int{2, 0, 2}},
		"none":                {mirror.Filter{Types: refunds, Since: day(30, 0)}, [3]int{1, 0, 2}},
	} {
		if got := count(test.filter); got != test.want {
			t.Errorf("%s: %v reports, problems and left out, want %v", name, got, test.want)
		}
	}
	for e, err := range open(t, dir).Reports(t.Context(), mirror.Filter{Types: settlements}) {
		if err != nil {
			t.Fatal(err)
		}
		file, err := e.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(file)
		file.Close()
		if err != nil || int64(len(content)) != e.Size || e.Path != "plain settlement.csv" && (string(content) != want[filepath.ToSlash(e.Path)] || e.Metadata == nil) {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

// What can't be read may be of any type, so a filter by type must not leave it out.
func TestReportsOfATypeThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"page.csv": "<html>", "binary.csv": "\x00\x01", "cut.csv.gz": "\x1f\x8b\x08", "settlement.csv": settlementFile("1", 1)})
	paths, problems, _ := walked(open(t, dir), mirror.Filter{Types: []payreports.ReportType{payreports.ReportTypeSettlement}})
	if len(paths) != 1 || len(problems) != 3 {
		t.Errorf("reports %q, problems %q", paths, problems)
	}
}

func TestRowsOfAMirror(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"1.csv": settlementFile("1", 3), "2.csv": settlementFile("2", 2), "2 again.csv": settlementFile("2", 5), "2 copied/2.csv": settlementFile("2", 2),
		"bad.csv": settlementFile("3", 1) + strings.Replace(settlementFile("3", 1), `"1.00","0.00"`, `"1,00","0.00"`, 1), "page.csv": "<html>", "refunds.csv": refundFile("R1", "R2"), "table.csv": "a,b\n1,2\n",
		"type=settlement/date=2026-11-22/9.csv": refundFile("R3"), "type=capture/date=2026-11-22/8.csv": "<html>",
	})
	m := open(t, dir)
	rows, problems := make(map[string]int), []string{}
	for row, err := range m.Settlements(t.Context(), mirror.Filter{}) {
		var file *mirror.FileError
		if err == nil {
			rows[row.SettlementID]++
		} else if problems = append(problems, filepath.ToSlash(err.Error())); !errors.As(err, &file) {
			t.Errorf("error %v, want a FileError", err)
		}
	}
	if diff := cmp.Diff(map[string]int{"1": 3, "2": 5, "3": 1}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for i, want := range []string{"2 copied/2.csv: settlement \"2\" is in 2 again.csv as well", "bad.csv: line 3, column", "bad.csv: line 4, column", "page.csv: ", "type=settlement/date=2026-11-22/9.csv: it should be a settlement report"} {
		if i >= len(problems) || !strings.HasPrefix(problems[i], want) {
			t.Errorf("problems %q, want %q at %d", problems, want, i)
		}
	}
	refunds, err := reportfile.LatestRefunds(open(t, filepath.Join(dir, "type=settlement")).Refunds(t.Context(), mirror.Filter{}))
	if err != nil || len(refunds) != 1 { // below that folder nothing says that it should be a settlement
		t.Errorf("%v, %v", refunds, err)
	}
	ids := []string{}
	for row, err := range m.Refunds(t.Context(), mirror.Filter{Types: []payreports.ReportType{payreports.ReportTypeRefund}}) {
		if err == nil {
			ids = append(ids, row.RefundID)
		}
	}
	if diff := cmp.Diff([]string{"R1", "R2"}, ids); diff != "" {
		t.Errorf("refunds (-want +got):\n%s", diff)
	}
	for range m.Settlements(t.Context(), mirror.Filter{}) { // may be ended at any time
		break
	}
}

// Files that are not as Amazon makes them are read as the filter says.
func TestRowsOfOtherDialects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"1.csv": strings.ReplaceAll(settlementFile("1", 2), `.00"`, `,00"`)})
	count := func(filter mirror.Filter) (rows, problems int) {
		for _, err := range open(t, dir).Settlements(t.Context(), filter) {
			if err != nil {
				problems++
			} else {
				rows++
			}
		}
		return rows, problems
	}
	if rows, problems := count(mirror.Filter{Reading: reportfile.Options{DecimalComma: true}}); rows != 2 || problems != 0 {
		t.Errorf("%d rows, %d problems", rows, problems)
	}
	if rows, problems := count(mirror.Filter{}); rows != 0 || problems != 2 {
		t.Errorf("without the option: %d rows, %d problems", rows, problems)
	}
}

// One pass over a mirror feeds what sums rows up.
func TestSettlementsOfAMirrorBalance(t *testing.T) {
	t.Parallel()
	client, _, _ := tampered(t)
	dir := t.TempDir()
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
		t.Fatal(err)
	}
	var summary reportfile.Summary
	files := make(map[string]bool)
	for row, err := range open(t, dir).Settlements(t.Context(), mirror.Filter{}) {
		if err == nil {
			err = summary.Add(&row)
		}
		if err != nil {
			t.Fatal(err)
		}
		files[row.File] = true
	}
	if len(summary.Settlements()) != 15 || !summary.Balanced() || len(files) != 15 {
		t.Errorf("%d settlements of %d files, balanced: %v", len(summary.Settlements()), len(files), summary.Balanced())
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	client, proxy, want := tampered(t)
	names := slices.Sorted(maps.Keys(want)) // the refunds come first
	json := func(name string) string { return strings.TrimSuffix(name, ".csv") + ".json" }
	edit := func(path, old, replacement string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(strings.Replace(string(text), old, replacement, 1)), 0o600)
	}
	name := names[3]
	for what, test := range map[string]struct {
		damage func(path string) error
		list   func(string) string
		want   []mirror.Problem
	}{
		"nothing":             {func(string) error { return nil }, nil, nil},
		"a digit":             {func(path string) error { return edit(path, "-", "+") }, nil, []mirror.Problem{mirror.ProblemChanged}},
		"cut":                 {func(path string) error { return os.Truncate(path, 1000) }, nil, []mirror.Problem{mirror.ProblemChanged}},
		"more":                {func(path string) error { return edit(path, "\n", "\n\n") }, nil, []mirror.Problem{mirror.ProblemChanged}},
		"another report":      {func(path string) error { return os.WriteFile(path, []byte(want[names[4]]), 0o600) }, nil, []mirror.Problem{mirror.ProblemChanged}},
		"the metadata's hash": {func(path string) error { return edit(json(path), `"sha256": "`, `"sha256": "0`) }, nil, []mirror.Problem{mirror.ProblemChanged}},
		"the file gone":       {os.Remove, nil, []mirror.Problem{mirror.ProblemMissing}},
		"a folder instead":    {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, nil, []mirror.Problem{mirror.ProblemUnreadable}},
		"the metadata gone":   {func(path string) error { return os.Remove(json(path)) }, nil, []mirror.Problem{mirror.ProblemNoMetadata}},
		"the metadata a page": {func(path string) error { return os.WriteFile(json(path), []byte("<html>"), 0o600) }, nil, []mirror.Problem{mirror.ProblemNoMetadata}},
		"both gone":           {func(path string) error { return errors.Join(os.Remove(path), os.Remove(json(path))) }, nil, []mirror.Problem{mirror.ProblemNotDownloaded}},
		"a file of others": {func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), "own.csv"), []byte("a,b\n"), 0o600)
		}, nil, []mirror.Problem{mirror.ProblemNoMetadata}},
		"what isn't a report": {func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), "notes.txt"), []byte("a"), 0o600)
		}, nil, nil},
		"another document": {func(string) error { return nil }, func(list string) string {
			return strings.Replace(list, `"reportDocumentId":"amzn1`, `"reportDocumentId":"amzn2`, 1)
		}, []mirror.Problem{mirror.ProblemOtherDocument}},
		"no document": {func(string) error { return nil }, func(list string) string { return strings.Replace(list, `"reportDocumentId":`, `"x":`, 1) }, []mirror.Problem{mirror.ProblemListed}},
		"a failed settlement": {func(string) error { return nil }, func(list string) string {
			at := strings.LastIndex(list, "COMPLETED")
			return list[:at] + "FAILED" + list[at+len("COMPLETED"):]
		}, []mirror.Problem{mirror.ProblemServiceFailed}},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			proxy.list = nil
			if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			proxy.list = test.list
			before := tree(t, dir)
			found, err := open(t, dir).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since})
			if err != nil {
				t.Fatal(err)
			}
			var got []mirror.Problem
			for _, finding := range found.Findings {
				got = append(got, finding.Problem)
				if finding.Path == "" || finding.Detail == "" {
					t.Errorf("%+v", finding)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%+v", diff, found.Findings)
			}
			if found.Listed != len(want) || found.Files < len(want)-1 {
				t.Errorf("%d listed, %d files", found.Listed, found.Files)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("the mirror was changed:\n%s", diff)
			}
			offline, err := open(t, dir).Verify(t.Context(), mirror.VerifyOptions{})
			if wantOffline := slices.DeleteFunc(slices.Clone(test.want), func(p mirror.Problem) bool {
				return slices.Contains([]mirror.Problem{mirror.ProblemNotDownloaded, mirror.ProblemOtherDocument, mirror.ProblemListed, mirror.ProblemServiceFailed}, p)
			}); err != nil || len(offline.Findings) != len(wantOffline) || offline.Listed != 0 {
				t.Errorf("offline: %+v, %v, want %v", offline, err, wantOffline)
			}
		})
	}
}

// What is wrong with a file doesn't hide that the service names another document for it.
func TestVerifyFindsBoth(t *testing.T) {
	client, proxy, want := tampered(t)
	dir, name := t.TempDir(), slices.Sorted(maps.Keys(want))[3]
	proxy.list = nil
	if _, err := mirror.Sync(t.Context(), client, dir, fortnight); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, name), 1000); err != nil {
		t.Fatal(err)
	}
	proxy.list = func(list string) string {
		return strings.ReplaceAll(list, `"reportDocumentId":"amzn1`, `"reportDocumentId":"amzn2`)
	}
	found, err := open(t, dir).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since})
	if err != nil {
		t.Fatal(err)
	}
	var got []mirror.Problem
	for _, finding := range found.Findings {
		if finding.Path == name {
			got = append(got, finding.Problem)
		}
	}
	if diff := cmp.Diff([]mirror.Problem{mirror.ProblemChanged, mirror.ProblemOtherDocument}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// A page that an earlier version took for a report has the hash that was recorded, and is found all the same.
func TestVerifyLooksIntoFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"type=T/date=2026-11-22/1.csv":  "<html>",
		"type=T/date=2026-11-22/1.json": `{"report":{"reportId":"1","reportType":"T","processingStatus":"COMPLETED","reportDocumentId":"D"},"sha256":"bb9a8e7f3b0f3bd9a8f2e1b0e7c0a1b2","size":6}`,
	})
	found, err := open(t, dir).Verify(t.Context(), mirror.VerifyOptions{})
	if err != nil || len(found.Findings) != 1 || found.Findings[0].Problem != mirror.ProblemChanged {
		t.Fatalf("%+v, %v", found, err)
	}
	hash := strings.TrimPrefix(found.Findings[0].Detail, "its SHA-256 is ")[:64]
	write(t, dir, map[string]string{"type=T/date=2026-11-22/1.json": `{"report":{"reportId":"1","reportType":"T","processingStatus":"COMPLETED","reportDocumentId":"D"},"sha256":"` + hash + `","size":6}`})
	found, err = open(t, dir).Verify(t.Context(), mirror.VerifyOptions{})
	if err != nil || len(found.Findings) != 1 || found.Findings[0].Problem != mirror.ProblemNotAReport || found.Findings[0].ReportID != "1" {
		t.Errorf("%+v, %v", found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, dir).Verify(ctx, mirror.VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Files and directories of a command line are read once each, with their copies known.
func TestOpenFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a/1.csv": settlementFile("1", 2), "a/1 copy.csv": settlementFile("1", 2), "a/empty.csv": "", "a/empty too.csv": "", "named.txt": settlementFile("1", 2), "none/notes.txt": "x",
	})
	for _, link := range []string{"a/gone", "a/gone.csv"} {
		if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	var got, left []string
	filter := mirror.Filter{LeftOut: func(name string, reason error) { left = append(left, name+": "+reason.Error()) }}
	for e, err := range mirror.OpenFiles(path("a"), path("named.txt"), path("none"), path("missing"), path("named.txt")).Reports(t.Context(), filter) {
		if err != nil {
			got = append(got, "error "+err.Error())
			continue
		}
		line := fmt.Sprintf("%s %v", e.Path, e.Named)
		for _, copied := range e.Copies {
			line += " = " + copied.Path
		}
		got = append(got, line)
	}
	want := []string{
		"error " + path("a/gone.csv") + ": no such file or directory", "error " + path("none") + ": it holds no .csv file", "error " + path("missing") + ": no such file or directory",
		path("a/empty too.csv") + " false", path("a/empty.csv") + " false", path("named.txt") + " true = " + path("a/1 copy.csv") + " = " + path("a/1.csv"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	wantLeft := []string{
		path("a/gone") + ": no such file or directory",
		path("a/1 copy.csv") + ": it is the same as " + path("named.txt"), path("a/1.csv") + ": it is the same as " + path("named.txt"),
	}
	if diff := cmp.Diff(wantLeft, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

// What is added to a mirror is read wherever the mirror itself is.
func TestAddStoreToAnyMirror(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	write(t, first, map[string]string{"1.csv": settlementFile("1", 1)})
	write(t, second, map[string]string{"2.csv": settlementFile("2", 1)})
	type elsewhere struct{ mirror.Store } // as a bucket is
	for name, m := range map[string]*mirror.Mirror{"a directory": open(t, first), "another store": mirror.OpenStore(elsewhere{mirror.Directory(first)})} {
		m.AddStore("more", mirror.Directory(second))
		paths, problems, _ := walked(m, mirror.Filter{})
		if diff := cmp.Diff([]string{"1.csv", "more/2.csv"}, paths); diff != "" || len(problems) > 0 {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, problems)
		}
	}
}
