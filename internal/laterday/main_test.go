package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 18, 30, 15, 400_000_000, time.UTC)
	for name, test := range map[string]struct {
		ahead time.Duration
		at    string
		want  string // what the clock then shows; "" is an error
	}{
		"a distance":              {ahead: 40 * 24 * time.Hour, want: "2027-01-05T18:30:15Z"},
		"back":                    {ahead: -48 * time.Hour, want: "2026-11-24T18:30:15Z"},
		"a date":                  {at: "2028-02-29", want: "2028-02-29T18:30:15Z"},
		"a time":                  {at: "2026-12-31T23:59:30Z", want: "2026-12-31T23:59:30Z"},
		"a time elsewhere":        {at: "2027-01-01T08:59:30+09:00", want: "2026-12-31T23:59:30Z"},
		"neither":                 {},
		"both":                    {ahead: time.Hour, at: "2028-02-29"},
		"no such day":             {at: "2027-02-29"},
		"no date":                 {at: "tomorrow"},
		"today":                   {at: "2026-11-26"},
		"less than half a second": {ahead: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shift, err := distance(test.ahead, test.at, now)
			if test.want == "" {
				if err == nil {
					t.Errorf("%v, want an error", shift)
				}
				return
			}
			if got := now.Add(shift).Round(time.Second).Format(time.RFC3339); got != test.want || err != nil {
				t.Errorf("%s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestShiftNow(t *testing.T) {
	t.Parallel()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	shifted, err := shiftNow(string(source))
	if err != nil || strings.Count(shifted, "\t\tsec += laterdaySeconds\n") != 1 {
		t.Errorf("%d bytes, %v", len(shifted), err)
	}
	for name, text := range map[string]string{
		"no func Now":         strings.Replace(string(source), "func Now() Time {", "func Now2() Time {", 1),
		"another clock":       strings.ReplaceAll(string(source), "runtimeNow()", "kernelNow()"),
		"an empty file":       "",
		"the clock elsewhere": "\nfunc Now() Time {\n\treturn Time{}\n}\n\nfunc f() {\n\tsec, nsec, mono := runtimeNow()\n}\n",
	} {
		if shifted, err := shiftNow(text); err == nil {
			t.Errorf("%s: %d bytes and no error", name, len(shifted))
		}
	}
}

// A clock that didn't move is noticed.
func TestProve(t *testing.T) {
	t.Parallel()
	if _, err := prove(t.Context(), t.TempDir(), os.Environ(), 1000*time.Hour); err == nil || !strings.Contains(err.Error(), "the overlay didn't move the clock") {
		t.Errorf("%v", err)
	}
}
