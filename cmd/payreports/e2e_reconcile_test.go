package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/simulator"
)

// month is a service, and a directory with its settlement reports of 20 days, oldest first.
func month(t *testing.T) (*service, string, []string) {
	t.Helper()
	s := newService(t, simulator.Config{Seed: 5, TransactionsPerDay: 5, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	dir := filepath.Join(t.TempDir(), "reports")
	s.ok(t, "sync", "--to", dir, "--type", "settlement", "--since", "2026-11-05")
	files := settlementFiles(dir)
	if len(files) != 20 {
		t.Fatalf("%d files, want 20", len(files))
	}
	return s, dir, files
}

func settlementFiles(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "type=settlement", "date=*", "*.csv"))
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// change replaces the first place in a file.
func change(t *testing.T, path, pattern, replacement string) {
	t.Helper()
	before := read(t, path)
	match := regexp.MustCompile(pattern).FindStringSubmatchIndex(before)
	if match == nil {
		t.Fatalf("no %s in %s", pattern, path)
	}
	write(t, path, before[:match[0]]+replacement+before[match[1]:])
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// id is the report id of a file of a mirror.
func id(path string) string { return strings.TrimSuffix(filepath.Base(path), ".csv") }

// header is everything of a settlement report above its rows.
func header(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:6], "")
}

