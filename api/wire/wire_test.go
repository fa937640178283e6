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
	"unicode/utf8"

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
		"20221118T150630,717Z":           second.Add(717 * time.Millisecond),
		"20221118T150630Z\n":             second,
		"20221118T150630.9999999999999Z": second.Add(999_999_999),
		"2024-02-29T00:00:00.123456789Z": time.Date(2024, 2, 29, 0, 0, 0, 123456789, time.UTC),
		"20230101T003000+0100":           time.Date(2022, 12, 31, 23, 30, 0, 0, time.UTC),
		"2022-12-31T23:30:00-01:00":      time.Date(2023, 1, 1, 0, 30, 0, 0, time.UTC),
		"00000101T000000Z":               time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"99991231T235959Z":               time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	for text, want := range tests {
		var ts wire.Timestamp
		if err := ts.UnmarshalText([]byte(text)); err != nil || ts != wire.NewTimestamp(want) || !ts.Time().Equal(want.Truncate(time.Second)) {
			t.Errorf("Timestamp %q: %v, %v, want %v", text, ts.Time(), err, want)
		}
		var dt wire.DateTime
		if err := dt.UnmarshalText([]byte(text)); err != nil || dt != wire.NewDateTime(want) || !dt.Time().Equal(want.Truncate(time.Millisecond)) {
			t.Errorf("DateTime %q: %v, %v, want %v", text, dt.Time(), err, want)
		}
	}
	for _, text := range []string{
		"yesterday", "20221318T000000Z", "20220230T000000Z", "2022-11-18", "20221118T240000Z", "1668783990",
		"20161231T235960Z", "2016-12-31T23:59:60Z", "20230229T000000Z", "20221118", "20221118T1506Z", "20221118 150630Z", "2022-11-18T15:06:30+", "100000101T000000Z",
		"20221118T150630Z20221118T150630Z", "20221118T150630z", "null", strings.Repeat("9", 1000), strings.Repeat("é", 100),
	} {
		var ts wire.Timestamp
		if err := ts.Bind(text); err == nil || len(err.Error()) > 250 || !utf8.ValidString(err.Error()) || !ts.IsZero() {
			t.Errorf("Timestamp %.20q: error %v, want a short one", text, err)
		}
		var dt wire.DateTime
		if err := dt.UnmarshalText([]byte(text)); err == nil || !dt.IsZero() {
			t.Errorf("DateTime %.20q: error %v, want one", text, err)
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
	for _, far := range []time.Time{
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)),
	} {
		if text, err := wire.NewTimestamp(far).MarshalText(); err == nil {
			t.Errorf("the Timestamp %v is written as %s", far, text)
		}
		if text, err := wire.NewDateTime(far).MarshalText(); err == nil {
			t.Errorf("the DateTime %v is written as %s", far, text)
		}
	}
}

