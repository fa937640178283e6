package conformance_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/simulator"
)

// Each link is followed: its operation answers the value that the link takes from the answer before.
func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	const (
		refunds  = `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20261001T000000Z","endTime":"20261101T000000Z"}`
		schedule = `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","scheduleFrequency":"P1D","nextReportCreationTime":"20261118T150630Z"}`
		page     = "/v2/disbursements?startTime=20261001T000000Z&endTime=20261101T000000Z&pageSize=1"
	)
	tests := map[string]struct {
		first sampleRequest
		links []string // operation and link, each from the answer before
	}{
		"a report's document": {sampleRequest{Method: "POST", Target: "/v2/reports", Body: refunds}, []string{"createReport getReport", "getReportById getDocument"}},
		"pages of reports":    {sampleRequest{Method: "GET", Target: "/v2/reports?pageSize=1"}, []string{"getReports nextPage", "getReports nextPage"}},
		"pages of payouts":    {sampleRequest{Method: "GET", Target: page}, []string{"getDisbursements nextPage", "getDisbursements nextPage"}},
		"a schedule":          {sampleRequest{Method: "POST", Target: "/v2/report-schedules", Body: schedule}, []string{"createReportSchedule getSchedule"}},
		"a schedule, its end": {sampleRequest{Method: "POST", Target: "/v2/report-schedules", Body: schedule}, []string{"createReportSchedule cancelSchedule"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)})
			status, body := test.first.send(t, sim, "live")
			for _, link := range test.links {
				if status >= 300 {
					t.Fatalf("%d %s before link %s", status, body, link)
				}
				sim.Advance(time.Minute)
				if status, body = follow(t, link, status, body).send(t, sim, "live"); status != 200 {
					t.Errorf("%s returns %d %s", link, status, body)
				}
			}
		})
	}
}

// follow returns the request that a link of an operation describes, filled from the answer.
func follow(t *testing.T, name string, status int, body []byte) sampleRequest {
	t.Helper()
	id, linkName, _ := strings.Cut(name, " ")
	response := operations(t)[id].Responses.Status(status)
	if response == nil || response.Value.Links[linkName] == nil {
		t.Fatalf("status %d of %s has no link %s", status, id, linkName)
	}
	link := response.Value.Links[linkName].Value
	var answer any
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	for path, item := range loadSpec(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.OperationID != link.OperationID {
				continue
			}
			query := make(url.Values)
			for parameter, expression := range link.Parameters {
				value := at(answer, strings.Split(strings.TrimPrefix(fmt.Sprint(expression), "$response.body#/"), "/"))
				if value == nil {
					t.Fatalf("%s: the response %s has no %v", name, body, expression)
				}
				if in, parameterName, _ := strings.Cut(parameter, "."); in == "path" {
					path = strings.ReplaceAll(path, "{"+parameterName+"}", url.PathEscape(fmt.Sprint(value)))
				} else {
					query.Set(parameterName, fmt.Sprint(value))
				}
			}
			return sampleRequest{Method: method, Target: "/v2" + path + "?" + query.Encode()}
		}
	}
	t.Fatalf("%s has no operation", name)
	return sampleRequest{}
}
