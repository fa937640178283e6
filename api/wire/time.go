package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const (
	timestampLayout = "20060102T150405Z"
	dateTimeLayout  = "2006-01-02T15:04:05.000Z07:00"
)

// Timestamp is a point in time in a report or a schedule. It is encoded in the ISO 8601 basic format,
// YYYYMMDDTHHMMSSZ, in UTC. Fractions of a second are dropped.
//
// It can be decoded from several formats: the basic format and RFC 3339, each with or without a
// fraction and an offset, and the documentation's 2022-08-04T00-00-00Z. Without an offset, the time is
// in UTC. An empty string is decoded as the zero Timestamp, which means "none". Leap seconds (second
// 60) aren't supported.
//
// A time that can't be read is an error for [Timestamp.UnmarshalText]. In JSON it is decoded as the
// zero Timestamp, so that one bad time doesn't make a whole list unreadable, and
// [Timestamp.Unreadable] returns its text.
type Timestamp struct {
	t          time.Time
	unreadable string
}

// NewTimestamp converts t to a Timestamp. It drops fractions of a second, because the API's times have
// none. A zero t becomes the zero Timestamp.
func NewTimestamp(t time.Time) Timestamp { return Timestamp{t: toUTC(t, time.Second)} }

// Time returns the time in UTC. It returns the zero time.Time for the zero Timestamp.
func (ts Timestamp) Time() time.Time { return ts.t }

// IsZero reports whether the Timestamp means "none". In a response, this is the case if the time is
// absent, null, empty or unreadable.
func (ts Timestamp) IsZero() bool { return ts.t.IsZero() }

// Unreadable returns the text of a time that couldn't be read from JSON, up to 64 bytes. It returns ""
// if the time was readable or absent. The text comes from the service: escape it before you print it.
func (ts Timestamp) Unreadable() string { return ts.unreadable }

// Equal reports whether ts and other are the same point in time.
func (ts Timestamp) Equal(other Timestamp) bool { return ts.t.Equal(other.t) }

// String returns the time in the basic format, or "" for the zero Timestamp.
func (ts Timestamp) String() string {
	if ts.IsZero() {
		return ""
	}
	return ts.t.Format(timestampLayout)
}

// MarshalText returns the time in the basic format. It fails if the year is outside 0 to 9999.
func (ts Timestamp) MarshalText() ([]byte, error) {
	if err := checkYear(ts.t); err != nil {
		return nil, err
	}
	return []byte(ts.String()), nil
}

// UnmarshalText reads a time in any of the formats that [Timestamp] lists. An error quotes the text.
func (ts *Timestamp) UnmarshalText(text []byte) error {
	t, err := parseTime(string(text))
	if err != nil {
		return err
	}
	*ts = NewTimestamp(t)
	return nil
}

// UnmarshalJSON reads a time in any of the formats that [Timestamp] lists, or null. Anything else is
// kept for [Timestamp.Unreadable]. It never fails.
func (ts *Timestamp) UnmarshalJSON(data []byte) error {
	t, unreadable := parseJSONTime(data)
	*ts = NewTimestamp(t)
	ts.unreadable = unreadable
	return nil
}

// Bind reads a query parameter like [Timestamp.UnmarshalText]. Servers that implement the generated
// interface need it.
func (ts *Timestamp) Bind(value string) error { return ts.UnmarshalText([]byte(value)) }

// DateTime is a point in time in a disbursement. It is encoded as RFC 3339 in UTC with milliseconds.
// It is decoded like a [Timestamp], including unreadable times. The zero DateTime means "none".
type DateTime struct {
	t          time.Time
	unreadable string
}

// NewDateTime converts t to a DateTime. It drops fractions of a millisecond. A zero t becomes the zero
// DateTime.
func NewDateTime(t time.Time) DateTime { return DateTime{t: toUTC(t, time.Millisecond)} }

// Time returns the time in UTC. It returns the zero time.Time for the zero DateTime.
func (dt DateTime) Time() time.Time { return dt.t }

// IsZero reports whether the DateTime means "none".
func (dt DateTime) IsZero() bool { return dt.t.IsZero() }

// Unreadable returns the text of a time that couldn't be read from JSON, up to 64 bytes. It returns ""
// if the time was readable or absent. The text comes from the service: escape it before you print it.
func (dt DateTime) Unreadable() string { return dt.unreadable }

// Equal reports whether dt and other are the same point in time.
func (dt DateTime) Equal(other DateTime) bool { return dt.t.Equal(other.t) }

// String returns the time as RFC 3339 with milliseconds, or "" for the zero DateTime.
func (dt DateTime) String() string {
	if dt.IsZero() {
		return ""
	}
	return dt.t.Format(dateTimeLayout)
}

// MarshalText returns the time as RFC 3339 with milliseconds. It fails if the year is outside 0 to 9999.
func (dt DateTime) MarshalText() ([]byte, error) {
	if err := checkYear(dt.t); err != nil {
		return nil, err
	}
	return []byte(dt.String()), nil
}

// UnmarshalText reads a time in any of the formats that [Timestamp] lists. An error quotes the text.
func (dt *DateTime) UnmarshalText(text []byte) error {
	t, err := parseTime(string(text))
	if err != nil {
		return err
	}
	*dt = NewDateTime(t)
	return nil
}

// UnmarshalJSON reads a time in any of the formats that [Timestamp] lists, or null. Anything else is
// kept for [DateTime.Unreadable]. It never fails.
func (dt *DateTime) UnmarshalJSON(data []byte) error {
	t, unreadable := parseJSONTime(data)
	*dt = NewDateTime(t)
	dt.unreadable = unreadable
	return nil
}

// toUTC also drops the monotonic clock reading, so that equal times are equal values.
func toUTC(t time.Time, precision time.Duration) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(precision)
}

func checkYear(t time.Time) error {
	if y := t.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("wire: the year of %v has more than four digits", t)
	}
	return nil
}

// timeLayouts are tried in order. Go accepts a fraction after the seconds in each of them.
var timeLayouts = []string{
	"20060102T150405Z07:00",
	"20060102T150405Z0700",
	"20060102T150405",
	time.RFC3339,
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05",
	"2006-01-02T15-04-05Z07:00",
	"2006-01-02T15-04-05",
}

// longestTime is far longer than any valid time, even with a fraction.
const longestTime = 128

func parseTime(text string) (time.Time, error) {
	s := strings.TrimSpace(text)
	if s == "" {
		return time.Time{}, nil
	}
	if len(s) <= longestTime { // time.Parse copies the text into its error
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("wire: %q is not a time such as 20221118T150630Z or 2022-11-18T15:06:30Z", cut(text))
}

// parseJSONTime returns the time in a JSON value, or the value's text if it isn't a time.
func parseJSONTime(data []byte) (t time.Time, unreadable string) {
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("null")) {
		return time.Time{}, ""
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return time.Time{}, cut(string(data))
	}
	t, err := parseTime(text)
	if err != nil {
		return time.Time{}, cut(text)
	}
	return t, ""
}

// cut limits what an error quotes from a response.
func cut(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
