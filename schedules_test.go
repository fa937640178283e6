package payreports_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

const refundSchedule = `{"reportScheduleId":"7","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","scheduleFrequency":"P1D"}`

func daily() payreports.CreateReportScheduleRequest {
	return payreports.CreateReportScheduleRequest{Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: day}
}

// The documentation says that the response is an array if a schedule exists, but not what is in it.
func TestScheduleExists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   []payreports.ReportScheduleID
	}{
		"schedules":        {201, `[` + refundSchedule + `]`, []payreports.ReportScheduleID{"7"}},
		"schedules by 200": {200, ` [` + refundSchedule + `]`, []payreports.ReportScheduleID{"7"}},
		"ids":              {201, `["7","8"]`, []payreports.ReportScheduleID{"7", "8"}},
		"numbers":          {201, `[7]`, []payreports.ReportScheduleID{"7"}},
		"wrapped":          {200, `{"reportSchedules":[` + refundSchedule + `]}`, []payreports.ReportScheduleID{"7"}},
		"nothing":          {201, `[]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, newScript(t, answer{status: test.status, body: test.body})).CreateReportSchedule(t.Context(), daily())
			var exists *payreports.ReportScheduleExistsError
			if !errors.As(err, &exists) || exists.ReportType != payreports.ReportTypeRefund {
				t.Fatalf("error %v, want a *ReportScheduleExistsError", err)
			}
			var got []payreports.ReportScheduleID
			for _, schedule := range exists.Schedules {
				got = append(got, schedule.ReportScheduleID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("schedules (-want +got):\n%s", diff)
			}
			if len(got) > 0 && !strings.Contains(err.Error(), "schedule 7") || !strings.Contains(err.Error(), "ReplaceExisting") {
				t.Errorf("text %q", err)
			}
		})
	}
	for _, body := range []string{`[{"reportScheduleId":[]}]`, `[true]`, `[`, `{}`, `null`, `"7"`} {
		_, err := newClient(t, newScript(t, answer{status: 201, body: body})).CreateReportSchedule(t.Context(), daily())
		var failure *payreports.Error
		if !errors.As(err, &failure) || failure.StatusCode != 201 {
			t.Errorf("%s: error %v, want a *payreports.Error", body, err)
		}
	}
}

func TestScheduleByIDReadsBothForms(t *testing.T) {
	t.Parallel()
	for _, body := range []string{refundSchedule, `{"reportSchedules":[` + refundSchedule + `]}`} {
		schedule, err := newClient(t, newScript(t, answer{status: 200, body: body})).GetReportScheduleByID(t.Context(), "7")
		if err != nil || schedule.ReportScheduleID != "7" || schedule.ScheduleFrequency != payreports.ScheduleFrequencyEveryDay {
			t.Errorf("%s: %+v, %v", body, schedule, err)
		}
	}
}

func TestEnsureReportSchedule(t *testing.T) {
	t.Parallel()
	const listRequest = "GET /v2/report-schedules?reportTypes=_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_"
	const create, replace = "POST /v2/report-schedules", "POST /v2/report-schedules?deleteExistingSchedule=true"
	weekly := strings.Replace(refundSchedule, "P1D", "P7D", 1)
	other := strings.Replace(refundSchedule, "_REFUND_", "_AUTHORIZATION_", 1)
	listed := func(schedules ...string) answer {
		return answer{status: 200, body: `{"reportSchedules":[` + strings.Join(schedules, ",") + `]}`}
	}
	created := answer{status: 201, body: `{"reportScheduleId":"9"}`}
	tests := map[string]struct {
		replace  bool
		answers  []answer
		want     payreports.EnsureAction
		wantID   payreports.ReportScheduleID
		requests []string
	}{
		"nothing to do":                 {answers: []answer{listed(refundSchedule)}, want: payreports.EnsureUnchanged, wantID: "7", requests: []string{listRequest}},
		"nothing to do, replacing":      {replace: true, answers: []answer{listed(refundSchedule)}, want: payreports.EnsureUnchanged, wantID: "7", requests: []string{listRequest}},
		"none":                          {answers: []answer{listed(), created}, want: payreports.EnsureCreated, wantID: "9", requests: []string{listRequest, create}},
		"none of this type":             {answers: []answer{listed(other), created}, want: payreports.EnsureCreated, wantID: "9", requests: []string{listRequest, create}},
		"none, replacing":               {replace: true, answers: []answer{listed(), created}, want: payreports.EnsureCreated, wantID: "9", requests: []string{listRequest, create}},
		"another frequency":             {answers: []answer{listed(weekly)}, requests: []string{listRequest}},
		"another frequency, replaced":   {replace: true, answers: []answer{listed(weekly), created}, want: payreports.EnsureReplaced, wantID: "9", requests: []string{listRequest, replace}},
		"someone was faster":            {answers: []answer{listed(), {status: 201, body: `["7"]`}, listed(refundSchedule)}, want: payreports.EnsureUnchanged, wantID: "7", requests: []string{listRequest, create, listRequest}},
		"someone was faster, replacing": {replace: true, answers: []answer{listed(), {status: 201, body: `["7"]`}, listed(refundSchedule)}, want: payreports.EnsureUnchanged, wantID: "7", requests: []string{listRequest, create, listRequest}},
		"someone else's frequency":      {answers: []answer{listed(), {status: 201, body: `["7"]`}, listed(weekly)}, requests: []string{listRequest, create, listRequest}},
		"someone else's, replaced":      {replace: true, answers: []answer{listed(), {status: 201, body: `["7"]`}, listed(weekly), created}, want: payreports.EnsureReplaced, wantID: "9", requests: []string{listRequest, create, listRequest, replace}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, test.answers...)
			request := daily()
			request.ReplaceExisting = test.replace
			result, err := newClient(t, s).EnsureReportSchedule(t.Context(), request)
			if diff := cmp.Diff(test.requests, s.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if test.want == "" {
				var exists *payreports.ReportScheduleExistsError
				if !errors.As(err, &exists) || exists.Schedules[0].ScheduleFrequency != payreports.ScheduleFrequencyEvery7Days {
					t.Errorf("%+v, %v, want a *ReportScheduleExistsError", result, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if result.Action != test.want || result.Schedule.ReportScheduleID != test.wantID || result.Schedule.ScheduleFrequency != payreports.ScheduleFrequencyEveryDay {
				t.Errorf("%+v, want %s with id %s", result, test.want, test.wantID)
			}
		})
	}
}

func TestEnsureReportScheduleRefusesAKey(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, newScript(t)).EnsureReportSchedule(t.Context(), daily(), payreports.WithIdempotencyKey("nightly"))
	if !errors.Is(err, payreports.ErrInvalidArgument) {
		t.Errorf("error %v", err)
	}
}

// Several programs that start at once agree on one schedule.
func TestEnsureReportScheduleAtOnce(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	var mu sync.Mutex
	ids := make(map[payreports.ReportScheduleID]int)
	actions := make(map[payreports.EnsureAction]int)
	var programs sync.WaitGroup
	for range 8 {
		programs.Go(func() {
			request := daily()
			request.NextCreation = time.Now().Add(time.Hour)
			result, err := sim.Client().EnsureReportSchedule(t.Context(), request)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[result.Schedule.ReportScheduleID]++
			actions[result.Action]++
		})
	}
	programs.Wait()
	if len(ids) != 1 || actions[payreports.EnsureCreated] != 1 || actions[payreports.EnsureUnchanged] != 7 {
		t.Errorf("ids %v, actions %v, want one schedule that one program has created", ids, actions)
	}
}
