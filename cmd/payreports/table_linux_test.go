package main_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports/simulator"
)

// figures are the words with a digit: amounts, ids, and the parts of times. Wide letters can stand on other lines.
func figures(text string) map[string]bool {
	words := make(map[string]bool)
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Han, unicode.Hiragana) }) {
		if strings.ContainsFunc(word, unicode.IsDigit) {
			words[word] = true
		}
	}
	return words
}

// Whatever the width, amounts, ids and times are whole, or left out with their column, which is told.
func TestNothingIsCutOnATerminal(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	s = s.with("NO_COLOR=1")
	newest := settlementFiles(dir)[2]
	spaced := writeFile(t, "spaced.csv", "when,amount,note\n2026-11-24 07:00:00 +09:00,1 250.00,paid in November 2026 by bank transfer\n"+
		"2026-11-25 07:00:00 +09:00,-17 431 250.00,注文番号1234567890の支払い\n")
	for name, test := range map[string]struct {
		args  []string
		whole map[string][]string // by column; the column "" is never left out
	}{
		"reports":       {[]string{"reports", "list", "--since", "2026-11-22"}, map[string][]string{"": {"50000000090", "50000000089", "50000000088"}}},
		"disbursements": {[]string{"disbursements", "list", "--since", "2026-11-20", "--until", "2026-11-22"}, map[string][]string{"": {"6755.61", "8771.77", "2052.77"}}},
		"show":          {[]string{"file", "show", newest}, map[string][]string{"": {"2.95", "1160.94", "-6908.38"}, "TransactionPostedDate": {"2026-11-23T11:30:17 -0700"}}},
		"summary":       {[]string{"file", "summary", newest}, map[string][]string{"": {"6912.13", "-3.81", "0.06", "-6908.38"}}},
		"spaces": {[]string{"file", "show", spaced}, map[string][]string{
			"": {"2026-11-24 07:00:00 +09:00", "2026-11-25 07:00:00 +09:00"}, "amount": {"1 250.00", "-17 431 250.00"}, "note": {"1234567890", "November 2026 by"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			full := s.ok(t, test.args...).stdout
			header, _, _ := strings.Cut(full, "\n")
			for _, width := range []uint16{1, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 79, 80, 100, 120, 132, 160, 199, 250, 400} {
				shown, stderr, code := ofTerminal(t, s.environment, "", width, false, test.args...)
				var leftOut []string
				if names, ok := strings.CutPrefix(stderr, "columns left out, because the terminal is too narrow: "); ok {
					names, _, _ = strings.Cut(names, ";")
					leftOut = strings.Split(names, ", ")
				} else if stderr != "" || code != 0 {
					t.Fatalf("%d columns: exit code %d: %s", width, code, stderr)
				}
				for word := range figures(shown) {
					if !figures(full)[word] {
						t.Errorf("%d columns show %q, which is a part of something:\n%s", width, word, shown)
					}
				}
				for column, texts := range test.whole {
					for _, text := range texts {
						if !slices.Contains(leftOut, column) && !strings.Contains(shown, text) {
							t.Errorf("%d columns don't show %s:\n%s", width, text, shown)
						}
					}
				}
				for line := range strings.Lines(shown) {
					if n := displayWidth(strings.TrimSuffix(line, "\n")); n > int(width) && len(strings.Fields(header))-len(leftOut) > 1 {
						t.Errorf("%d columns, and a line takes %d: %s", width, n, line)
					}
				}
				if width == 400 && (leftOut != nil || shown != full) {
					t.Errorf("400 columns show\n%s%s", shown, stderr)
				}
			}
		})
	}
}

func displayWidth(line string) int {
	n := utf8.RuneCountInString(line)
	for _, r := range line {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Hangul) {
			n++
		}
	}
	return n
}

