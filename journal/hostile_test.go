package journal_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/journal"
)

// The texts of a report are a stranger's. None of them adds a booking or a posting, or ends the text that it is written into.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const booking = "\n\n2030-03-01 FORGED\n    FORGED:A  1.00 USD\n    FORGED:B\n"
	for name, text := range map[string]string{
		"a booking":          "X" + booking,
		"carriage returns":   strings.ReplaceAll("X"+booking, "\n", "\r"),
		"line separators":    strings.ReplaceAll("X"+booking, "\n", "\u2028"),
		"next lines":         strings.ReplaceAll("X"+booking, "\n", "\u0085"),
		"a quote first":      `X""` + booking,
		"a backslash first":  `X\` + booking,
		"a closing bracket":  "X) FORGED ;" + booking,
		"an included file":   "X\ninclude /etc/passwd\n",
		"a plugin":           "X\nplugin \"\"os\"\"\n",
		"an escape sequence": "X\x1b[2J" + booking,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, column := range []string{"ORDER-1001", "P01-1-C1", "9001", `"Refund"`} {
				want := strings.Trim(column, `"`)
				file := strings.ReplaceAll(twoSettlements, column, strings.ReplaceAll(column, want, want+text))
				for _, format := range journal.Formats() {
					for _, per := range []journal.Granularity{journal.PerSettlement, journal.PerTransaction} {
						got, _ := write(t, journal.Options{Format: format, Per: per}, file)
						calm, _ := write(t, journal.Options{Format: format, Per: per}, strings.ReplaceAll(twoSettlements, column, strings.ReplaceAll(column, want, want+"X")))
						if a, b := strings.Count(got, "\n"), strings.Count(calm, "\n"); a != b {
							t.Errorf("%s in %s, %s per %s: %d lines, want %d", name, column, format, per, a, b)
						}
						for line := range strings.Lines(got) {
							if at := strings.TrimSpace(line); strings.HasPrefix(at, "FORGED") || strings.HasPrefix(at, "include") || strings.HasPrefix(at, "plugin") || strings.ContainsAny(line, "\x1b\r\u2028\u0085") {
								t.Errorf("%s in %s, %s per %s: %q", name, column, format, per, line)
							}
						}
					}
				}
			}
		})
	}
}
