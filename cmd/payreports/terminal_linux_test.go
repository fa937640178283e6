package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/amazonpay-go/payreports/simulator"
)

// onTerminal runs the command on a terminal of this width and returns what it shows there.
func onTerminal(t *testing.T, environment []string, width uint16, args ...string) string {
	t.Helper()
	shown, _, code := ofTerminal(t, environment, "", width, true, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, shown)
	}
	return shown
}

// ofTerminal runs the command in a directory, and returns what a terminal of this width shows, and the exit code. What the command writes to standard error
// is shown too, or else returned on its own.
func ofTerminal(t *testing.T, environment []string, dir string, width uint16, together bool, args ...string) (shown, stderr string, code int) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, args...)
	var apart bytes.Buffer
	command.Dir = dir
	command.Env, command.Stdout, command.Stderr = environment, terminal, &apart
	if together {
		command.Stderr = terminal
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	var out strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := master.Read(buffer)
		out.Write(buffer[:n])
		if err != nil { // EIO once nobody has the terminal any more
			break
		}
	}
	var exit *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, out.String())
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), apart.String(), command.ProcessState.ExitCode()
}

// The golden files are what a terminal of 60, 80 and 200 columns shows, with what goes to standard error below it.
func TestTablesOnTerminals(t *testing.T) {
	t.Parallel()
	s, reports := synced(t)
	s = s.with("NO_COLOR=1")
	for i, reportType := range []string{"refund", "order-reference"} {
		s.ok(t, "schedules", "create", "--type", reportType, "--frequency", []string{"P1D", "P14D"}[i], "--next", "2026-12-01T04:00:00Z")
	}
	newest := settlementFiles(reports)[2]
	damaged := filepath.Join(filepath.Dir(reports), "damaged")
	if err := os.CopyFS(damaged, os.DirFS(reports)); err != nil {
		t.Fatal(err)
	}
	files := settlementFiles(damaged)
	os.Remove(files[0])
	change(t, files[1], `(?m)^.*"Capture".*\n`, "")
	for _, width := range []uint16{60, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			var session strings.Builder
			for _, args := range [][]string{
				{"reports", "list", "--since", "2026-11-22"},
				{"schedules", "list"},
				{"disbursements", "list", "--since", "2026-11-20", "--until", "2026-11-22"},
				{"file", "show", newest},
				{"file", "summary", newest},
				{"file", "summary", reports, "--by", "month"},
				{"reconcile", "--reports", "damaged", "--since", "2026-11-20"},
				{"sync", "--to", fmt.Sprint("copied-", width), "--since", "2026-11-22"},
			} {
				shown, stderr, code := ofTerminal(t, s.environment, filepath.Dir(reports), width, false, args...)
				for line := range strings.Lines(shown) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > int(width) {
						t.Errorf("%v: a line takes %d columns: %s", args[:2], n, line)
					}
				}
				fmt.Fprintf(&session, "$ payreports %s\n%s%sexit code %d\n\n", strings.NewReplacer(newest, "settlement.csv", reports, "reports").Replace(strings.Join(args, " ")), shown, stderr, code)
			}
			golden(t, fmt.Sprintf("terminal-%d.txt", width), session.String())
		})
	}
}

