package main_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// Of two files for a flag that takes one, none is left out silently.
func TestFileFlagsAreGivenOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	first, second := writeFile(t, "first", "[]"), writeFile(t, "second", "[]")
	for _, test := range []struct{ command, flag string }{
		{"reconcile --offline --reports x.csv", "--disbursements"},
		{"statement --offline --reports x.csv", "--disbursements"},
		{"journal --reports x.csv", "--chart"},
	} {
		args := append(strings.Fields(test.command), test.flag, first, test.flag, second)
		if got := s.run(t, args...); got.code != 2 || !strings.Contains(got.stderr, "give one file: it is "+first+" already") {
			t.Errorf("%v: exit code %d: %s", args, got.code, got.stderr)
		}
		args[len(args)-1] = first
		if got := s.run(t, args...); strings.Contains(got.stderr, "give one file") {
			t.Errorf("%v: exit code %d: %s", args, got.code, got.stderr)
		}
	}
}