// What is missing, empty, wrong in itself, or can't be read in the directory of a nightly run is a difference.
func TestReconcileFindsWhatIsWrongInADirectory(t *testing.T) {
	t.Parallel()
	s, synced, _ := month(t)
	for name, test := range map[string]struct {
		damage func(t *testing.T, files []string)
		args   []string
		want   string // a line, with N and M for the report ids of the newest and one in between
	}{
		"the newest is missing":        {func(_ *testing.T, f []string) { os.Remove(f[19]) }, nil, `report +N +no file`},
		"the newest three are missing": {func(_ *testing.T, f []string) { os.Remove(f[19]); os.Remove(f[18]); os.Remove(f[17]) }, nil, `report +N +no file`},
		"one in between is missing":    {func(_ *testing.T, f []string) { os.Remove(f[9]) }, nil, `report +M +no file`},
		"all but the first are missing": {func(_ *testing.T, f []string) {
			for _, path := range f[1:] {
				os.Remove(path)
			}
		}, nil, `report +N +no file`},
		"the oldest is missing":           {func(_ *testing.T, f []string) { os.Remove(f[0]) }, []string{"--since", "2026-11-05"}, `report +50000000071 +no file`},
		"the newest, with its metadata":   {func(_ *testing.T, f []string) { os.RemoveAll(filepath.Dir(f[19])) }, nil, `report +N +no file`},
		"another day's file in its place": {func(t *testing.T, f []string) { write(t, f[9], read(t, f[8])) }, nil, `report +M +unreadable .*it isn't the file that was downloaded`},
		"the newest has a header only":    {func(t *testing.T, f []string) { write(t, f[19], header(read(t, f[19]))) }, nil, `report +N +empty`},
		"one has a header only":           {func(t *testing.T, f []string) { write(t, f[9], header(read(t, f[9]))) }, nil, `report +M +empty`},
		"the newest has nothing":          {func(t *testing.T, f []string) { write(t, f[19], "") }, nil, `report +N +unreadable .*the file is empty`},
		"two have nothing":                {func(t *testing.T, f []string) { write(t, f[9], ""); write(t, f[19], "") }, nil, `report +M +unreadable .*the file is empty`},
		"one is a mark and nothing else":  {func(t *testing.T, f []string) { write(t, f[9], "\ufeff\r\n") }, nil, `report +M +unreadable`},
		"a page of HTML":                  {func(t *testing.T, f []string) { write(t, f[19], "<html><body>Sign in</body></html>") }, nil, `report +N +unreadable .*HTML`},
		"cut in the middle":               {func(t *testing.T, f []string) { text := read(t, f[9]); write(t, f[9], text[:len(text)/2+3]) }, nil, `report +M +unreadable`},
		"cut between two rows": {func(t *testing.T, f []string) {
			lines := strings.SplitAfter(read(t, f[9]), "\n")
			write(t, f[9], strings.Join(lines[:9], ""))
		}, nil, `settlement +\d+ +USD +not balanced`},
		"another report in its place": {func(t *testing.T, f []string) { write(t, f[9], "AmazonRefundId,RefundAmount\n1,2.00\n") }, nil, `report +M +unreadable .*not a settlement report`},
		"another table in its place":  {func(t *testing.T, f []string) { write(t, f[19], "a,b\n1,2\n") }, nil, `report +N +unreadable .*not a settlement report`},
		"a row is lost":               {func(t *testing.T, f []string) { change(t, f[9], `"[^\n]*"Capture"[^\n]*\n`, "") }, nil, `settlement +\d+ +USD +not balanced`},
		"a row is twice": {func(t *testing.T, f []string) {
			row := regexp.MustCompile(`"[^\n]*"Capture"[^\n]*\n`).FindString(read(t, f[9]))
			change(t, f[9], regexp.QuoteMeta(row), strings.ReplaceAll(row+row, "$", "$$"))
		}, nil, `settlement +\d+ +USD +not balanced`},
		"a reserve is lost":    {func(t *testing.T, f []string) { change(t, f[19], `"[^\n]*"Reserve"[^\n]*\n`, "") }, nil, `settlement +\d+ +USD +not balanced`},
		"the transfer is lost": {func(t *testing.T, f []string) { change(t, f[9], `"[^\n]*"Transfer"[^\n]*\n`, "") }, nil, `settlement +\d+ +USD +not balanced .*also amount differs`},
		"an amount is another": {func(t *testing.T, f []string) { change(t, f[9], `"USD","","\d+\.\d\d"`, `"USD","","911.00"`) }, nil, `settlement +\d+ +USD +rows do not add up`},
		"a fee is another":     {func(t *testing.T, f []string) { change(t, f[9], `"-0\.30"`, `"-0.35"`) }, nil, `settlement +\d+ +USD +rows do not add up`},
		"a cent of a transfer": {func(t *testing.T, f []string) { change(t, f[9], `(?m)0","0","0","-[^"]*"$`, `0","0","0","-1.00"`) }, nil, `settlement +\d+ +USD +rows do not add up`},
		"dated in the future": {func(t *testing.T, f []string) {
			write(t, f[9], strings.ReplaceAll(read(t, f[9]), `"2026-11-`, `"2126-11-`))
		}, nil, `settlement +\d+ +USD +in the future .*2126-11`},
		"the transfer is in the future": {func(t *testing.T, f []string) {
			change(t, f[19], `"2026-11-\d\d(T[^"]*","\d+","","","Transfer")`, `"2126-11-24T00:00:00 -0800","`+settlementID(read(t, f[19]))+`","","","Transfer"`)
		}, nil, `settlement +\d+ +USD +in the future`},
		"the newest is in the future": {func(t *testing.T, f []string) {
			write(t, f[19], strings.ReplaceAll(read(t, f[19]), `"2026-11-`, `"2099-11-`))
		}, nil, `settlement +\d+ +USD +in the future`},
		"a settlement is in two files": {func(t *testing.T, f []string) {
			write(t, filepath.Join(filepath.Dir(f[0]), "again.csv"), read(t, f[9])+"\n\n")
		}, nil, `settlement +\d+ +USD +duplicate .*again\.csv`},
		"a settlement has another's id": {func(t *testing.T, f []string) {
			write(t, f[9], strings.ReplaceAll(read(t, f[9]), settlementID(read(t, f[9])), settlementID(read(t, f[8]))))
		}, nil, `settlement +\d+ +USD +duplicate`},
		"a settlement has an unknown id": {func(t *testing.T, f []string) {
			write(t, f[9], strings.ReplaceAll(read(t, f[9]), settlementID(read(t, f[9])), "20999999999"))
		}, nil, `settlement +20999999999 +USD +no disbursement`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(synced)); err != nil {
				t.Fatal(err)
			}
			files := settlementFiles(dir)
			want := strings.NewReplacer("+N ", "+"+id(files[19])+" ", "+M ", "+"+id(files[9])+" ").Replace(test.want)
			test.damage(t, files)
			got := s.run(t, append([]string{"reconcile", "--reports", dir}, test.args...)...)
			lines := regexp.MustCompile(want).FindAllString(got.stdout, -1)
			if got.code != 4 || len(lines) != 1 {
				t.Errorf("exit code %d, %d lines with %s in\n%s%s", got.code, len(lines), want, got.stdout, got.stderr)
			}
		})
	}
}

func settlementID(text string) string {
	return regexp.MustCompile(`"(2\d{10})"`).FindStringSubmatch(text)[1]
}

