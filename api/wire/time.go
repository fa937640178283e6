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

// Timestamp is a point in time of a report or a schedule. It is written in ISO 8601 basic form,
// YYYYMMDDTHHMMSSZ, in UTC, with a fraction of a second cut off. It reads more than it writes: the
// basic form with or without fraction and offset, RFC 3339 with or without fraction and offset (a
// time without an offset is UTC), and the documentation's 2022-08-04T00-00-00Z; an empty string is
// the zero Timestamp, which means none. A leap second (second 60) is not read.
//
// In JSON a time that can't be read is none as well, so that one odd time doesn't cost a whole list:
// [Timestamp.Unreadable] then returns its text. As text ([Timestamp.UnmarshalText]) it is an error.
type Timestamp struct {
	t          time.Time
	unreadable string
}

// NewTimestamp returns t as a Timestamp: in UTC, its fraction of a second cut off, because the API
// knows whole seconds only. A zero t gives the zero Timestamp.
func NewTimestamp(t time.Time) Timestamp { return Timestamp{t: toUTC(t, time.Second)} }

// Time returns the point in time, in UTC. It is the zero time.Time if the Timestamp is none.
func (ts Timestamp) Time() time.Time { return ts.t }

// IsZero reports whether the Timestamp is none, which is how a member of an answer is read that is
// absent, null, empty or unreadable.
func (ts Timestamp) IsZero() bool { return ts.t.IsZero() }

// Unreadable returns the text that stood in an answer's JSON in the place of a time and couldn't be
// read as one, at most 64 bytes of it; "" if there was none. It is the service's text: escape it
// before it reaches a terminal.
func (ts Timestamp) Unreadable() string { return ts.unreadable }

// Equal reports whether both are the same point in time.
func (ts Timestamp) Equal(other Timestamp) bool { return ts.t.Equal(other.t) }

// String returns the time in the API's basic form, or "" if it is none.
func (ts Timestamp) String() string {
	if ts.IsZero() {
		return ""
	}
	return ts.t.Format(timestampLayout)
}

// MarshalText returns the time in the API's basic form. It fails for a year outside 0 to 9999,
// which that form can't hold.
func (ts Timestamp) MarshalText() ([]byte, error) {
	if err := checkYear(ts.t); err != nil {
		return nil, err
	}
	return []byte(ts.String()), nil
}

// UnmarshalText reads all forms that [Timestamp] names. The error quotes the text.
func (ts *Timestamp) UnmarshalText(text []byte) error {
	t, err := parseTime(string(text))
	if err != nil {
		return err
	}
	*ts = NewTimestamp(t)
	return nil
}

// UnmarshalJSON reads what [Timestamp.UnmarshalText] reads, null as none, and any other value as none
// with its text kept for [Timestamp.Unreadable]. It never fails.
func (ts *Timestamp) UnmarshalJSON(data []byte) error {
	t, unreadable := parseJSONTime(data)
	*ts = NewTimestamp(t)
	ts.unreadable = unreadable
	return nil
}

// Bind reads the value of a query parameter, for servers made from the generated interface. It takes
// what [Timestamp.UnmarshalText] takes.
func (ts *Timestamp) Bind(value string) error { return ts.UnmarshalText([]byte(value)) }

// DateTime is a point in time of a disbursement. It is written as RFC 3339 in UTC with
// milliseconds, and reads the same forms as [Timestamp], unreadable ones included. The zero DateTime
// means none.
type DateTime struct {
	t          time.Time
	unreadable string
}

// NewDateTime returns t as a DateTime: in UTC, cut to whole milliseconds. A zero t gives the zero
// DateTime.
func NewDateTime(t time.Time) DateTime { return DateTime{t: toUTC(t, time.Millisecond)} }

// Time returns the point in time, in UTC. It is the zero time.Time if the DateTime is none.
func (dt DateTime) Time() time.Time { return dt.t }

// IsZero reports whether the DateTime is none.
func (dt DateTime) IsZero() bool { return dt.t.IsZero() }

// Unreadable returns the text that stood in an answer's JSON in the place of a time and couldn't be
// read as one, at most 64 bytes of it; "" if there was none. It is the service's text: escape it
// before it reaches a terminal.
func (dt DateTime) Unreadable() string { return dt.unreadable }

// Equal reports whether both are the same point in time.
func (dt DateTime) Equal(other DateTime) bool { return dt.t.Equal(other.t) }

// String returns the time as RFC 3339 with milliseconds, or "" if it is none.
func (dt DateTime) String() string {
	if dt.IsZero() {
		return ""
	}
	return dt.t.Format(dateTimeLayout)
}

// MarshalText returns the time as RFC 3339 with milliseconds. It fails for a year outside 0 to 9999.
func (dt DateTime) MarshalText() ([]byte, error) {
	if err := checkYear(dt.t); err != nil {
		return nil, err
	}
	return []byte(dt.String()), nil
}

// UnmarshalText reads all forms that [Timestamp] names. The error quotes the text.
func (dt *DateTime) UnmarshalText(text []byte) error {
	t, err := parseTime(string(text))
	if err != nil {
		return err
	}
	*dt = NewDateTime(t)
	return nil
}

// UnmarshalJSON reads what [DateTime.UnmarshalText] reads, null as none, and any other value as none
// with its text kept for [DateTime.Unreadable]. It never fails.
func (dt *DateTime) UnmarshalJSON(data []byte) error {
	t, unreadable := parseJSONTime(data)
	*dt = NewDateTime(t)
	dt.unreadable = unreadable
	return nil
}

// toUTC also drops a monotonic clock reading, so that equal points in time are equal values.
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

// timeLayouts are tried in turn. Go accepts a fraction after the seconds of any of them.
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

// longestTime is far above what any layout needs, fractions included.
const longestTime = 128

func parseTime(text string) (time.Time, error) {
	s := strings.TrimSpace(text)
	if s == "" {
		return time.Time{}, nil
	}
	if len(s) <= longestTime { // time.Parse copies what it can't read into its error
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("wire: %q is not a time such as 20221118T150630Z or 2022-11-18T15:06:30Z", cut(text))
}

// parseJSONTime returns the time that a JSON value holds, or the text of one that holds none.
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

// cut bounds what an error quotes of an answer.
func cut(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