// The first thousand rows decide which columns there are, and all rows are printed.
func TestLongTableOnATerminal(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{}).with("NO_COLOR=1")
	var rows strings.Builder
	rows.WriteString("number,name,remark\n")
	for i := range 2500 {
		remark := "short"
		if i >= 1000 {
			remark = strings.Repeat("long ", 20)
		}
		name := "n"
		if i == 2400 {
			name = strings.Repeat("N", 50)
		}
		fmt.Fprintf(&rows, "%d,%s,%s\n", 1000000+i, name, remark)
	}
	shown, stderr, code := ofTerminal(t, s.environment, "", 40, false, "file", "show", writeFile(t, "long.csv", rows.String()))
	if code != 0 || stderr != "" || strings.Count(shown, "NUMBER") != 1 || strings.Count(shown, "REMARK") != 1 {
		t.Errorf("exit code %d, %s, %d headers", code, stderr, strings.Count(shown, "NUMBER"))
	}
	numbers := make(map[string]bool)
	for word := range figures(shown) {
		numbers[word] = true
	}
	if len(numbers) != 2500 {
		t.Errorf("%d rows, want 2500: %v", len(numbers), slices.Sorted(maps.Keys(numbers))[:3])
	}
	if !strings.Contains(shown, strings.Repeat("N", 50)) {
		t.Error("a word that is wider than its column was cut")
	}
	lines := strings.Split(shown, "\n")
	if first := "1001000  n     long long long long long"; !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, first) }) {
		t.Errorf("a text of the second batch isn't wrapped: %q", lines[1001:1003])
	}
}

// Rows are printed while the file is still being written.
func TestTableOfAnEndlessFile(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "rows.csv")
	makePipe(t, pipe)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a command that waits for the end would wait for ever
	defer cancel()
	command := exec.CommandContext(ctx, binary, "file", "show", pipe)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("number,name\n")
	for i := range 20_000 {
		fmt.Fprintf(&rows, "%d,n\n", i)
	}
	written := make(chan error, 1)
	go func() {
		_, err := file.WriteString(rows.String())
		written <- err
	}()
	lines := bufio.NewScanner(out)
	count := 0
	for ; count < 10_001 && lines.Scan(); count++ { // the last of which the command may hold back until the file ends
	}
	if count != 10_001 || lines.Text() != "9999    n" {
		t.Errorf("%d lines, the last of which is %q", count, lines.Text())
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	file.Close()
	for ; lines.Scan(); count++ {
	}
	if err := command.Wait(); err != nil || count != 20_001 {
		t.Errorf("%d lines, %v", count, err)
	}
}

// The names of a file's columns are as hostile as its cells.
func TestHostileHeader(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{}).with("NO_COLOR=1")
	file := writeFile(t, "hostile.csv", "\"na\x1b[2Jme\u202e\",\"b\"\n\"x\x1b]0;owned\a\",\"y\"\n")
	for _, width := range []uint16{5, 20, 200} {
		shown, stderr, code := ofTerminal(t, s.environment, "", width, false, "file", "show", file)
		if found := invisible(shown + stderr); found != "" || code != 0 {
			t.Errorf("exit code %d, %d columns show %s", code, width, found)
		}
	}
}

// Wide letters take two columns in every locale, and others one.
func TestWideLettersOnATerminal(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{}).with("NO_COLOR=1")
	file := writeFile(t, "wide.csv", "shop,id\n山田太郎,1\nｱｲｳ,2\nＡＢ,3\né…ø,4\nе\u0301,5\n한국어,6\n")
	want := "SHOP      ID\n山田太郎  1\nｱｲｳ       2\nＡＢ      3\né…ø       4\nе\u0301         5\n한국어    6\n"
	for _, locale := range []string{"C", "C.UTF-8", "ja_JP.UTF-8", "zh_CN.GB18030", "ko_KR.EUC-KR"} {
		at := s.with("LC_ALL="+locale, "LANG="+locale)
		if shown := onTerminal(t, at.environment, 80, "file", "show", file); shown != want {
			t.Errorf("%s: a terminal shows\n%swant\n%s", locale, shown, want)
		}
		if got := at.ok(t, "file", "show", file).stdout; got != want {
			t.Errorf("%s: a pipe gets\n%swant\n%s", locale, got, want)
		}
	}
}