// What is as it should be is no difference: a nightly run must not cry wolf.
func TestReconcileIsSilentAboutWhatIsRight(t *testing.T) {
	t.Parallel()
	s, dir, files := month(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"the directory":            {[]string{dir}, `^20 of 20 settlements match their disbursements; 20 of 20 reports that the service lists since 2026-11-05 are among the files\n$`},
		"since the first":          {[]string{dir, "--since", "2026-11-05"}, `^20 of 20 settlements .*; 20 of 20 reports`},
		"since later":              {[]string{dir, "--since", "2026-11-15"}, `^10 of 10 settlements .*; 10 of 10 reports that the service lists since 2026-11-15 are`},
		"between":                  {[]string{dir, "--since", "2026-11-10", "--until", "2026-11-12"}, `^3 of 3 settlements .*; 3 of 3 reports`},
		"until":                    {[]string{dir, "--until", "2026-11-06"}, `^2 of 2 settlements .*; 2 of 2 reports`},
		"one file":                 {files[:1], `^1 of 1 settlements match their disbursements; reports before and after these files were not looked for: name a directory, or give --since\n$`},
		"a file of that day":       {[]string{files[19], "--since", "2026-11-24"}, `^1 of 1 settlements .*; 1 of 1 reports`},
		"files, and a day of them": {[]string{files[4], files[5], "--since", "2026-11-09", "--until", "2026-11-10"}, `^2 of 2 settlements .*; 2 of 2 reports`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.ok(t, append([]string{"reconcile"}, test.args...)...); got.stdout != "" || !regexp.MustCompile(test.want).MatchString(got.stderr) {
				t.Errorf("%+v; want %s", got, test.want)
			}
		})
	}
	// Files that someone has saved under names of their own are the reports of their time.
	own := t.TempDir()
	for i, path := range files {
		text := read(t, path)
		switch i {
		case 0:
			text = strings.Replace(text, "Amazon Payments Advanced", "Amazon Pay", 1)
		case 1:
			text = "\n" + text
		case 2:
			text = gzipped(t, text)
		}
		write(t, filepath.Join(own, fmt.Sprintf("settlement %d.csv", i)), text)
	}
	write(t, filepath.Join(own, "refunds.csv"), "AmazonRefundId,RefundAmount\n1,2.00\n")
	if got := s.ok(t, "reconcile", own); got.stderr != "other reports left out: 1\n20 of 20 settlements match their disbursements; 20 of 20 reports that the service lists since 2026-11-05 are among the files\n" {
		t.Errorf("files with names of their own: %+v", got)
	}
	// Refund reports that can't be read are none of its business.
	withRefunds := t.TempDir()
	if err := os.CopyFS(withRefunds, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	refunds := filepath.Join(withRefunds, "type=refund", "date=2026-11-20")
	if err := os.MkdirAll(refunds, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(refunds, "7.csv"), "")
	write(t, filepath.Join(refunds, "7.json"), `{"report":{"reportId":"7","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","processingStatus":"COMPLETED"}}`)
	if got := s.ok(t, "reconcile", withRefunds); !strings.HasPrefix(got.stderr, "other reports left out: 1\n20 of 20 settlements") {
		t.Errorf("an empty refund report: %+v", got)
	}
}

// A report that was made after the last sync, and money that has just been paid, are pending.
func TestReconcileWaits(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	for name, test := range map[string]struct {
		age  time.Duration // of the newest report, when reconcile runs
		code int
		want string
	}{
		"just made": {30 * time.Minute, 0, `; 1 of 2 reports that the service lists since \d{4}-\d\d-\d\d are among the files \(1 pending\)\n$`},
		"overdue":   {3 * time.Hour, 4, `; 1 of 2 reports that the service lists since .* are among the files\n`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			day := now.AddDate(0, 0, -1).Truncate(24 * time.Hour)
			s := newService(t, simulator.Config{Seed: 5, TransactionsPerDay: 5, Start: now})
			report := func(id string, end, created time.Time) string {
				stamp := func(t time.Time) string { return t.Format("20060102T150405Z") }
				return fmt.Sprintf(`{"reportId":%q,"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_","processingStatus":"COMPLETED","startTime":%q,"endTime":%q,"createdTime":%q}`,
					id, stamp(end.AddDate(0, 0, -1)), stamp(end), stamp(created))
			}
			s, _ = s.answeringWith(t, 0, `{"reports":[`+report("2", now.Add(-test.age-2*time.Hour), now.Add(-test.age))+","+report("1", day.AddDate(0, 0, -3), day.AddDate(0, 0, -3))+`],
				"disbursements":[{"sellerId":"A1","settlementId":"11","amount":"100.00","currencyCode":"USD","amazonDisbursementReferenceId":"x","transactionTime":"`+day.AddDate(0, 0, -2).Format(time.RFC3339)+`"}]}`)
			dir := t.TempDir()
			posted := day.AddDate(0, 0, -3).Format("2006-01-02T15:04:05 -0700")
			row := func(kind, amount string) string {
				return posted + ",11," + kind + ",USD," + amount + ",0,0,0," + amount + "\n"
			}
			write(t, filepath.Join(dir, "1.csv"), "TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n"+
				row("Capture", "100.00")+row("Transfer", "-100.00"))
			got := s.run(t, "reconcile", dir)
			if got.code != test.code || !strings.HasPrefix(got.stderr, "1 of 1 settlements match") || !regexp.MustCompile(test.want).MatchString(got.stderr) {
				t.Errorf("%+v; want %d with %s", got, test.code, test.want)
			}
		})
	}
}

