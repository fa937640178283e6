package simulator

import (
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/regions"
)

func TestFirstAfter(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		next     time.Time
		interval time.Duration
		want     time.Time
	}{
		"in the future":          {noon.Add(time.Second), day, noon.Add(time.Second)},
		"now":                    {noon, day, noon.Add(day)},
		"a second ago":           {noon.Add(-time.Second), 5 * time.Minute, noon.Add(5*time.Minute - time.Second)},
		"an interval ago":        {noon.Add(-day), day, noon.Add(day)},
		"more intervals ago":     {noon.Add(-3*day - time.Hour), 2 * day, noon.Add(day - time.Hour)},
		"before all":             {time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), day, noon.Add(12 * time.Hour)},
		"before all, in minutes": {time.Date(1, 1, 1, 0, 1, 0, 0, time.UTC), 5 * time.Minute, noon.Add(time.Minute)},
		"after all":              {time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), day, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := firstAfter(noon, test.next, test.interval); !got.Equal(test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	// The clock has fractions of a second, but schedules don't.
	if got := firstAfter(noon.Add(time.Millisecond), noon, day); !got.Equal(noon.Add(day)) {
		t.Errorf("a millisecond later %v, want a day later", got)
	}
}

// However long there were no requests, a schedule creates exactly the reports that haven't expired.
func TestScheduleMakesWhatRetentionKeeps(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m, err := merchant.New(merchant.Config{TransactionsPerDay: -1, Currency: "USD"}) // no settlements between them
	if err != nil {
		t.Fatal(err)
	}
	for name, next := range map[string]time.Time{
		"before all":     time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		"300 years ago":  now.AddDate(-300, 0, 0),
		"a year ago":     now.AddDate(-1, 0, 0),
		"90 days ago":    now.Add(-retention),
		"within 90 days": now.Add(time.Hour - retention),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(regions.Live, m, 0, nil)
			schedule := &api.ReportSchedule{
				ReportType: api.ReportTypeRefund, ScheduleFrequency: api.ScheduleFrequencyEveryDay, NextReportCreationTime: wire.NewTimestamp(next),
			}
			a.schedules = append(a.schedules, schedule)
			a.catchUp(now)
			if a.sequence != 90 || len(a.reports) != 90 {
				t.Errorf("%d reports were made and %d kept, want 90", a.sequence, len(a.reports))
			}
			if due := schedule.NextReportCreationTime.Time(); !due.After(now) || due.After(now.AddDate(0, 0, 1)) {
				t.Errorf("the next one is due %v, want within a day from %v", due, now)
			}
		})
	}
}

// A test suite creates hundreds of simulators. Only the first one reads openapi.yaml.
func TestNewSharesTheSpec(t *testing.T) {
	if _, err := New(Config{}); err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(10, func() {
		if _, err := New(Config{}); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 200 {
		t.Errorf("New allocates %v times, want at most 200", allocations)
	}
}
