package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// DocumentURL is the pre-signed URL of a report document. Whoever has it can read the report, so
// what prints it (String, every verb of package fmt, slog) shows it without its query. Its JSON
// and text forms hold the whole URL, and so does [DocumentURL.Unredacted]; both keep its bytes as the
// service sent them, because the path begins with %2F and a re-encoded one would not be found.
//
// slog's JSON handler writes a struct as JSON: log the URL as an attribute of its own, not within a
// struct such as a report document.
//
// The URL lives 30 seconds.
type DocumentURL struct{ raw string }

// NewDocumentURL returns raw as a DocumentURL, byte for byte. It checks nothing.
func NewDocumentURL(raw string) DocumentURL { return DocumentURL{raw: raw} }

// Unredacted returns the whole URL, query included. Keep it out of logs and errors.
func (u DocumentURL) Unredacted() string { return u.raw }

// IsZero reports whether there is no URL, which means that the document isn't ready yet.
func (u DocumentURL) IsZero() bool { return u.raw == "" }

// String returns the URL without its user, query and fragment, for logs and errors.
func (u DocumentURL) String() string {
	shown, secret := u.raw, false
	if i := strings.IndexAny(shown, "?#"); i >= 0 {
		shown, secret = shown[:i], true
	}
	if scheme, rest, found := strings.Cut(shown, "://"); found {
		authority, path, _ := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			shown, secret = scheme+"://"+authority[i+1:]+"/"+path, true
		}
	}
	if secret {
		shown += "?REDACTED"
	}
	return shown
}

// GoString returns a redacted Go expression.
func (u DocumentURL) GoString() string { return fmt.Sprintf("wire.NewDocumentURL(%q)", u.String()) }

// Format prints the redacted URL for every verb: without it, %d and its like would print the
// unexported field.
func (u DocumentURL) Format(state fmt.State, verb rune) {
	switch {
	case verb == 'v' && state.Flag('#'):
		io.WriteString(state, u.GoString())
	case verb == 'q':
		fmt.Fprintf(state, "%q", u.String())
	default:
		io.WriteString(state, u.String())
	}
}

// LogValue returns the redacted URL for slog.
func (u DocumentURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText returns the whole URL, query included, so that a document survives a round trip
// through JSON. Whoever stores the result stores a secret, if one that expires after 30 seconds.
func (u DocumentURL) MarshalText() ([]byte, error) { return []byte(u.raw), nil }

// UnmarshalText takes the URL byte for byte.
func (u *DocumentURL) UnmarshalText(text []byte) error {
	u.raw = string(text)
	return nil
}