func TestTimesAreValues(t *testing.T) {
	t.Parallel()
	now := time.Now() // with a monotonic clock reading and a time zone
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
	now = time.Date(2022, 12, 7, 17, 8, 26, 717_000_000, time.UTC)
	for value, want := range map[absent]string{
		{}: "{}",
		{A: wire.NewTimestamp(now), B: wire.NewDateTime(now)}: `{"a":"20221207T170826Z","b":"2022-12-07T17:08:26.717Z"}`,
	} {
		text, err := json.Marshal(value)
		if string(text) != want || err != nil {
			t.Errorf("%s, %v, want %s", text, err, want)
		}
		var again absent
		if err := json.Unmarshal(text, &again); err != nil || again != value {
			t.Errorf("%s is read as %v, %v, want %v", text, again, err, value)
		}
	}
	for _, text := range []string{`{"a":null,"b":null}`, `{"a":"","b":""}`} {
		var read absent
		if err := json.Unmarshal([]byte(text), &read); err != nil || read != (absent{}) {
			t.Errorf("%s is read as %v, %v, want none", text, read, err)
		}
	}
	for text, want := range map[string]string{
		`20221207`: "20221207", `{}`: "{}", `"tomorrow"`: "tomorrow", `"2022\u002d11-18"`: "2022-11-18", ` true `: "true", `["20221118T150630Z"]`: `["20221118T150630Z"]`,
	} {
		read := absent{A: wire.NewTimestamp(now), B: wire.NewDateTime(now)}
		if err := json.Unmarshal([]byte(`{"a":`+text+`,"b":`+text+`}`), &read); err != nil || !read.A.IsZero() || !read.B.IsZero() || read.A.Unreadable() != want || read.B.Unreadable() != want {
			t.Errorf("%s is read as %+v, %v, want none and the text %q", text, read, err, want)
		}
		if read.A.String() != "" || read.B.String() != "" {
			t.Errorf("%s is printed as %q and %q", text, read.A, read.B)
		}
	}
	var long wire.Timestamp
	if err := json.Unmarshal([]byte(`"`+strings.Repeat("é", 1000)+`"`), &long); err != nil || len(long.Unreadable()) > 70 || !utf8.ValidString(long.Unreadable()) {
		t.Errorf("%v, %d bytes of the text are kept", err, len(long.Unreadable()))
	}
	if err := json.Unmarshal([]byte(`"20221118T150630Z"`), &long); err != nil || long.Unreadable() != "" || long.IsZero() {
		t.Errorf("%v, %q is left of the text before", err, long.Unreadable())
	}
	keys := map[wire.Timestamp]int{wire.NewTimestamp(now): 1}
	if keys[wire.NewTimestamp(now.In(time.FixedZone("", 3600)))] != 1 {
		t.Error("equal Timestamps are different keys")
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
			return // a year that the format can't represent
		}
		var again wire.Timestamp
		if err := again.UnmarshalText(written); err != nil || again != read {
			t.Errorf("%q is read as %v, written as %q and read as %v (%v)", text, read.Time(), written, again.Time(), err)
		}
	})
}

func FuzzDateTime(f *testing.F) {
	f.Add("2022-12-07T17:08:26.717Z")
	f.Add("20221118T150630.5+0100")
	f.Fuzz(func(t *testing.T, text string) {
		var read wire.DateTime
		var seconds wire.Timestamp
		err := read.UnmarshalText([]byte(text))
		if other := seconds.Bind(text); (err == nil) != (other == nil) {
			t.Fatalf("%q: a DateTime has the error %v and a Timestamp %v", text, err, other)
		}
		if err != nil {
			return
		}
		written, err := read.MarshalText()
		if err != nil {
			return // a year that the format can't represent
		}
		var again wire.DateTime
		if err := again.UnmarshalText(written); err != nil || again != read {
			t.Errorf("%q is read as %v, written as %q and read as %v (%v)", text, read.Time(), written, again.Time(), err)
		}
	})
}

