package statement

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/reconcile"
)

// What files and people say can't reorder or hide what a reader sees: such characters are written as Go does.
func TestTextsAreVisible(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"a right-to-left override": {"\u202e00.01", `\u202e00.01`},
		"an isolate":               {"1\u20672\u2069", `1\u20672\u2069`},
		"an embedding":             {"\u202bB\u202c", `\u202bB\u202c`},
		"a right-to-left mark":     {"5\u200f-3", `5\u200f-3`},
		"a zero width space":       {"10\u200b01", `10\u200b01`},
		"a soft hyphen":            {"10\u00ad01", `10\u00ad01`},
		"an escape":                {"\x1b[2J", `\x1b[2J`},
		"a tag":                    {"1001\U000e0041", `1001\U000e0041`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := write(t, filled(t, Options{Title: test.text}, entry(test.text, "2026-11-01T00:00:00Z", test.text, test.text, "EUR", "1.00", "0", "0")), &reconcile.Results{
				Settlements: []reconcile.SettlementResult{{Status: reconcile.NoDisbursement, SettlementID: test.text, Detail: test.text, File: test.text}},
				Orders:      []reconcile.OrderResult{{Status: reconcile.NoOrder, OrderID: test.text}},
				Bank:        []reconcile.BankResult{{Status: reconcile.NoDisbursement, File: test.text, Detail: test.text}},
			})
			if strings.Contains(page, test.text) || strings.Count(page, test.want) < 8 {
				t.Errorf("the page has the text as it is %d times, and %s %d times", strings.Count(page, test.text), test.want, strings.Count(page, test.want))
			}
		})
	}
	for name, text := range map[string]string{"Arabic": "متجر", "Persian with a non-joiner": "می\u200cخواهم", "emoji": "👩\u200d💻", "spaces": "1\u202f234\u00a0€", "Japanese": "例の店　本店"} {
		if page := write(t, filled(t, Options{Title: text}, entry("1", "2026-11-01T00:00:00Z", text, "Capture", "EUR", "1.00", "0", "0")), nil); !strings.Contains(page, "<h1>"+text+"</h1>") {
			t.Errorf("%s: it isn't on the page", name)
		}
	}
}
