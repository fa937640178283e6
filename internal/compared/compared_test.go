//go:build unix

package compared

import (
	"path/filepath"
	"testing"
)

// What a program says besides its version, such as the warnings of Debian's script for Chromium, isn't taken for one.
func TestVersionOf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, want string }{
		"alone":           {`echo 10.2`, "10.2"},
		"in a sentence":   {`echo "Chromium 156.0.8078.108 built on Debian 12"`, "156.0.8078.108"},
		"with a v":        {`echo v20.20.2`, "v20.20.2"},
		"before a comma":  {`echo "hledger 1.25, linux-x86_64"`, "1.25"},
		"after a warning": {`echo "9: [: 25276510208: unexpected operator" >&2; echo "Chromium 156.0"`, "156.0"},
		"on two lines":    {`echo "Ledger 3.2.2-20211001, the tool"; echo "Copyright 2003"`, "3.2.2-20211001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := VersionOf(t, "sh", "-c", test.script); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	if got := VersionOf(t, filepath.Join(t.TempDir(), "missing")); got != "" {
		t.Errorf("%q of a program that isn't there", got)
	}
}

func TestComparisonCounts(t *testing.T) {
	t.Parallel()
	c := &Comparison{counts: make(map[string]int)}
	if got := c.String(); got != "" {
		t.Errorf("%q before anything was compared", got)
	}
	c.Count(2, "calls")
	c.Count(3, "rows")
	c.Count(1, "calls")
	if got, want := c.String(), "3 calls, 3 rows"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
