package signing_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/signing"
)

// A percent sign is an escape only before two hexadecimal digits. This tests all bytes against package
// net/url.
func TestCanonicalEscapesAtTheEdgeOfHexDigits(t *testing.T) {
	t.Parallel()
	encode := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	for c := range 256 {
		digit := string([]byte{byte(c)})
		if strings.Contains("&=+/?#", digit) {
			continue // these end a name, a value or a segment
		}
		for _, text := range []string{"%4" + digit, "%" + digit + "4", "%" + digit, "%" + digit + digit} {
			want := encode(text)
			if decoded, err := url.PathUnescape(text); err == nil {
				want = encode(decoded)
			}
			if got := signing.CanonicalQuery("name=" + text); got != "name="+want {
				t.Errorf("in a value, %q is %q, want %q", text, got, want)
			}
			if got := signing.CanonicalQuery(text + "=value"); got != want+"=value" {
				t.Errorf("in a name, %q is %q, want %q", text, got, want)
			}
			if got := signing.CanonicalPath("/v2/" + text); got != "/v2/"+want {
				t.Errorf("in a path, %q is %q, want %q", text, got, want)
			}
		}
	}
}