func TestOnATerminal(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	list := []string{"reports", "list", "--since", "2026-11-20"}
	shown := onTerminal(t, s.environment, 60, list...)
	lines := strings.Split(strings.TrimSpace(shown), "\n")
	if !strings.Contains(shown, "\x1b[1mREPORTID ") || len(lines) != 8 || !strings.HasPrefix(lines[7], "columns left out, because the terminal is too narrow: startTime, ") {
		t.Errorf("a terminal shows\n%q", shown)
	}
	for _, line := range lines[1:6] {
		if utf8.RuneCountInString(line) > 60 || strings.Contains(line, "…") {
			t.Errorf("a terminal of 60 columns shows %q", line)
		}
	}
	if shown := onTerminal(t, s.with("NO_COLOR=1", "COLUMNS=500").environment, 60, list...); shown != s.ok(t, list...).stdout {
		t.Errorf("COLUMNS=500 shows %q", shown)
	}
	if shown := onTerminal(t, s.with("NO_COLOR=1").environment, 500, list...); strings.Contains(shown, "\x1b") || shown != s.ok(t, list...).stdout {
		t.Errorf("without colours a wide terminal shows %q", shown)
	}
	// What doctor says is needed whole, so it goes on below itself.
	readable := filepath.Join(t.TempDir(), "key.pem")
	if text, err := os.ReadFile(s.keyFile); err != nil || os.WriteFile(readable, text, 0o644) != nil {
		t.Fatal(err)
	}
	shown = onTerminal(t, s.with("AMAZON_PAY_PRIVATE_KEY="+readable).environment, 80, "doctor")
	for _, line := range strings.Split(shown, "\n") {
		if utf8.RuneCountInString(strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(line)) > 80 {
			t.Errorf("a terminal of 80 columns shows %q", line)
		}
	}
	if text := strings.Join(strings.Fields(shown), " "); !strings.Contains(text, "can be read by others (-rw-r--r--): chmod 600 it") || !strings.Contains(shown, "\n"+strings.Repeat(" ", 24)+"") {
		t.Errorf("a terminal of 80 columns shows\n%s", shown)
	}
	// Letters of two columns count as two.
	wide := filepath.Join(t.TempDir(), "wide.csv")
	if err := os.WriteFile(wide, []byte("name,store,note\n山田太郎,é,x\nann,b,"+strings.Repeat("山", 30)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := onTerminal(t, s.with("NO_COLOR=1").environment, 40, "file", "show", wide), "NAME      STORE  NOTE\n山田太郎  é      x\nann       b      "+
		strings.Repeat("山", 11)+"\n                 "+strings.Repeat("山", 11)+"\n                 "+strings.Repeat("山", 8)+"\n"; got != want {
		t.Errorf("a terminal of 40 columns shows\n%s\nwant\n%s", got, want)
	}
}

// What is logged stands above the line that tells how far a download is, and nothing of that line is left.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Speed: 100})
	s = s.with("NO_COLOR=1")
	dir := t.TempDir()
	id := reportIDs(t, s)[0]
	list := []string{"--type", "settlement", "--since", "2026-11-20"} // without the report that the test creates
	file := filepath.Join(dir, "report.csv")
	for name, test := range map[string]struct {
		args []string
		line string // what the progress line says
		last string // what is left on the last lines
	}{
		"sync": {
			append([]string{"sync", "--to", filepath.Join(dir, "reports"), "--concurrency", "1"}, list...),
			`[0-5] of 5 reports \([\d. ]+ k?B(, [\d. ]+ [kM]?B/s)?\) \[\d+s\]`, `\n5 new \(\d+ bytes\), 0 already present, 0 failed\n`,
		},
		"sync again": {
			append([]string{"sync", "--to", syncedTo(t, s, list)}, list...),
			`[0-5] of 5 reports \( 0 B\) \[\d+s\]`, `\r\x1b\[K0 new \(0 bytes\), 5 already present, 0 failed\n`,
		},
		"download": {
			[]string{"reports", "download", id, "--to", file},
			`report ` + id + ` \([\d. ]+ k?B(, [\d. ]+ [kM]?B/s)?\) \[\d+s\]`, `\d+ bytes written to [^\n]+\n[^\n]*\r\x1b\[K`,
		},
		"create": {
			[]string{"reports", "create", "--type", "refund", "--start", "2026-11-01", "--end", "2026-11-20", "--wait", "--download", filepath.Join(dir, "refunds.csv")},
			`report \d+ \([\d. ]+ k?B(, [\d. ]+ [kM]?B/s)?\) \[\d+s\]`, `\d+ bytes written to [^\n]+\n[^\n]*\r\x1b\[K`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, s.environment, 120, append(test.args, "--log-level", "debug")...)
			if !regexp.MustCompile(`\r\x1b\[K\S ` + test.line).MatchString(shown) {
				t.Errorf("no progress in %q", shown)
			}
			if !regexp.MustCompile(test.last + `$`).MatchString(shown) {
				t.Errorf("the end of %q is not %s", shown, test.last)
			}
			for line := range strings.Lines(shown) {
				if before, _, logged := strings.Cut(line, "time="); logged && before != "" && !strings.HasSuffix(before, "\r\x1b[K") {
					t.Errorf("a message stands beside %q", before)
				}
			}
			narrow := onTerminal(t, s.environment, 12, test.args...)
			for drawn := range strings.SplitSeq(narrow, "\r\x1b[K") {
				if drawn = drawn[strings.LastIndexByte(drawn, '\n')+1:]; utf8.RuneCountInString(drawn) > 11 {
					t.Errorf("a terminal of 12 columns shows %q", drawn)
				}
			}
		})
	}
	// What is downloaded to the terminal is not mixed with a progress line.
	if shown, want := onTerminal(t, s.environment, 120, "reports", "download", id, "--to", "-"), s.ok(t, "reports", "download", id, "--to", "-").stdout; shown != strings.ReplaceAll(want, "\r\n", "\n") {
		t.Errorf("a download to the terminal shows %q", shown)
	}
	// Nor is anything but messages written where standard error is no terminal.
	if _, stderr, _ := ofTerminal(t, s.environment, "", 120, false, append([]string{"sync", "--to", filepath.Join(t.TempDir(), "reports")}, list...)...); !strings.HasPrefix(stderr, "5 new (") {
		t.Errorf("standard error is %q", stderr)
	}
}

func reportIDs(t *testing.T, s *service) []string {
	t.Helper()
	var reports []struct{ ReportID string }
	if err := json.Unmarshal([]byte(s.ok(t, "reports", "list", "--since", "2026-11-20", "-o", "json").stdout), &reports); err != nil || len(reports) == 0 {
		t.Fatalf("%v, %v", reports, err)
	}
	var ids []string
	for _, report := range reports {
		ids = append(ids, report.ReportID)
	}
	return ids
}

// syncedTo is a directory that sync has filled with these reports.
func syncedTo(t *testing.T, s *service, list []string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "reports")
	s.ok(t, append([]string{"sync", "--to", dir}, list...)...)
	return dir
}