func FuzzReportID(f *testing.F) {
	for _, seed := range []string{`"A1"`, "59007019641", "null", " 1e5", `{"a":1}`, `"\u00e9"`, "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var id wire.ReportID
		err := json.Unmarshal([]byte(text), &id)
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var plain any
		if !json.Valid([]byte(text)) || decoder.Decode(&plain) != nil {
			if err == nil {
				t.Errorf("%q is read as %q, and it isn't JSON", text, id)
			}
			return
		}
		want, isID := "", true
		switch value := plain.(type) {
		case string:
			want = value
		case json.Number:
			want = value.String()
			if strings.ContainsAny(want, "-+.eE") {
				want, isID = "", false
			}
		case nil:
		default:
			isID = false
		}
		if (err == nil) != isID || string(id) != want {
			t.Errorf("%q is read as %q, %v, want %q", text, id, err, want)
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
	for _, text := range []string{`{}`, `[1]`, `true`, "{\n\"id\": \"1\"\n}", `["` + strings.Repeat("é", 100) + `"]`} {
		var id wire.ReportID
		err := json.Unmarshal([]byte(text), &id)
		if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 250 || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: error %v, want a short one of one line", text, err)
		}
	}
	var id wire.ReportID
	if err := id.UnmarshalJSON([]byte(`"A1`)); err == nil {
		t.Error("half a string is read as an id")
	}
	type ids struct {
		Report   wire.ReportID         `json:"reportId"`
		Document wire.ReportDocumentID `json:"reportDocumentId,omitzero"`
	}
	text, err := json.Marshal(ids{Report: "59007019641"})
	if want := `{"reportId":"59007019641"}`; string(text) != want || err != nil {
		t.Errorf("%s, %v, want %s: ids are written as strings", text, err, want)
	}
}

const secretURL = "https://tortuga-prod-eu.s3.amazonaws.com/%2FNinetyDays/amzn1.tortuga.3.x?X-Amz-Algorithm=AWS4&X-Amz-Signature=5ec7e7"

func TestDocumentURLPrintsNoQuery(t *testing.T) {
	t.Parallel()
	u := wire.NewDocumentURL(secretURL)
	type document struct{ URL wire.DocumentURL }
	var logs bytes.Buffer
	for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&logs, nil)), slog.New(slog.NewJSONHandler(&logs, nil))} {
		logger.Info("x", "url", u, "pointer", &u)
		logger.With("url", u).WithGroup("g").Info("x", slog.Group("h", "url", u))
	}
	slog.New(slog.NewTextHandler(&logs, nil)).Info("x", "document", document{u}, "documents", []document{{u}}, "map", map[string]any{"url": u})
	printed := logs.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%U", "%e", "%c", "%10.200v"} {
		printed += fmt.Sprintf(strings.Repeat(verb+" ", 6)+"\n", u, &u, document{u}, &document{u}, []wire.DocumentURL{u}, map[string]any{"url": u})
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
		"https://h.example?secret":        "https://h.example?REDACTED",
		"https://user:secret@h.example":   "https://h.example/?REDACTED",
		"https://h.example/a@b":           "https://h.example/a@b",
		"https://u@v:secret@h.example/?s": "https://h.example/?REDACTED",
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
	type document struct {
		URL wire.DocumentURL `json:"url,omitzero"`
	}
	for value, want := range map[document]string{{}: "{}", {u}: `{"url":"` + strings.ReplaceAll(secretURL, "&", `\u0026`) + `"}`} {
		text, err := json.Marshal(value)
		if string(text) != want || err != nil {
			t.Errorf("%s, %v, want %s", text, err, want)
		}
		var again document
		if err := json.Unmarshal(text, &again); err != nil || again != value {
			t.Errorf("%s is read as %q, %v", text, again.URL.Unredacted(), err)
		}
	}
	if !(wire.DocumentURL{}).IsZero() {
		t.Error("the zero DocumentURL isn't zero")
	}
}

func FuzzDocumentURL(f *testing.F) {
	f.Add("user:secret", "h.example", "%2Fa", "X-Amz-Signature=secret")
	f.Add("", "h.example:443", "a@b", "?#")
	f.Fuzz(func(t *testing.T, user, host, path, query string) {
		if strings.ContainsAny(user+host, "/?#") || strings.Contains(host, "@") || strings.ContainsAny(path, "?#") {
			return // the parts don't make up this URL
		}
		raw := "https://" + host + "/" + path + "?" + query
		if user != "" {
			raw = "https://" + user + "@" + host + "/" + path + "?" + query
		}
		u := wire.NewDocumentURL(raw)
		if want := "https://" + host + "/" + path + "?REDACTED"; u.String() != want {
			t.Errorf("%q prints %q, want %q", raw, u, want)
		}
		if u.Unredacted() != raw {
			t.Errorf("%q became %q", raw, u.Unredacted())
		}
	})
}
