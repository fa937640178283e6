package main_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/simulator"
)

// A span is counted back from the moment of the call, whatever day that is.
func TestSpans(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		args []string
		want map[string]time.Duration // how long ago each parameter of the query is
	}{
		"hours and minutes": {[]string{"reports", "list", "--since", "36h", "--until", "90m"}, map[string]time.Duration{"createdSince": 36 * time.Hour, "createdUntil": 90 * time.Minute}},
		"days and now":      {[]string{"disbursements", "list", "--since", "30d", "--until", "0d"}, map[string]time.Duration{"startTime": 30 * day, "endTime": 0}},
		"weeks":             {[]string{"disbursements", "list", "--since", "5w", "--until", "1w"}, map[string]time.Duration{"startTime": 35 * day, "endTime": 7 * day}},
		"a sync":            {[]string{"sync", "--to", t.TempDir(), "--since", "7d"}, map[string]time.Duration{"createdSince": 7 * day}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, queries := s.answering(t, 0)
			before := time.Now().Truncate(time.Second) // what is sent has no fraction
			s.ok(t, test.args...)
			after := time.Now()
			asked := queries()
			if len(asked) == 0 {
				t.Fatal("nothing was asked for")
			}
			query, err := url.ParseQuery(asked[0])
			if err != nil {
				t.Fatal(err)
			}
			for parameter, ago := range test.want {
				got, err := time.Parse("20060102T150405Z", query.Get(parameter))
				if err != nil || got.Before(before.Add(-ago)) || got.After(after.Add(-ago)) {
					t.Errorf("%s is %v, %v; want between %v and %v", parameter, got, err, before.Add(-ago).UTC(), after.Add(-ago).UTC())
				}
			}
		})
	}
}
