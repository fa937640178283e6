package payreports

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const redacted = "REDACTED"

// spellingLayers is how many times a text may have been escaped. A URL in JSON in HTML is three.
const spellingLayers = 4

// maxRedacted limits the text that is searched for secrets. The rest is cut off.
const maxRedacted = 64 << 10

// redact removes secrets from a text, however they are escaped. It also removes what looks like one: an echoed signature, and the query of a
// URL, which may be pre-signed or contain a page token.
func redact(text string, secrets []string) string {
	text = cutText(text, maxRedacted)
	text = mask(text, secrets)
	text = echoedSignature.ReplaceAllString(text, "${1}"+redacted)
	text = queryOfURL.ReplaceAllString(text, "${1}"+redacted)
	return signedQuery.ReplaceAllString(text, "${1}"+redacted)
}

// echoedSignature finds the signature in the service's message about a refused signature:
// "Unable to verify signature, signing String [...], signature [...]".
var echoedSignature = regexp.MustCompile(`(?i)(signature["']?\s*[\[:=]\s*["']?)[A-Za-z0-9+/=_%\\-]{16,}`)

// queryOfURL finds the query of a URL that a response or an error quotes. signedQuery finds the pre-signed parameters of a URL that was cut.
var (
	queryOfURL  = regexp.MustCompile(`(?i)((?:\\?/){2}[^\s"'<>?]+\?)[^\s"'<>]+`)
	signedQuery = regexp.MustCompile(`(?i)(x-amz-(?:signature|credential|security-token)=)[^&\s"'<>]+`)
)

// mask replaces the secrets in a text. It undoes escapes layer by layer and searches each layer, ignoring case, white space and unprintable
// characters.
func mask(text string, secrets []string) string {
	patterns := spellings(secrets)
	if len(patterns) == 0 {
		return text
	}
	hidden := make([]bool, len(text))
	found := false
	for _, escapes := range []*regexp.Regexp{escapedCharacter, quotedPrintable} {
		current := letters(text)
		for layer := 0; layer <= spellingLayers; layer++ {
			bare := current.bare()
			for _, p := range patterns {
				found = bare.hide(p, hidden) || found
			}
			next := current.unescaped(escapes)
			if bytes.Equal(next.text, current.text) {
				break
			}
			current = next
		}
	}
	if !found {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			b.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(redacted)
		}
	}
	return b.String()
}

// spelling is a text to search for. The beginning of a long secret is enough, because an echo may be cut.
type spelling struct {
	text  []byte
	least int
}

// leastPrefix is how many characters of a secret's beginning are enough to recognize it.
const leastPrefix = 12

// spellings returns the secrets, and the secrets in encodings that don't work character by character.
func spellings(secrets []string) []spelling {
	var all []spelling
	add := func(text string, least int) {
		if bare := letters(text).bare().text; len(bare) > 0 {
			all = append(all, spelling{bare, min(least, len(bare))})
		}
	}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		least := leastPrefix
		if strings.HasPrefix(secret, authorizationScheme) {
			least = len(secret) // its beginning isn't secret
		}
		add(secret, least)
		add(strings.ReplaceAll(secret, " ", "+"), least)                    // as a form writes it
		add(strings.ReplaceAll(secret, "+", " "), least)                    // as a form reads it
		add(strings.NewReplacer("+", "-", "/", "_").Replace(secret), least) // base64url
		add(hex.EncodeToString([]byte(secret)), 2*least)
		if decoded, err := base64.StdEncoding.DecodeString(secret); err == nil {
			add(hex.EncodeToString(decoded), 2*leastPrefix)
		}
		for shift := range 3 { // the secret may have been encoded as part of a longer text
			encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
			whole := encoded[(8*shift+5)/6 : 8*(shift+len(secret))/6] // the digits at the ends depend on the surrounding text
			if len(whole) >= 8 {
				add(whole, 2*leastPrefix)
				add(strings.NewReplacer("+", "-", "/", "_").Replace(whole), 2*leastPrefix)
			}
		}
	}
	return all
}

// authorizationScheme begins the value of the Authorization header.
const authorizationScheme = "AMZN-PAY-RSASSA-PSS"

// spelled is a text with the position of each byte in the original.
type spelled struct {
	text       []byte
	start, end []int
}

func letters(text string) spelled {
	s := spelled{text: []byte(text), start: make([]int, len(text)), end: make([]int, len(text))}
	for i := range len(text) {
		s.start[i], s.end[i] = i, i+1
	}
	return s
}

func (s *spelled) add(b byte, start, end int) {
	s.text, s.start, s.end = append(s.text, b), append(s.start, start), append(s.end, end)
}

