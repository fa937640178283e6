package wire_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/api/wire"
)

func TestTimesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	second := time.Date(2022, 11, 18, 15, 6, 30, 0, time.UTC)
	tests := map[string]time.Time{
		"20221118T150630Z":               second,
		"20221118T150630":                second,
		"20221118T150630.717Z":           second.Add(717 * time.Millisecond),
		"20221119T000630+0900":           second,
		"20221119T000630+09:00":          second,
		"2022-11-18T15:06:30Z":           second,
		"2022-11-18T15:06:30.717Z":       second.Add(717 * time.Millisecond),
		"2022-11-18T15:06:30":            second,
		"2022-11-18T07:06:30-08:00":      second,
		"2022-11-18T07:06:30.5-0800":     second.Add(500 * time.Millisecond),
		"2022-11-18T15-06-30Z":           second,
		"2022-11-18T15-06-30":            second,
		" 20221118T150630Z ":             second,
		"":                               {},
		"2024-02-29T00:00:00.123456789Z": time.Date(2024, 2, 29, 0, 0, 0, 123456789, time.UTC),
	}
	for text, want := range tests {
		var ts wire.Timestamp
		if err := ts.UnmarshalText([]byte(text)); err != nil || ts != wire.NewTimestamp(want) || !ts.Time().Equal(want.Truncate(time.Second)) {
			t.Errorf("Timestamp %q: %v, %v, want %v", text, ts.Time(), err, want)
		}
		var dt wire.DateTime
		if err := dt.Bind(text); err != nil || dt != wire.NewDateTime(want) || !dt.Time().Equal(want.Truncate(time.Millisecond)) {
			t.Errorf("DateTime %q: %v, %v, want %v", text, dt.Time(), err, want)
		}
	}
	for _, text := range []string{"yesterday", "20221318T000000Z", "20220230T000000Z", "2022-11-18", "20221118T240000Z", "1668783990", strings.Repeat("9", 1000)} {
		var ts wire.Timestamp
		if err := ts.Bind(text); err == nil || len(err.Error()) > 250 {
			t.Errorf("Timestamp %.20q: error %v, want a short one", text, err)
		}
		var dt wire.DateTime
		if err := dt.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("DateTime %.20q: no error", text)
		}
	}
}

func TestTimesAreWrittenInOneForm(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 9*3600))
	for _, test := range []struct {
		value interface {
			fmt.Stringer
			encoding.TextMarshaler
		}
		want string
	}{
		{wire.NewTimestamp(late), "20260101T180405Z"},
		{wire.NewDateTime(late), "2026-01-01T18:04:05.999Z"},
		{wire.Timestamp{}, ""},
		{wire.DateTime{}, ""},
	} {
		text, err := test.value.MarshalText()
		if string(text) != test.want || err != nil || test.value.String() != test.want {
			t.Errorf("%T: %q, %v and %q, want %q", test.value, text, err, test.value, test.want)
		}
	}
	far := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := wire.NewTimestamp(far).MarshalText(); err == nil {
		t.Error("a Timestamp of the year 10000 has no error")
	}
	if _, err := wire.NewDateTime(far).MarshalText(); err == nil {
		t.Error("a DateTime of the year 10000 has no error")
	}
}

func TestTimesAreValues(t *testing.T) {
	t.Parallel()
	now := time.Now() // with a monotonic reading and a zone
	if wire.NewTimestamp(now) != wire.NewTimestamp(now.UTC().Round(0)) || !wire.NewTimestamp(now).Equal(wire.NewTimestamp(now.In(time.FixedZone("", 60)))) {
		t.Error("equal points in time are different Timestamps")
	}
	if wire.NewDateTime(now) != wire.NewDateTime(now.UTC().Round(0)) || !wire.NewDateTime(now).Equal(wire.NewDateTime(now.UTC())) {
		t.Error("equal points in time are different DateTimes")
	}
	type absent struct {
		A wire.Timestamp `json:"a,omitzero"`
		B wire.DateTime  `json:"b,omitzero"`
	}
	text, err := json.Marshal(absent{})
	if string(text) != "{}" || err != nil {
		t.Errorf("%s, %v, want absent members", text, err)
	}
}

