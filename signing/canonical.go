package signing

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// Algorithm is the name of a signature algorithm, as in the Authorization header and in the string to sign.
type Algorithm string

// The algorithms. The canonical request is the same for both.
const (
	// AlgorithmV2 uses a salt of 32 bytes. [Signer] uses this algorithm.
	AlgorithmV2 Algorithm = "AMZN-PAY-RSASSA-PSS-V2"
	// AlgorithmV1 uses a salt of 20 bytes. It is the default of the official SDKs. [Verifier] accepts it.
	AlgorithmV1 Algorithm = "AMZN-PAY-RSASSA-PSS"
)

// saltLength returns the length of the salt in bytes, or 0 for an unknown algorithm.
func (a Algorithm) saltLength() int {
	switch a {
	case AlgorithmV2:
		return 32
	case AlgorithmV1:
		return 20
	default:
		return 0
	}
}

// HashBody returns the SHA-256 of a request's body as 64 lower-case hexadecimal digits. Pass nil for a request without a body.
func HashBody(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// CanonicalPath returns the canonical form of an escaped URL path, such as url.URL.EscapedPath returns. Each segment is decoded and encoded again,
// so that only RFC 3986's unreserved characters are unescaped. Repeated slashes are collapsed, and a leading slash is added. "%2F" in a segment
// stays "%2F". Invalid percent-encoding is taken literally. Dot segments are kept.
func CanonicalPath(escapedPath string) string {
	if isCanonicalPath(escapedPath) {
		return escapedPath
	}
	var b strings.Builder
	b.Grow(len(escapedPath) + 16)
	for segment := range strings.SplitSeq(escapedPath, "/") {
		if segment == "" {
			continue
		}
		b.WriteByte('/')
		writeEncoded(&b, segment, false)
	}
	if b.Len() == 0 || strings.HasSuffix(escapedPath, "/") {
		b.WriteByte('/')
	}
	return b.String()
}

// isCanonicalPath recognizes the usual case, which needs no new string.
func isCanonicalPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := range len(path) {
		if c := path[i]; !unreserved[c] && (c != '/' || i > 0 && path[i-1] == '/') {
			return false
		}
	}
	return true
}

// CanonicalQuery returns the canonical form of a raw query, such as url.URL.RawQuery. Names and values are decoded, with + as a space, and encoded
// again as in [CanonicalPath]. Pairs without a value are removed. The others are sorted by encoded name, then by encoded value.
func CanonicalQuery(rawQuery string) string { return canonicalQuery(rawQuery, false) }

// canonicalQuery can keep pairs without a value, as name=, because some official SDKs sign them.
func canonicalQuery(rawQuery string, keepEmpty bool) string {
	if rawQuery == "" {
		return ""
	}
	type pair struct{ name, value string }
	var pairs []pair
	size := 0
	for field := range strings.SplitSeq(rawQuery, "&") {
		name, value, _ := strings.Cut(field, "=")
		if value == "" && (name == "" || !keepEmpty) {
			continue
		}
		p := pair{encodeQuery(name), encodeQuery(value)}
		size += len(p.name) + len(p.value) + 2
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	var b strings.Builder
	b.Grow(size)
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}

func encodeQuery(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || !unreserved[r] }) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	writeEncoded(&b, s, true)
	return b.String()
}

// writeEncoded decodes and encodes again, byte by byte.
func writeEncoded(b *strings.Builder, escaped string, plusIsSpace bool) {
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		switch {
		case c == '%' && i+2 < len(escaped) && isHex(escaped[i+1]) && isHex(escaped[i+2]):
			c = unhex(escaped[i+1])<<4 | unhex(escaped[i+2])
			i += 2
		case c == '+' && plusIsSpace:
			c = ' '
		}
		writeByte(b, c)
	}
}

func writeByte(b *strings.Builder, c byte) {
	if unreserved[c] {
		b.WriteByte(c)
		return
	}
	const digits = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(digits[c>>4])
	b.WriteByte(digits[c&15])
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		table[c] = true
	}
	return table
}()

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

// CanonicalValue returns a header value as it is signed: without leading and trailing spaces and tabs, and with one space for each run of them.
func CanonicalValue(value string) string {
	value = strings.Trim(value, " \t")
	if !strings.ContainsRune(value, '\t') && !strings.Contains(value, "  ") {
		return value
	}
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}

// CanonicalRequest returns the canonical request. It doesn't change path and query: use [CanonicalPath] and [CanonicalQuery]. signedHeaders are
// header names in any case and order. Each appears once, with its canonical values joined by commas. A name that header doesn't have gets an empty
// value. bodyHash is the result of [HashBody].
func CanonicalRequest(method, path, query string, header http.Header, signedHeaders []string, bodyHash string) string {
	return canonicalRequest(method, path, query, header, canonicalNames(signedHeaders), bodyHash)
}

// canonicalNames returns the names in lower case and sorted, without duplicates.
func canonicalNames(names []string) []string {
	canonical := make([]string, len(names))
	for i, name := range names {
		canonical[i] = strings.ToLower(name)
	}
	slices.Sort(canonical)
	return slices.Compact(canonical)
}

// canonicalRequest doesn't change the order or the case of the names, because some clients sign them that way.
func canonicalRequest(method, path, query string, header http.Header, names []string, bodyHash string) string {
	var b strings.Builder
	b.Grow(512 + len(path) + len(query))
	b.WriteString(method)
	b.WriteByte('\n')
	b.WriteString(path)
	b.WriteByte('\n')
	b.WriteString(query)
	b.WriteByte('\n')
	for _, name := range names {
		b.WriteString(strings.ToLower(name))
		b.WriteByte(':')
		for i, value := range header[http.CanonicalHeaderKey(name)] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(CanonicalValue(value))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
	}
	b.WriteByte('\n')
	b.WriteString(bodyHash)
	return b.String()
}

// StringToSign returns the text that is signed for a canonical request: the algorithm's name, a line feed, and the request's SHA-256.
func StringToSign(algorithm Algorithm, canonicalRequest string) string {
	return string(algorithm) + "\n" + HashBody([]byte(canonicalRequest))
}