// bare removes white space and unprintable characters, and converts to lower case.
func (s spelled) bare() spelled {
	var bare spelled
	for i := 0; i < len(s.text); {
		r, size := utf8.DecodeRune(s.text[i:])
		if r == utf8.RuneError || !unicode.IsSpace(r) && unicode.IsPrint(r) {
			for j := i; j < i+size; j++ {
				c := s.text[j]
				if 'A' <= c && c <= 'Z' {
					c += 'a' - 'A'
				}
				bare.add(c, s.start[j], s.end[j])
			}
		}
		i += size
	}
	return bare
}

// hide marks where the text contains the secret or its beginning.
func (s spelled) hide(secret spelling, hidden []bool) bool {
	found := false
	for from := 0; ; {
		at := bytes.Index(s.text[from:], secret.text[:secret.least])
		if at < 0 {
			return found
		}
		at += from
		end := at + secret.least
		for n := secret.least; n < len(secret.text) && end < len(s.text) && s.text[end] == secret.text[n]; n++ {
			end++
		}
		for i := s.start[at]; i < s.end[end-1]; i++ {
			hidden[i] = true
		}
		found, from = true, end
	}
}

// escapedCharacter finds one character escaped for JSON, JavaScript, URLs or HTML. quotedPrintable is for mail. It is separate, because text
// after any = can look like it.
var (
	escapedCharacter = regexp.MustCompile(`^(?:\\+(?:u\{0*[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-7]{3}|[nrtbf]|[^0-9A-Za-z])|%u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|&#0*[0-9]{1,7};?|&#[xX]0*[0-9a-fA-F]{1,6};?|&[A-Za-z]{2,31};)`)
	quotedPrintable  = regexp.MustCompile(`^=(?:[0-9A-F]{2}|\r?\n)`)
)

// unescaped undoes one layer of escapes.
func (s spelled) unescaped(escapes *regexp.Regexp) spelled {
	var plain spelled
	for i := 0; i < len(s.text); {
		length := 0
		if strings.IndexByte(`\%=&`, s.text[i]) >= 0 {
			length = len(escapes.Find(s.text[i:min(len(s.text), i+64)]))
		}
		if length == 0 {
			plain.add(s.text[i], s.start[i], s.end[i])
			i++
			continue
		}
		for _, c := range []byte(unescape(string(s.text[i : i+length]))) {
			plain.add(c, s.start[i], s.end[i+length-1])
		}
		i += length
	}
	return plain
}

// unescape returns what one escape stands for.
func unescape(escape string) string {
	digits, base := "", 16
	switch body := strings.TrimLeft(escape, `\`); {
	case escape[0] == '&':
		return html.UnescapeString(strings.TrimSuffix(escape, ";") + ";")
	case strings.HasSuffix(escape, "\n"):
		return ""
	case escape[0] != '\\':
		digits = strings.TrimPrefix(escape[1:], "u")
	case body == "": // a backslash that is escaped
		return `\`
	case body[0] == 'u' || body[0] == 'x':
		digits = strings.Trim(body[1:], "{}")
	case '0' <= body[0] && body[0] <= '7':
		digits, base = body, 8
	case strings.ContainsAny(body[:1], "nrtbf"):
		return " "
	default:
		return body
	}
	code, err := strconv.ParseUint(digits, base, 21)
	if err != nil {
		return escape
	}
	return string(rune(code))
}

// masked removes secrets from an error of a RoundTripper, of a key, or of reading a response, and from the errors that it wraps. It also removes
// the URL of a *url.Error, and cuts very long texts.
func masked(err error, secrets ...string) error {
	for {
		wrapped, ok := err.(*url.Error) //nolint:errorlint // one level at a time, so that the texts of other errors are kept
		if !ok {
			break
		}
		err = wrapped.Err
	}
	text := err.Error()
	if cleaned := redact(text, secrets); cleaned != text {
		return &maskedError{err, cleaned}
	}
	return err
}

// maskedError wraps an error whose text contains a secret. Its own text doesn't.
type maskedError struct {
	err  error
	text string
}

func (e *maskedError) Error() string        { return e.text }
func (e *maskedError) Is(target error) bool { return errors.Is(e.err, target) }

// As finds the wrapped errors, except for a *url.Error, which contains the URL.
func (e *maskedError) As(target any) bool {
	if _, ok := target.(**url.Error); ok {
		return false
	}
	return errors.As(e.err, target)
}

// oneLine makes untrusted text safe for one line of a log or a terminal: it removes control characters and those that change the text's direction.
func oneLine(s string, limit int) string {
	s = cutText(s, 8*limit) // before it is copied: a service may send megabytes
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '?'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		default:
			return r
		}
	}, s)
	return cutText(strings.Join(strings.Fields(s), " "), limit)
}

func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
