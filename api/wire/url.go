package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// DocumentURL is the pre-signed download URL of a report. It is valid for 30 seconds, during which
// anyone who has it can read the report. So its query isn't shown when it is printed with String,
// package fmt or slog.
//
// [DocumentURL.Unredacted] returns the whole URL. So do the JSON and text encodings. All of them keep
// the bytes that the service sent: the path begins with %2F, and the storage service wouldn't find the file
// under a re-encoded path.
//
// slog's JSON handler encodes structs as JSON, including a URL in them. Log the URL as an attribute of
// its own, not a whole report document.
type DocumentURL struct{ raw string }

// NewDocumentURL converts raw to a DocumentURL. It keeps every byte and checks nothing.
func NewDocumentURL(raw string) DocumentURL { return DocumentURL{raw: raw} }

// Unredacted returns the whole URL, including the query. Keep it out of logs and errors.
func (u DocumentURL) Unredacted() string { return u.raw }

// IsZero reports whether the URL is empty, which means that the document isn't ready yet.
func (u DocumentURL) IsZero() bool { return u.raw == "" }

// String returns the URL without user name, query and fragment, for logs and errors.
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

// Format prints the redacted URL for every verb. Without it, verbs such as %d would print the whole
// URL.
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

// MarshalText returns the whole URL, including the query, so that a document can be encoded as JSON and
// decoded again. The result is a secret, although it expires after 30 seconds.
func (u DocumentURL) MarshalText() ([]byte, error) { return []byte(u.raw), nil }

// UnmarshalText stores the URL byte for byte.
func (u *DocumentURL) UnmarshalText(text []byte) error {
	u.raw = string(text)
	return nil
}
