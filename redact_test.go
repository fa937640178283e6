package payreports_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/amazonpay-go/payreports"
)

// each spells every character separately.
func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

func chain(steps ...func(string) string) func(string) string {
	return func(s string) string {
		for _, step := range steps {
			s = step(s)
		}
		return s
	}
}

func inJSON(s string) string {
	text, _ := json.Marshal(s)
	return string(text[1 : len(text)-1])
}

// wrapped breaks a text into lines.
func wrapped(end string) func(string) string {
	return func(s string) string {
		var lines []string
		for ; len(s) > 7; s = s[7:] {
			lines = append(lines, s[:7])
		}
		return strings.Join(append(lines, s), end)
	}
}

// spellings are ways in which a gateway, a proxy or a RoundTripper may write a secret.
var spellings = map[string]func(string) string{
	"as it is":               func(s string) string { return s },
	"JSON":                   inJSON,
	"JSON, slashes":          func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
	"JSON, every character":  each(`\u%04x`),
	"JSON, upper case":       each(`\u%04X`),
	"JSON in JSON":           chain(inJSON, inJSON),
	"JSON escapes in JSON":   chain(each(`\u%04x`), inJSON),
	"JavaScript bytes":       each(`\x%02x`),
	"JavaScript code points": each(`\u{%x}`),
	"octal":                  each(`\%03o`),
	"URL query":              url.QueryEscape,
	"URL path":               url.PathEscape,
	"URL, lower case": func(s string) string {
		return strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(url.QueryEscape(s))
	},
	"URL, every character": each(`%%%02X`),
	"URL, twice":           chain(url.QueryEscape, url.QueryEscape),
	"URL, three times":     chain(url.QueryEscape, url.QueryEscape, url.QueryEscape),
	"URL in JSON":          chain(url.QueryEscape, each(`\u%04x`)),
	"URL, old JavaScript":  each(`%%u%04x`),
	"plus read as space":   func(s string) string { return strings.ReplaceAll(s, "+", " ") },
	"HTML":                 html.EscapeString,
	"HTML, decimal":        each(`&#%d;`),
	"HTML, padded decimal": each(`&#%05d;`),
	"HTML, hexadecimal":    each(`&#x%x;`),
	"HTML, capital X":      each(`&#X%X;`),
	"HTML, no semicolons":  each(`&#%d`),
	"HTML, names": func(s string) string {
		return strings.NewReplacer("/", "&sol;", "+", "&plus;", "=", "&equals;", "&", "&amp;").Replace(s)
	},
	"HTML, twice":           chain(html.EscapeString, html.EscapeString),
	"HTML in JSON":          chain(html.EscapeString, inJSON),
	"URL in HTML":           chain(url.QueryEscape, each(`&#%d;`)),
	"upper case":            strings.ToUpper,
	"lower case":            strings.ToLower,
	"lines":                 wrapped("\n"),
	"lines in JSON":         wrapped(`\r\n`),
	"mail":                  wrapped("=\r\n"),
	"mail, every character": each(`=%02X`),
	"zero width spaces":     wrapped("\u200b"),
	"NUL bytes":             wrapped("\x00"),
	"tabs":                  wrapped("\t"),
	"base64":                func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 for URLs":       func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 of a header": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("x-amz-pay-authtoken: " + s + "\r\n"))
	},
	"base64 of a header, two":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("authtoken: " + s + "\r\n")) },
	"base64 of a form":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte("t=" + s)) },
	"base64, URL":              func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"alphabet of base64url":    func(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(s) },
	"hexadecimal":              func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEXADECIMAL":              func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"cut":                      func(s string) string { return s[:min(len(s)-3, 20)] },
	"quoted by Go":             func(s string) string { return fmt.Sprintf("%q", s) },
	"quoted by Go, then again": func(s string) string { return fmt.Sprintf("%q", fmt.Sprintf("%q", s)) },
}

// leaks returns a visible piece of the spelled secret. It ignores white space, because an error is one line.
func leaks(shown, spelled string) string {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || !unicode.IsPrint(r) {
				return -1
			}
			return r
		}, s)
	}
	shown, spelled = bare(shown), bare(spelled)
	const piece = 16
	for i := piece / 2; i+piece <= len(spelled)-piece/2; i++ { // the ends of base64 depend on the surrounding text
		if strings.Contains(shown, spelled[i:i+piece]) {
			return spelled[i : i+piece]
		}
	}
	return ""
}

