package main_test

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/simulator"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update rewrites it):\n%s", name, diff)
	}
}

// synced is a service, and a directory with three days of its settlement reports.
func synced(t *testing.T) (*service, string) {
	t.Helper()
	s := newService(t, simulator.Config{Seed: 21, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	dir := filepath.Join(t.TempDir(), "reports")
	s.ok(t, "sync", "--to", dir, "--since", "2026-11-22")
	return s, dir
}

// allMatch is what reconcile says of the directory of synced.
const allMatch = "3 of 3 settlements match their disbursements; 3 of 3 reports that the service lists since 2026-11-22 are among the files\n"

// What the README shows of sync, file summary and reconcile is what they print.
func TestReadmeOutput(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Seed: 21, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	dir := t.TempDir()
	var shown strings.Builder
	for _, line := range []string{
		"sync --to reports --since 2026-11-22",
		"file summary reports/type=settlement/date=2026-11-24",
		"reconcile --reports reports",
	} {
		args := strings.Fields(line)
		for i, arg := range args {
			if strings.HasPrefix(arg, "reports") {
				args[i] = filepath.Join(dir, arg)
			}
		}
		got := s.ok(t, args...)
		shown.WriteString("$ payreports " + line + "\n" + got.stdout + got.stderr)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```console\n"+shown.String()+"```") {
		t.Errorf("the README must show:\n%s", shown.String())
	}
}

func TestFileCommands(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	files, err := filepath.Glob(filepath.Join(dir, "type=settlement", "date=*", "*.csv"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	newest := files[2]
	golden(t, "file-show.txt", s.ok(t, "file", "show", newest).stdout)
	golden(t, "file-summary.txt", s.ok(t, "file", "summary", dir).stdout)
	golden(t, "file-summary.json", s.ok(t, "file", "summary", newest, "--output", "json").stdout)
	golden(t, "file-summary.csv", s.ok(t, "file", "summary", newest, "-o", "csv").stdout)
	golden(t, "file-convert.jsonl", s.ok(t, "file", "convert", newest, "--to", "json").stdout)
	golden(t, "file-convert.csv", s.ok(t, "file", "convert", newest, "--to", "csv").stdout)
	var rows []map[string]string
	if err := json.Unmarshal([]byte(s.ok(t, "file", "show", newest, "-o", "json").stdout), &rows); err != nil || len(rows) < 20 || rows[0]["TransactionType"] != "Reserve" {
		t.Errorf("%d rows, %v", len(rows), err)
	}

	// Several files are one list, and so is a directory.
	var all []map[string]string
	if err := json.Unmarshal([]byte(s.ok(t, "file", "show", dir, "-o", "json").stdout), &all); err != nil || len(all) < 60 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	if records, err := csv.NewReader(strings.NewReader(s.ok(t, "file", "show", files[0], files[1], newest, "-o", "csv").stdout)).ReadAll(); err != nil || len(records) != len(all)+1 {
		t.Errorf("%d records, %v; want %d", len(records), err, len(all)+1)
	}
	content, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(other, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lines := strings.SplitAfter(string(content), "\n")
	unbalanced := write("unbalanced.csv", strings.Join(append(append([]string{}, lines[:10]...), lines[11:]...), ""))
	tests := map[string]struct {
		args []string
		code int
		want string
	}{
		"unbalanced":           {[]string{"file", "summary", unbalanced}, 4, "a settlement's rows don't sum to 0"},
		"no file":              {[]string{"file", "summary"}, 2, "no file is given"},
		"missing":              {[]string{"file", "summary", filepath.Join(other, "none.csv")}, 1, "no such file"},
		"a copy":               {[]string{"file", "summary", newest, write("copy.csv", string(content))}, 1, "would count twice"},
		"reconcile a copy":     {[]string{"reconcile", "--reports", newest, filepath.Join(other, "copy.csv")}, 4, "it is in "},
		"empty directory":      {[]string{"file", "summary", t.TempDir()}, 1, "holds no .csv file"},
		"cut":                  {[]string{"file", "summary", write("cut.csv", string(content[:len(content)-30]))}, 1, "cut.csv: line "},
		"HTML":                 {[]string{"file", "show", write("page.csv", "<html>")}, 1, "page.csv: the file is a page of HTML"},
		"no settlement report": {[]string{"file", "summary", write("refund.csv", "\"AmazonRefundId\",\"a\",\"b\"\n")}, 1, "not a settlement report"},
		"convert to what":      {[]string{"file", "convert", newest}, 2, "json (JSON Lines) or csv"},
		"convert two":          {[]string{"file", "convert", newest, newest, "--to", "csv"}, 2, "one argument"},
		"reconcile what":       {[]string{"reconcile"}, 2, "no file is given"},
		"show what":            {[]string{"file", "show"}, 2, "no file is given"},
		"show: missing":        {[]string{"file", "show", newest, filepath.Join(other, "none.csv")}, 1, "no such file"},
		"show: cut":            {[]string{"file", "show", write("cut2.csv", string(content[:len(content)-30])), "-o", "json"}, 1, "cut2.csv: line "},
		"show: other columns":  {[]string{"file", "show", newest, write("other.csv", "\"a\",\"b\"\n"), "-o", "csv"}, 1, "other.csv: its columns are not those of "},
		"no transfer":          {[]string{"reconcile", "--reports", write("no-transfer.csv", regexp.MustCompile(`(?m)^.*"Transfer".*\n`).ReplaceAllString(string(content), ""))}, 4, "not balanced"},
		"orders are missing":   {[]string{"reconcile", "--reports", newest, "--orders", filepath.Join(other, "none")}, 1, "no such file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.run(t, test.args...)
			if got.code != test.code || !strings.Contains(got.stdout+got.stderr, test.want) {
				t.Errorf("exit code %d, %q%q; want %d with %q", got.code, got.stdout, got.stderr, test.code, test.want)
			}
		})
	}
}

// A file that could be a settlement report is never left out in silence.
func TestNothingIsLeftOutInSilence(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	files, _ := filepath.Glob(filepath.Join(dir, "type=settlement", "date=*", "*.csv"))
	content, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	folder := func(t *testing.T, second string) string {
		t.Helper()
		dir := t.TempDir()
		for i, path := range files {
			text := second
			if i != 1 {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text = string(content)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	refund := "AmazonRefundId,RefundAmount\n1,2.00\n"
	for name, test := range map[string]struct {
		text, warn, problem string
	}{
		"a column is missing":     {strings.ReplaceAll(string(content), `"SettlementId"`, `"SettlementNumber"`), "", "lacks the columns SettlementId"},
		"an unknown line above":   {strings.Replace(string(content), `"SettlementStartDate"`, "\"ReportVersion\",\"2\"\n\"SettlementStartDate\"", 1), "", ""},
		"only a header is known":  {regexp.MustCompile(`^(?s).*("TransactionPostedDate",)"SettlementId"`).ReplaceAllString(string(content), `$1"Id"`), "", "lacks the columns SettlementId"},
		"another report":          {refund, "other reports left out: 1\n", ""},
		"another, and none is it": {refund, "", "no settlement report among the files"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, test.text)
			if name == "another, and none is it" {
				os.Remove(filepath.Join(dir, filepath.Base(files[0])))
				os.Remove(filepath.Join(dir, filepath.Base(files[2])))
			}
			for _, args := range [][]string{{"file", "summary", dir}, {"reconcile", dir}} {
				got := s.run(t, args...)
				if test.problem != "" && (got.code != 1 && (args[0] != "reconcile" || got.code != 4) || !strings.Contains(got.stderr, test.problem)) || test.problem == "" && (got.code != 0 && got.code != 4 || !strings.HasPrefix(got.stderr, test.warn)) {
					t.Errorf("%v: %+v", args, got)
				}
			}
		})
	}
	if got := s.run(t, "reconcile", files[0], writeFile(t, "refund.csv", refund)); got.code != 4 || !strings.Contains(got.stderr, "refund.csv: the file is not a settlement report") {
		t.Errorf("a refund report that is named: %+v", got)
	}
	// A report that was made twice counts once.
	twice := folder(t, string(content))
	if err := os.WriteFile(filepath.Join(twice, "again.csv"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.ok(t, "reconcile", twice); !regexp.MustCompile(`^payreports: warning: left out: \S+: it is the same as \S+\n3 of 3 settlements`).MatchString(got.stderr) {
		t.Errorf("twice: %+v", got)
	}
	// Pipes are read where once is enough.
	show := exec.CommandContext(t.Context(), "sh", "-c", `cat "$1" | "$0" file show /dev/stdin -o csv`, binary, files[1])
	if output, err := show.Output(); err != nil || string(output) != s.ok(t, "file", "show", files[1], "-o", "csv").stdout {
		t.Errorf("through a pipe: %d bytes, %v", len(output), err)
	}
	all := exec.CommandContext(t.Context(), "sh", "-c", `cat "$1" | "$0" reconcile "$2" /dev/stdin "$3"`, binary, files[1], files[0], files[2])
	all.Env = s.environment
	if output, err := all.CombinedOutput(); err != nil || !strings.HasPrefix(string(output), "3 of 3 settlements match") {
		t.Errorf("one of three through a pipe: %s, %v", output, err)
	}
	if got := s.run(t, "reconcile", "/dev/null"); got.code != 4 || !strings.Contains(got.stderr, "/dev/null: the file is empty") {
		t.Errorf("nothing through a pipe: %+v", got)
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A settlement waits some days for its disbursement; later, its time is told.
func TestReconcileTimes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ago  int // days that the report is old
		code int
		want string
	}{
		"pending": {2, 0, `^0 of 1 settlements match their disbursements \(1 pending\); reports before and after these files were not looked for`},
		"late":    {40, 4, `settlement +1 +USD +no disbursement +100\.00 +0\.00 +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\n`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, simulator.Config{TransactionsPerDay: -1, Start: time.Now()})
			posted := time.Now().AddDate(0, 0, -test.ago).UTC().Format("2006-01-02T15:04:05 -0700")
			row := func(kind, amount string) string {
				return posted + ",1," + kind + ",USD," + amount + ",0,0,0," + amount + "\n"
			}
			report := writeFile(t, "report.csv", "TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n"+
				row("Capture", "100.00")+row("Transfer", "-100.00"))
			got := s.run(t, "reconcile", report)
			if got.code != test.code || !regexp.MustCompile(test.want).MatchString(got.stdout+got.stderr) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A directory is gone through by way of links, each file once, and what can't be read in it is told.
func TestDirectories(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	base := t.TempDir()
	path := func(name string) string { return filepath.Join(base, name) }
	files, _ := filepath.Glob(filepath.Join(dir, "type=settlement", "date=*", "*.csv"))
	content, err := os.ReadFile(files[0])
	if err != nil || os.Mkdir(path("mixed"), 0o700) != nil || os.Mkdir(path("copies"), 0o700) != nil || os.WriteFile(path("copies/copy.csv"), content, 0o600) != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"link": dir, "mixed/loop": "..", "mixed/type": filepath.Join(dir, "type=settlement"), "mixed/one.csv": files[0], "mixed/gone": "nowhere",
	} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	summary := s.ok(t, "file", "summary", dir).stdout
	for name, test := range map[string]struct {
		args []string
		warn string
	}{
		"a link":            {[]string{path("link")}, ""},
		"links in it":       {[]string{path("mixed/type"), path("link")}, ""},
		"a file and all":    {append([]string{dir}, files...), ""},
		"all and a file":    {append(append([]string{}, files...), dir, path("link")), ""},
		"a loop and a hole": {[]string{path("mixed")}, "payreports: warning: left out: " + path("mixed/gone") + ": no such file or directory\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a loop and a hole" {
				if err := os.RemoveAll(path("copies")); err != nil { // to which the loop leads
					t.Fatal(err)
				}
			}
			got := s.ok(t, append([]string{"file", "summary"}, test.args...)...)
			if got.stdout != summary || got.stderr != test.warn {
				t.Errorf("%s%s\nwant %q and\n%s", got.stdout, got.stderr, test.warn, summary)
			}
			if got := s.ok(t, append([]string{"reconcile", "--reports"}, test.args...)...); got.stderr != test.warn+allMatch {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A table that is longer than what is held of it has its header once, and every row.
func TestLongTable(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	path := filepath.Join(t.TempDir(), "long.csv")
	text := strings.Builder{}
	text.WriteString("\"a\",\"b\"\n")
	for i := range 2500 {
		fmt.Fprintf(&text, "\"%d\",\"%s\"\n", i, strings.Repeat("x", i/1000))
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(s.ok(t, "file", "show", path).stdout), "\n")
	if len(lines) != 2501 || lines[0] != "A    B" || strings.Fields(lines[1])[0] != "0" || lines[2500] != "2499  xx" {
		t.Errorf("%d lines, %q, %q to %q", len(lines), lines[0], lines[1], lines[len(lines)-1])
	}
	for i, line := range lines[1:] {
		if strings.Fields(line)[0] != strconv.Itoa(i) {
			t.Fatalf("line %d is %q", i+1, line)
		}
	}
}

func TestReconcileCommand(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	if got := s.ok(t, "reconcile", "--reports", dir); got.stdout != "" || got.stderr != allMatch {
		t.Errorf("%+v", got)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "type=settlement", "date=*", "*.csv"))
	if got := s.ok(t, append([]string{"reconcile", "--reports"}, files...)...); got.stderr != "3 of 3 settlements match their disbursements; reports before and after these files were not looked for: name a directory, or give --since\n" {
		t.Errorf("%+v", got)
	}
	// The merchant's orders, from the reports themselves, but for one.
	orders := "order id,amount,currency\n"
	var missing string
	for _, file := range files {
		for _, line := range strings.Split(s.ok(t, "file", "convert", file, "--to", "json").stdout, "\n") {
			var row map[string]string
			if json.Unmarshal([]byte(line), &row) != nil || row["TransactionType"] != "Capture" {
				continue
			}
			if missing == "" {
				missing = row["SellerOrderId"]
				continue
			}
			orders += row["SellerOrderId"] + "," + row["TransactionAmount"] + "," + row["CurrencyCode"] + "\n"
		}
	}
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(orders), 0o600); err != nil {
		t.Fatal(err)
	}
	got := s.run(t, "reconcile", "--reports", dir, "--orders", path)
	if got.code != 4 || !regexp.MustCompile(`order +`+missing+` +USD +no order +\S+ +0`).MatchString(got.stdout) || !strings.Contains(got.stderr, "59 of 60 orders their captures") {
		t.Errorf("%+v", got)
	}
	if got := s.run(t, "reconcile", "--reports", dir, "--orders", path, "-o", "json"); !strings.Contains(got.stdout, `"status": "no order"`) {
		t.Errorf("%+v", got)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	got := s.ok(t, "doctor")
	for _, want := range []string{
		`ok +private key +RSA, 2048 bits`, `ok +public key id +LIVE-SIMULATOR, for live`, `ok +region +na, pay-api.amazon.com`, `ok +DNS +127\.0\.0\.1`,
		`warning +connection +http, not encrypted`, `ok +clock +within`, `ok +signed call +getReports returned 200`,
	} {
		if !regexp.MustCompile(want).MatchString(got.stdout) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
	public := filepath.Join(t.TempDir(), "key.pem")
	text, err := os.ReadFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(public, text, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		variables []string
		code      int
		want      string
	}{
		"readable key":       {[]string{"AMAZON_PAY_PRIVATE_KEY=" + public}, 0, `warning +private key +.*chmod 600`},
		"no key":             {[]string{"AMAZON_PAY_PRIVATE_KEY="}, 4, `problem +private key +there is no private key`},
		"a bad key":          {[]string{"AMAZON_PAY_PRIVATE_KEY=-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, 4, `problem +private key +.*this is the public key`},
		"no id":              {[]string{"AMAZON_PAY_PUBLIC_KEY_ID="}, 4, `problem +public key id +.*empty`},
		"no environment":     {[]string{"AMAZON_PAY_PUBLIC_KEY_ID=A1"}, 4, `problem +environment +.*set the environment to live or sandbox`},
		"no region":          {[]string{"AMAZON_PAY_REGION="}, 4, `problem +region +.*region is missing`},
		"with a space":       {[]string{"AMAZON_PAY_ENDPOINT= " + s.URL}, 0, `ok +signed call`},
		"no such proxy":      {[]string{"HTTPS_PROXY=http://proxy.invalid:3128", "AMAZON_PAY_ENDPOINT="}, 4, `ok +proxy +proxy\.invalid:3128, for pay-api\.amazon\.com\n.*problem +DNS +can't find proxy\.invalid: check the network and the endpoint: [a-z]`},
		"a proxy":            {[]string{"HTTPS_PROXY=http://127.0.0.1:1", "AMAZON_PAY_ENDPOINT="}, 4, `ok +DNS +127\.0\.0\.1 is 127\.0\.0\.1\n.*problem +connection .*connection refused`},
		"a proxy of CGI":     {[]string{"REQUEST_METHOD=GET", "HTTP_PROXY=http://proxy.invalid", "AMAZON_PAY_ENDPOINT=http://pay.invalid"}, 4, `problem +proxy +.*CGI`},
		"nobody listens":     {[]string{"AMAZON_PAY_ENDPOINT=http://127.0.0.1:1"}, 4, `problem +connection +.*connection refused`},
		"no such host":       {[]string{"AMAZON_PAY_ENDPOINT=https://pay.invalid"}, 4, `problem +DNS +can't find pay\.invalid: check the network and the endpoint: [a-z]`},
		"no URL":             {[]string{"AMAZON_PAY_ENDPOINT=nowhere"}, 4, `problem +endpoint`},
		"the key's other":    {[]string{"AMAZON_PAY_PUBLIC_KEY_ID=LIVE-OTHER"}, 4, `problem +signed call +getReports: 403 InvalidAuthentication`},
		"environment given":  {[]string{"AMAZON_PAY_PUBLIC_KEY_ID=A1", "AMAZON_PAY_ENVIRONMENT=live"}, 4, `ok +public key id +A1, for live\n(.*\n)*problem +signed call +getReports: 403 InvalidAuthentication`},
		"sandbox and live":   {[]string{"AMAZON_PAY_ENVIRONMENT=sandbox"}, 4, `problem +environment`},
		"changed on the way": {[]string{"AMAZON_PAY_ENDPOINT=" + s.URL + "/sandbox/v2"}, 4, `problem +signed call`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.with(test.variables...).run(t, "doctor")
			if got.code != test.code || !regexp.MustCompile(test.want).MatchString(got.stdout) {
				t.Errorf("exit code %d\n%s%s\nwant %d with %q", got.code, got.stdout, got.stderr, test.code, test.want)
			}
		})
	}
	explained := s.ok(t, "doctor", "--explain")
	for _, want := range []string{"GET\n/v2/reports\npageSize=10&reportTypes=_GET_", "x-amz-pay-host:127.0.0.1\n", "String to sign:\nAMZN-PAY-RSASSA-PSS-V2\n"} {
		if !strings.Contains(explained.stdout, want) {
			t.Errorf("no %q in\n%s", want, explained.stdout)
		}
	}
}

// answering is the service as seen with an endpoint that answers every list empty, a while ahead of this machine's clock, and keeps the queries.
func (s *service) answering(t *testing.T, ahead time.Duration) (*service, func() []string) {
	t.Helper()
	return s.answeringWith(t, ahead, `{"reports":[],"disbursements":[]}`)
}

// answeringWith is the service as seen with an endpoint that gives every question one answer.
func (s *service) answeringWith(t *testing.T, ahead time.Duration, answer string) (*service, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var queries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		queries = append(queries, r.URL.RawQuery)
		mu.Unlock()
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return s.with("AMAZON_PAY_ENDPOINT=" + server.URL), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return queries
	}
}

// What is asked for reaches from the first second to the last, and no further.
func TestAskedTimes(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	row := func(posted, kind, amount string) string {
		return posted + ",1," + kind + ",USD," + amount + ",0,0,0," + amount + "\n"
	}
	report := writeFile(t, "report.csv", "TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n"+
		row("2026-03-01T09:00:00 -0800", "Capture", "100.00")+row("2026-03-02T00:00:03 -0800", "Transfer", "-40.00")+row("2026-03-04T00:00:03 -0800", "Transfer", "-60.00"))
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"days are whole":            {[]string{"reports", "list", "--since", "2026-11-22", "--until", "2026-11-23"}, 0, "createdSince=20261122T000000Z&createdUntil=20261123T235959Z&pageSize=100"},
		"times are themselves":      {[]string{"disbursements", "list", "--since", "20261122T150405Z", "--until", "2026-11-23T15:04:05+09:00"}, 0, "endTime=20261123T060405Z&pageSize=100&startTime=20261122T150405Z"},
		"transfers, and half a day": {[]string{"reconcile", report}, 4, "endTime=20260304T200003Z&pageSize=100&startTime=20260302T080003Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, queries := s.answering(t, 0)
			if got := s.run(t, test.args...); got.code != test.code {
				t.Fatalf("%+v", got)
			}
			if got := strings.Join(queries(), " "); got != test.want {
				t.Errorf("query %s, want %s", got, test.want)
			}
		})
	}
}

func TestDoctorComparesClocks(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for name, test := range map[string]struct {
		ahead time.Duration // the service's clock is
		want  string
	}{
		"behind":          {90 * time.Second, `warning +clock +this machine's clock is 1m\d\ds behind`},
		"a little behind": {40 * time.Second, `ok +clock +within \d\ds`},
		"ahead":           {-10 * time.Second, `warning +clock +this machine's clock is \d\ds ahead`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := s.answering(t, test.ahead)
			if got := s.ok(t, "doctor"); !regexp.MustCompile(test.want).MatchString(got.stdout) {
				t.Errorf("no %q in\n%s", test.want, got.stdout)
			}
		})
	}
}

// An option of package reportfile is named as the flag that it is on the command line, once.
func TestOptionsAreNamedAsFlags(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	reports := writeFile(t, "reports.csv", "TransactionPostedDate,SettlementId\n")
	wide := func(text string) string {
		return "\x00" + strings.Join(strings.Split(text, ""), "\x00")
	}
	for name, test := range map[string]struct {
		text string
		args []string
		want string
	}{
		"a wide text":        {wide("id,amount\n"), []string{"file", "show"}, "without a byte order mark, which --encoding utf-16le or utf-16be reads"},
		"wide orders":        {wide("id,amount\n"), []string{"reconcile", reports, "--orders"}, "without a byte order mark, which --orders-encoding utf-16le or utf-16be reads"},
		"another encoding":   {"a,b\n1,\xff\xff\n", []string{"file", "show", "--encoding", "shift_jis"}, "give the right one with --encoding, or"},
		"orders in another":  {"order id,amount,currency\n\xff\xff,1,EUR\n", []string{"reconcile", reports, "--orders-encoding", "shift_jis", "--orders"}, "give the right one with --orders-encoding, or"},
		"orders of Windows":  {"order id,amount,currency\n\xfc,1,EUR\n", []string{"reconcile", reports, "--orders"}, "--orders-encoding, such as windows-1252 or shift_jis, reads it"},
		"orders with commas": {"order id;amount;currency\n1;1,50;EUR\n", []string{"reconcile", reports, "--orders"}, "--orders-decimal-comma reads amounts"},
	} {
		if got := s.run(t, append(test.args, writeFile(t, "odd.csv", test.text))...); got.code == 0 || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOddText(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	path := writeFile(t, "odd.csv", "name\n\"<a & b>\"\n\"\x1b[31m \u009b31m \u0085 \x7f é\u00a0日本\"\n")
	if got := s.ok(t, "file", "show", path, "-o", "json").stdout; !strings.Contains(got, `"name": "<a & b>"`) {
		t.Errorf("in JSON: %q", got)
	}
	if got := s.ok(t, "file", "show", path).stdout; got != "NAME\n<a & b>\n\\x1b[31m \\u009b31m \\u0085 \\x7f é\u00a0日本\n" {
		t.Errorf("in a table: %q", got)
	}
	if got := s.ok(t, "doctor", "--explain", "-o", "json").stdout; !strings.Contains(got, `pageSize=10&reportTypes=`) {
		t.Errorf("one thing in JSON: %q", got)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for _, line := range []string{
		"", "demo", "reports", "reports list", "reports get", "reports create", "reports wait", "reports download", "schedules", "schedules list", "schedules get",
		"schedules create", "schedules ensure", "schedules cancel", "disbursements list", "sync", "verify", "file", "file show", "file summary", "file convert", "reconcile", "journal", "statement", "dataset",
		"simulate", "doctor", "spec", "version",
	} {
		got := s.ok(t, append(strings.Fields(line), "--help")...)
		if line != "" && !strings.Contains(got.stdout, "payreports "+line) {
			t.Errorf("%s --help:\n%s", line, got.stdout)
		}
		golden(t, "help/"+strings.ReplaceAll("payreports "+line, " ", "-")+".txt", got.stdout)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for line, want := range map[string]string{
		"reports list --type ": "multi-currency", "reports list --status ": "COMPLETED", "schedules create --frequency ": "P14D", "reports list --region ": "jp", "sync --output ": "json",
	} {
		if got := s.ok(t, append(append([]string{"__complete"}, strings.Fields(line)...), "")...); !strings.Contains(got.stdout, want+"\n") {
			t.Errorf("%s: %s", line, got.stdout)
		}
	}
	if got := s.ok(t, "completion", "bash"); !strings.Contains(got.stdout, "bash completion") {
		t.Errorf("%.200s", got.stdout)
	}
}