func FuzzTimestamp(f *testing.F) {
	f.Add("20221118T150630Z")
	f.Add("2022-11-18T15-06-30.5+0100")
	f.Fuzz(func(t *testing.T, text string) {
		var read wire.Timestamp
		if read.Bind(text) != nil {
			return
		}
		written, err := read.MarshalText()
		if err != nil {
			return // a year that the form can't hold
		}
		var again wire.Timestamp
		if err := again.UnmarshalText(written); err != nil || again != read {
			t.Errorf("%q is read as %v, written as %q and read as %v (%v)", text, read.Time(), written, again.Time(), err)
		}
	})
}

func TestIDsReadStringsAndNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"A08439021T39K6DTX4JS8"`: "A08439021T39K6DTX4JS8", `59007019641`: "59007019641", `null`: "", ` "" `: "", `"\u0041"`: "A",
		`12345678901234567890123`: "12345678901234567890123",
	} {
		var report wire.ReportID
		var document wire.ReportDocumentID
		var schedule wire.ReportScheduleID
		for _, id := range []any{&report, &document, &schedule} {
			if err := json.Unmarshal([]byte(text), id); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		if string(report) != want || string(document) != want || string(schedule) != want {
			t.Errorf("%s: %q, %q, %q, want %q", text, report, document, schedule, want)
		}
	}
	for _, text := range []string{`{}`, `[1]`, `true`} {
		var id wire.ReportID
		if err := json.Unmarshal([]byte(text), &id); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

const secretURL = "https://tortuga-prod-eu.s3.amazonaws.com/%2FNinetyDays/amzn1.tortuga.3.x?X-Amz-Algorithm=AWS4&X-Amz-Signature=5ec7e7"

func TestDocumentURLPrintsNoQuery(t *testing.T) {
	t.Parallel()
	u := wire.NewDocumentURL(secretURL)
	type document struct{ URL wire.DocumentURL }
	var logs bytes.Buffer
	for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&logs, nil)), slog.New(slog.NewJSONHandler(&logs, nil))} {
		logger.Info("x", "url", u)
	}
	printed := logs.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		printed += fmt.Sprintf(verb+" "+verb+" "+verb+"\n", u, document{u}, &document{u})
	}
	for _, secret := range []string{"5ec7e7", "X-Amz", fmt.Sprintf("%x", "5ec7e7"), fmt.Sprintf("%d", []byte("5ec7e7"))} {
		if strings.Contains(printed, secret) {
			t.Errorf("the query is printed: %s", printed)
		}
	}
	if !strings.Contains(printed, "tortuga-prod-eu.s3.amazonaws.com/%2FNinetyDays/amzn1.tortuga.3.x?REDACTED") {
		t.Errorf("host and path aren't printed: %s", printed)
	}
	for raw, want := range map[string]string{
		"":                                "",
		"https://user:secret@h.example/p": "https://h.example/p?REDACTED",
		"https://h.example/p#secret":      "https://h.example/p?REDACTED",
		"https://h.example/p":             "https://h.example/p",
		"no url?secret":                   "no url?REDACTED",
	} {
		if got := wire.NewDocumentURL(raw).String(); got != want {
			t.Errorf("%q prints %q, want %q", raw, got, want)
		}
	}
}

func TestDocumentURLKeepsItsBytes(t *testing.T) {
	t.Parallel()
	var u wire.DocumentURL
	if err := json.Unmarshal([]byte(`"`+secretURL+`"`), &u); err != nil {
		t.Fatal(err)
	}
	text, err := u.MarshalText()
	if u.Unredacted() != secretURL || string(text) != secretURL || err != nil || u.IsZero() {
		t.Errorf("%q, %q, %v", u.Unredacted(), text, err)
	}
	parsed, err := url.Parse(u.Unredacted())
	if err != nil || parsed.EscapedPath() != "/%2FNinetyDays/amzn1.tortuga.3.x" {
		t.Errorf("%v, %v", parsed, err)
	}
	if !(wire.DocumentURL{}).IsZero() {
		t.Error("the zero DocumentURL isn't zero")
	}
}
