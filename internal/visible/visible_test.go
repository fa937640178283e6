package visible_test

import (
	"testing"

	"github.com/amazonpay-go/payreports/internal/visible"
)

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "",
		"Example Shop":         "Example Shop",
		"متجر 例の店 👩\u200d💻":    "متجر 例の店 👩\u200d💻",
		"a\nb\r\tc":            `a\nb\r\tc`,
		"\x1b[2J":              `\x1b[2J`,
		"\u202e10.00\u202c":    `\u202e10.00\u202c`,
		"10\u200b\u00ad01":     `10\u200b\u00ad01`,
		"a\x80\xffb":           `a\x80\xffb`,
		"\U000e0041":           `\U000e0041`,
		"\ufeffbegins so":      `\ufeffbegins so`,
		"1001\u3164":           `1001\u3164`,
		"\u115f\u1160\uffa0":   `\u115f\u1160\uffa0`,
		"10\u28001":            `10\u28001`,
		"1\u034f0\u17b4\u17b5": `1\u034f0\u17b4\u17b5`,
		"한국 ⠁ é ☎\ufe0f":       "한국 ⠁ é ☎\ufe0f",
		"a\u2028b\u2029\x00":   `a\u2028b\u2029\x00`,
	} {
		if got := visible.Text(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