// One file that can't be read is named and counted; the others are read all the same.
func TestFilesThatCantBeReadStopNothing(t *testing.T) {
	t.Parallel()
	s, dir, files := month(t)
	all := s.ok(t, "file", "summary", dir).stdout
	var allRows []map[string]string
	if err := json.Unmarshal([]byte(s.ok(t, "file", "show", dir, "-o", "json").stdout), &allRows); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(t *testing.T, dir string) string{
		"empty": func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "0.csv"), "")
			return "0.csv: the file is empty"
		},
		"an empty gzip": func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "0.csv.gz"), gzipped(t, ""))
			return "0.csv.gz: the file is empty"
		},
		"HTML": func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "0.csv"), "<html>")
			return "0.csv: the file is a page of HTML"
		},
		"cut": func(t *testing.T, dir string) string {
			text := read(t, files[0])
			write(t, filepath.Join(dir, "z.csv"), strings.ReplaceAll(text[:len(text)-40], settlementID(text), "20999999999"))
			return "z.csv: line "
		},
		"a bad row": func(t *testing.T, dir string) string {
			text := read(t, files[0])
			write(t, filepath.Join(dir, "z.csv"), strings.ReplaceAll(text, settlementID(text), "20999999999")+"\"x\"\n")
			return "z.csv: line "
		},
		"broken gzip": func(t *testing.T, dir string) string {
			text := gzipped(t, read(t, files[0]))
			write(t, filepath.Join(dir, "z.csv.gz"), text[:len(text)/2])
			return "z.csv.gz: "
		},
		"a link to none": func(t *testing.T, dir string) string {
			os.Symlink("nowhere", filepath.Join(dir, "0.csv"))
			return "0.csv: no such file"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for _, path := range files {
				write(t, filepath.Join(folder, filepath.Base(path)), read(t, path))
			}
			problem := damage(t, folder)
			got := s.run(t, "file", "summary", folder)
			if got.code != 1 || got.stdout != all || !strings.Contains(got.stderr, "warning: can't be read: ") || !strings.Contains(got.stderr, problem) || !strings.HasSuffix(got.stderr, "payreports: 1 file could not be read: see the warnings\n") {
				t.Errorf("summary: exit code %d, %s", got.code, got.stderr)
			}
			got = s.run(t, "file", "show", folder, "-o", "json")
			var rows []map[string]string
			if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil || got.code != 1 || len(rows) < len(allRows) || !strings.Contains(got.stderr, problem) {
				t.Errorf("show: exit code %d, %d rows, %v, %s", got.code, len(rows), err, got.stderr)
			}
			if got := s.run(t, "file", "show", folder, "-o", "csv"); got.code != 1 || strings.Count(got.stdout, "\n") < len(allRows)+1 || !strings.Contains(got.stderr, problem) {
				t.Errorf("show as CSV: exit code %d, %d lines, %s", got.code, strings.Count(got.stdout, "\n"), got.stderr)
			}
			got = s.run(t, "reconcile", folder)
			if got.code != 4 || !strings.Contains(got.stderr, problem) || !strings.Contains(got.stderr, "20 of 20 settlements match") || !strings.Contains(got.stderr, "; 1 could not be read\n") {
				t.Errorf("reconcile: exit code %d, %s", got.code, got.stderr)
			}
		})
	}
	// So are files that are named.
	page := writeFile(t, "page.csv", "<html>")
	if got := s.run(t, "file", "summary", page, files[0], filepath.Dir(files[1])); got.code != 1 || !strings.Contains(got.stderr, "page.csv") || strings.Count(got.stdout, "balanced") != 2 {
		t.Errorf("named: %+v", got)
	}
	// A settlement that is in two files counts once.
	twice := t.TempDir()
	write(t, filepath.Join(twice, "a.csv"), read(t, files[0]))
	write(t, filepath.Join(twice, "b.csv"), read(t, files[0])+"\n")
	if got := s.run(t, "file", "summary", twice); got.code != 1 || strings.Count(got.stdout, "balanced") != 1 || !strings.Contains(got.stderr, "b.csv: settlement "+settlementID(read(t, files[0]))+" is in "+filepath.Join(twice, "a.csv")+" as well and would count twice") {
		t.Errorf("in two files: %+v", got)
	}
	// A report without rows is no report.
	write(t, filepath.Join(twice, "b.csv"), header(read(t, files[0])))
	if got := s.run(t, "file", "summary", twice); got.code != 1 || strings.Count(got.stdout, "balanced") != 1 || !strings.Contains(got.stderr, "b.csv: the settlement report has no rows") {
		t.Errorf("a header only: %+v", got)
	}
	// Differences that were found matter more than what could not be read.
	write(t, filepath.Join(twice, "c.csv"), regexp.MustCompile(`"[^\n]*"Capture"[^\n]*\n`).ReplaceAllString(read(t, files[3]), ""))
	if got := s.run(t, "file", "summary", twice); got.code != 4 || !strings.Contains(got.stderr, "don't sum to 0") || !strings.Contains(got.stderr, "1 file could not be read") {
		t.Errorf("both: %+v", got)
	}
}

