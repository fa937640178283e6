package conformance_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/simulator"
)

// serviceOf returns a simulator's live or sandbox environment as the probes see it, through a transport.
func serviceOf(t *testing.T, sim *simulator.Server, environment regions.Environment, transport http.RoundTripper) probedService {
	t.Helper()
	httpClient := &http.Client{Transport: transport}
	signer, newClient := sim.Signer, sim.Client
	if environment == regions.Sandbox {
		signer, newClient = sim.SandboxSigner, sim.SandboxClient
	}
	generated, err := api.NewClient("https://pay-api.amazon.com/v2", api.WithHTTPClient(httpClient), api.WithRequestEditorFn(signer.SignRequest))
	if err != nil {
		t.Fatal(err)
	}
	return probedService{Client: newClient(payreports.WithHTTPClient(httpClient)), Generated: generated, Environment: environment}
}

// The probes find the simulator as it is, and each deviation that is switched on.
func TestProbe(t *testing.T) {
	t.Parallel()
	const questions = 10
	tests := map[string]struct {
		deviations []simulator.Deviation
		want       []string // the questions whose answers differ
		findings   bool
	}{
		"as documented": {},
		"oldest first":  {[]simulator.Deviation{simulator.DeviationOldestFirst}, []string{"In which order does getReports list?"}, false},
		"ids":           {[]simulator.Deviation{simulator.DeviationExistingSchedulesAsIDs}, []string{"What does createReportSchedule answer when the type has a schedule?"}, true},
		"query only":    {[]simulator.Deviation{simulator.DeviationDeleteInQueryOnly}, []string{"Does deleteExistingSchedule in the body alone replace a schedule?"}, false},
		"body only":     {[]simulator.Deviation{simulator.DeviationDeleteInBodyOnly}, []string{"Does deleteExistingSchedule in the query alone replace a schedule?"}, false},
		"shared keys":   {[]simulator.Deviation{simulator.DeviationSharedKeys}, []string{"Does one idempotency key serve two operations?"}, false},
		"cancel body":   {[]simulator.Deviation{simulator.DeviationCancelBody}, []string{"What is the body of a successful cancelReportSchedule?"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.StartInMemory(t, simulator.Config{Deviations: test.deviations})
				validator, err := newValidator(sim.RoundTripper(), "/v2")
				if err != nil {
					t.Fatal(err)
				}
				service := serviceOf(t, sim, regions.Live, validator)
				answers := probe(t.Context(), service, time.Now())
				var got []string
				for _, answer := range answers {
					if answer.Differs {
						got = append(got, answer.Question)
					}
					if strings.HasPrefix(answer.Found, "could not") {
						t.Errorf("%s: %s", answer.Question, answer.Found)
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" || len(answers) != questions {
					t.Errorf("%d answers; differences (-want +got):\n%s", len(answers), diff)
				}
				if findings := validator.Findings(); (len(findings) > 0) != test.findings {
					t.Errorf("findings %v", findings)
				}
				if left, err := service.Client.GetReportSchedules(t.Context(), payreports.GetReportSchedulesOptions{}); err != nil || len(left.ReportSchedules) != 0 {
					t.Errorf("the probes left %v behind, %v", left, err)
				}
			})
		})
	}
}

// A schedule that was there before the probes is left alone.
func TestProbeLeavesSchedulesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		service := serviceOf(t, sim, regions.Live, sim.RoundTripper())
		request := payreports.CreateReportScheduleRequest{
			Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: time.Now().AddDate(0, 1, 0),
		}
		if _, err := service.Client.CreateReportSchedule(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		before, err := service.Client.GetReportSchedules(t.Context(), payreports.GetReportSchedulesOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range probe(t.Context(), service, time.Now()) {
			if answer.Differs || strings.Contains(answer.Question, "chedule") && !strings.Contains(answer.Found, "left alone") {
				t.Error(answer)
			}
		}
		after, err := service.Client.GetReportSchedules(t.Context(), payreports.GetReportSchedulesOptions{})
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
	})
}

// A file that package reportfile doesn't expect is a difference.
func TestProbeOfAnUnreadableFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		service := serviceOf(t, sim, regions.Live, answering(func(req *http.Request) (*http.Response, error) {
			if strings.HasPrefix(req.URL.Path, "/v2/") {
				return sim.RoundTripper().RoundTrip(req)
			}
			page := "<html>"
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(page)), Body: io.NopCloser(strings.NewReader(page)), Request: req}, nil
		}))
		var differs []string
		for _, answer := range probe(t.Context(), service, time.Now()) {
			if answer.Differs {
				differs = append(differs, answer.Question+" "+answer.Found)
			}
		}
		if len(differs) != 1 || !strings.Contains(differs[0], "reportfile") || !strings.Contains(differs[0], "HTML") {
			t.Errorf("%q", differs)
		}
	})
}

// In the sandbox much can't be found out, and the probes say so instead of failing.
func TestProbeInTheSandbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		for _, answer := range probe(t.Context(), serviceOf(t, sim, regions.Sandbox, sim.RoundTripper()), time.Now()) {
			if answer.Differs {
				t.Error(answer)
			}
		}
	})
}

// A service that answers nothing leaves every question open, and that is no difference.
func TestProbeOfAServiceThatRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		service := serviceOf(t, sim, regions.Live, answering(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		}))
		answers := probe(t.Context(), service, time.Now())
		for _, answer := range answers {
			if answer.Differs || !strings.Contains(answer.String(), "could not be found out: payreports: ") {
				t.Error(answer)
			}
		}
		if len(answers) != 10 {
			t.Errorf("%d answers", len(answers))
		}
	})
	if text := (probeAnswer{Question: "Q?", Expected: "yes", Found: "no", Differs: true}).String(); text != "Q?\n  expected: yes\n  found:    no (DIFFERS)" {
		t.Errorf("%q", text)
	}
}