// No error and no log line contains a secret of the call, however it is spelled and wherever it comes from.
func TestSecretsInAnySpelling(t *testing.T) {
	t.Parallel()
	const token = `atza|Tk/5ec7e7+Qw&Zx<9>"Gh=Lm/Op+Rs/Tu==`
	oops := errors.New("oops")
	ways := map[string]func(req *http.Request, spelled string) (*http.Response, error){
		"a RoundTripper's error": func(_ *http.Request, spelled string) (*http.Response, error) {
			return nil, fmt.Errorf("my transport: sent %s: %w", spelled, oops)
		},
		"the message": func(req *http.Request, spelled string) (*http.Response, error) {
			text, _ := json.Marshal("got " + spelled + " from you")
			return response(req, answer{status: 400, body: `{"reasonCode":"InvalidRequest","message":` + string(text) + `}`}), nil
		},
		"a page": func(req *http.Request, spelled string) (*http.Response, error) {
			return response(req, answer{status: 502, body: "<html>" + spelled, header: map[string]string{"Content-Type": "text/html"}}), nil
		},
		"another member": func(req *http.Request, spelled string) (*http.Response, error) {
			text, _ := json.Marshal(spelled)
			return response(req, answer{status: 400, body: `{"reasonCode":"InvalidRequest","echo":[` + string(text) + `]}`}), nil
		},
		"the request id": func(req *http.Request, spelled string) (*http.Response, error) {
			return response(req, answer{status: 400, body: `{"reasonCode":"InvalidRequest"}`, header: map[string]string{"x-amz-pay-request-id": spelled}}), nil
		},
		"an answer that can't be read": func(req *http.Request, spelled string) (*http.Response, error) {
			text, _ := json.Marshal(spelled)
			return response(req, answer{status: 200, body: `{"reports":[{"reportId":[` + string(text) + `]}]}`}), nil
		},
		"a cut answer": func(req *http.Request, spelled string) (*http.Response, error) {
			return response(req, answer{status: 200, cutBody: fmt.Errorf("cut after %s", spelled)}), nil
		},
	}
	secrets := map[string]func(*http.Request) string{
		"token":         func(*http.Request) string { return token },
		"authorization": func(req *http.Request) string { return req.Header.Get("Authorization") },
		"signature": func(req *http.Request) string {
			_, signature, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
			return signature
		},
	}
	for wayName, way := range ways {
		for secretName, secret := range secrets {
			t.Run(wayName+", "+secretName, func(t *testing.T) {
				t.Parallel()
				for name, spell := range spellings {
					var log strings.Builder
					spelled := ""
					var sent *http.Request
					client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
						sent = req
						s := secret(req)
						if secretName == "authorization" && name == "cut" {
							s = s[strings.Index(s, "Signature=")+10:] // the beginning isn't secret
						}
						spelled = spell(s)
						return way(req, spelled)
					}), payreports.WithAuthToken(token), payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1, BaseDelay: time.Nanosecond}),
						payreports.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
					err := list(t.Context(), client)
					var failure *payreports.Error
					if !errors.As(err, &failure) {
						t.Fatalf("%s: error %v", name, err)
					}
					shown := strings.Join([]string{err.Error(), failure.ReasonCode, failure.Message, failure.RequestID, string(failure.Body), fmt.Sprintf("%+v %q", errors.Unwrap(err), errors.Unwrap(err)), log.String()}, "\n")
					if _, signature, _ := strings.Cut(spelled, "Signature="); secretName == "authorization" && signature != "" {
						spelled = signature
					}
					if strings.Contains(name, "base64 of a") { // the beginning isn't secret
						spelled = spelled[max(0, len(spelled)-len(secret(sent))*4/3):]
					}
					if piece := leaks(shown, spelled); piece != "" {
						t.Errorf("%s: %q is shown in\n%s", name, piece, shown)
					}
					if strings.HasPrefix(wayName, "a RoundTripper") && (!errors.Is(err, oops) || !strings.Contains(err.Error(), "my transport")) {
						t.Errorf("%s: error %v: the cause is lost", name, err)
					}
				}
			})
		}
	}
}

// Text that isn't a secret isn't changed.
func TestRedactingLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		`100% of 50%25 \u0041 &amp; C:\new\table =3D a\/b`, "the token is bad", "AMZN-PAY-RSASSA-PSS-V2 is the algorithm", strings.Repeat("a token ", 40),
	} {
		text, _ := json.Marshal(message)
		s := newScript(t, answer{status: 400, body: `{"message":` + string(text) + `}`})
		err := list(t.Context(), newClient(t, s, payreports.WithAuthToken("atza|Tk/5ec7e7+Qw")))
		var failure *payreports.Error
		if !errors.As(err, &failure) || failure.Message != strings.TrimSpace(message) {
			t.Errorf("error %v, want the message %q", err, message)
		}
	}
}

// Text from the service or a proxy can't control a terminal or take more than one line.
func TestMessagesAreText(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{"\x1b[31m", "\x1b]0;title\a", "\u009b31m", "\u202e", "\u2066", "\u200f", "\r\n", "\u2028", "\x7f", "\x00", "\b\b", "\ufeff", "\U000e0041"} {
		text, _ := json.Marshal("a" + odd + "b")
		s := newScript(t, answer{status: 400, body: `{"reasonCode":` + string(text) + `,"message":` + string(text) + `}`, header: map[string]string{"x-amz-pay-request-id": "a" + odd + "b", "Content-Type": "a" + odd + "b"}})
		err := list(t.Context(), newClient(t, s))
		var failure *payreports.Error
		if !errors.As(err, &failure) {
			t.Fatalf("error %v", err)
		}
		for _, shown := range []string{err.Error(), failure.ReasonCode, failure.Message, failure.RequestID} {
			if strings.ContainsFunc(shown, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }) {
				t.Errorf("%q: %q is shown", odd, shown)
			}
		}
	}
}