// file summary checks the rows as well, and names the line.
func TestSummaryChecksRows(t *testing.T) {
	t.Parallel()
	s, _, files := month(t)
	for name, test := range map[string]struct{ pattern, replacement, line, verdict string }{
		"an amount":    {`"USD","","\d+\.\d\d"`, `"USD","","911.00"`, `line \d+: .*911\.00`, "ROWS DO NOT ADD UP"},
		"a fixed fee":  {`"-0\.30"`, `"-0.35"`, `line \d+: .*-0\.35`, "ROWS DO NOT ADD UP"},
		"a transfer":   {`(?m)"-[\d.]+","0","0","0","(-[^"]*")$`, `"-1.00","0","0","0","-2.00"`, `line \d+: `, "DIFFERENCE"},
		"a percentage": {`"-\d+\.\d\d","-0\.30"`, `"-99.00","-0.30"`, `line \d+: .*-99\.00`, "ROWS DO NOT ADD UP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, "settlement.csv", read(t, files[7]))
			change(t, path, test.pattern, test.replacement)
			got := s.run(t, "file", "summary", path)
			if got.code != 4 || !strings.Contains(got.stdout, test.verdict) || !regexp.MustCompile(`warning: .*settlement\.csv: `+test.line).MatchString(got.stderr) || !strings.Contains(got.stderr, "rows that don't add up: 1") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Files that aren't as Amazon makes them are read with the flag that the error names.
func TestReadOptions(t *testing.T) {
	t.Parallel()
	s, _, files := month(t)
	plain := read(t, files[0])
	amount := regexp.MustCompile(`"(-?\d+)\.(\d\d)"`)
	comma := strings.ReplaceAll(amount.ReplaceAllString(plain, `"$1,$2"`), `","`, `";"`)
	comma = regexp.MustCompile(`(?m),$`).ReplaceAllString(comma, ";")
	dotted := regexp.MustCompile(`"2026-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d) -\d{4}"`).ReplaceAllString(plain, `"$2.$1.2026 $3"`)
	latin := regexp.MustCompile(`("Capture","[^"]*","[^"]*",)"[^"]*"`).ReplaceAllString(plain, "$1\"M\xfcller\"")
	kanji := strings.ReplaceAll(latin, "M\xfcller", "\x93\xfa\x96{")
	for name, test := range map[string]struct {
		text string
		flag []string
	}{
		"decimal comma": {comma, []string{"--decimal-comma"}},
		"dotted dates":  {dotted, []string{"--date-layout", "dd.mm.yyyy HH:MM:SS"}},
		"windows-1252":  {strings.TrimPrefix(latin, "\ufeff"), []string{"--encoding", "windows-1252"}},
		"Shift_JIS":     {strings.TrimPrefix(kanji, "\ufeff"), []string{"--encoding", "shift_jis"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, "settlement.csv", test.text)
			got := s.run(t, "file", "summary", path)
			if got.code != 1 || !strings.Contains(got.stderr, test.flag[0]) || strings.Contains(got.stderr, "the option") || strings.Contains(got.stderr, "("+test.flag[0]) {
				t.Errorf("without the flag: %+v", got)
			}
			for _, args := range [][]string{{"file", "summary", path}, {"file", "convert", path, "--to", "csv"}, {"file", "show", path}} {
				s.ok(t, append(args, test.flag...)...)
			}
			if got := s.ok(t, append([]string{"reconcile", path}, test.flag...)...); !strings.HasPrefix(got.stderr, "1 of 1 settlements match") {
				t.Errorf("reconcile: %+v", got)
			}
		})
	}
	for _, args := range [][]string{{"--encoding", "klingon"}, {"--date-layout", "yesterday"}, {"--encoding", ""}} {
		if got := s.run(t, append([]string{"file", "summary", files[0]}, args...)...); got.code != 2 {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// Amounts of orders are read as strictly as those of reports, and with flags of their own.
func TestOrdersFiles(t *testing.T) {
	t.Parallel()
	s, _, files := month(t)
	for name, test := range map[string]struct {
		text string
		flag string
		want string
	}{
		"a dot of thousands":       {"order id;amount;currency\nX;1.190;EUR\n", "--orders-decimal-comma", `orders\.csv: line 2, column amount: "1\.190"`},
		"in dollars":               {"order id,amount,currency\nX,12.000,USD\n", "--orders-decimal-comma", `orders\.csv: line 2, column amount: "12\.000"`},
		"negative":                 {"order id,amount,currency\nX,-1.000,GBP\n", "--orders-decimal-comma", `column amount: "-1\.000"`},
		"a decimal comma":          {"order id;amount;currency\nX;1190,00;EUR\n", "--orders-decimal-comma", `column amount: "1190,00"`},
		"windows-1252":             {"order id;buyer;amount;currency\nX;M\xfcller;1.00;EUR\n", "", ""},
		"windows-1252, and it is":  {"order id;\xe4;amount;currency\nX\xfc;M;1.00;EUR\n", "--orders-encoding=windows-1252", `--orders-encoding`},
		"an id from a spreadsheet": {"order id,amount,currency\n7.0E+10,1.00,USD\n", "", `column order id: "7\.0E\+10"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, "orders.csv", test.text)
			got := s.run(t, "reconcile", files[0], "--orders", path)
			if test.want == "" {
				return
			}
			if got.code != 1 || !regexp.MustCompile(test.want).MatchString(got.stderr) || test.flag != "" && !strings.Contains(got.stderr, strings.Split(test.flag, "=")[0]) {
				t.Errorf("%+v", got)
			}
			if test.flag != "" {
				if got := s.run(t, "reconcile", files[0], "--orders", path, test.flag); got.code != 4 || !strings.Contains(got.stdout, "no capture") {
					t.Errorf("with %s: %+v", test.flag, got)
				}
			}
		})
	}
}

// Each file is read once, so all can be pipes.
func TestReconcilePipes(t *testing.T) {
	t.Parallel()
	s, _, files := month(t)
	command := exec.CommandContext(t.Context(), "bash", "-c", `"$0" reconcile --orders <(echo order,amount,currency) <(cat "$1") <(gzip -c "$2") "$3"`, binary, files[0], files[1], files[2])
	command.Env = s.environment
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Run(); err == nil || !strings.HasPrefix(stderr.String(), "3 of 3 settlements match their disbursements, 0 of 1") {
		t.Errorf("%v, %s", err, stderr.String())
	}
}

func TestReconcileRefuses(t *testing.T) {
	t.Parallel()
	s, dir, _ := month(t)
	for want, args := range map[string][]string{
		"--until 2026-11-01 is before --since 2026-11-02": {dir, "--since", "2026-11-02", "--until", "2026-11-01"},
		"--since is \"tomorrow\"":                         {dir, "--since", "tomorrow"},
		"--orders-encoding":                               {dir, "--orders-encoding", "klingon"},
	} {
		if got := s.run(t, append([]string{"reconcile"}, args...)...); got.code != 2 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", want, got)
		}
	}
}
