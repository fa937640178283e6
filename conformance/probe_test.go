package conformance_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/conformance"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/simulator"
)

// The probes find the simulator as it is, and each deviation that is switched on.
func TestProbe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		deviations []simulator.Deviation
		want       []string // the questions whose answers differ
		findings   bool
	}{
		"as documented": {},
		"deviations": {
			deviations: []simulator.Deviation{simulator.DeviationOldestFirst, simulator.DeviationExistingAsIDs, simulator.DeviationCancelBody},
			want:       []string{"In which order does getReports list?", "What does createReportSchedule answer when the type has a schedule?"},
			findings:   true, // the array of ids and the body of the cancel break the spec
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.StartInMemory(t, simulator.Config{Deviations: test.deviations})
				validator, err := conformance.NewValidator(sim.RoundTripper(), "/v2")
				if err != nil {
					t.Fatal(err)
				}
				client := sim.LiveClient(payreports.WithHTTPClient(&http.Client{Transport: validator}))
				answers := conformance.Probe(t.Context(), client, regions.Live, time.Now())
				var got []string
				for _, answer := range answers {
					if answer.Differs {
						got = append(got, answer.Question)
					}
					if strings.HasPrefix(answer.Found, "could not") {
						t.Errorf("%s: %s", answer.Question, answer.Found)
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" || len(answers) != 6 {
					t.Errorf("%d answers; differences (-want +got):\n%s", len(answers), diff)
				}
				if findings := validator.Findings(); (len(findings) > 0) != test.findings {
					t.Errorf("findings %v", findings)
				}
			})
		})
	}
}

// In the sandbox much can't be found out, and the probes say so instead of failing.
func TestProbeInTheSandbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		for _, answer := range conformance.Probe(t.Context(), sim.Client(), regions.Sandbox, time.Now()) {
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
		client := sim.LiveClient(payreports.WithHTTPClient(&http.Client{Transport: answering(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		})}))
		answers := conformance.Probe(t.Context(), client, regions.Live, time.Now())
		for _, answer := range answers {
			if answer.Differs || !strings.Contains(answer.String(), "could not be found out: payreports: ") {
				t.Error(answer)
			}
		}
		if len(answers) != 6 {
			t.Errorf("%d answers", len(answers))
		}
	})
	if text := (conformance.Answer{Question: "Q?", Expected: "yes", Found: "no", Differs: true}).String(); text != "Q?\n  expected: yes\n  found:    no (DIFFERS)" {
		t.Errorf("%q", text)
	}
}
