package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/simulator"
)

const (
	authorization = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_AUTHORIZATION_DATA_"
	month         = "startTime=20220801T000000Z&endTime=20220831T235959Z"
)

// sentAs sends a query unchanged, after its canonical form was signed. Several official SDKs do this.
func sentAs(query string) func(*http.Request) {
	return func(r *http.Request) { r.URL.RawQuery = query }
}

// asSent is a request whose query is sent as it is written, including empty values.
func asSent(method, path, query, body string) raw {
	return raw{method: method, target: path + "?" + query, body: body, live: true, after: sentAs(query)}
}

func TestEmptyQueryValuesAreAbsent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw
		status int
		names  string
	}{
		"the token":             {asSent("GET", "/v2/reports", "nextToken=", ""), 200, `"reports"`},
		"the token beside":      {asSent("GET", "/v2/reports", "nextToken=&pageSize=5&reportTypes="+refund, ""), 200, `"reports"`},
		"every parameter":       {asSent("GET", "/v2/reports", "reportTypes=&processingStatuses=&createdSince=&createdUntil=&pageSize=&nextToken=", ""), 200, `"reports"`},
		"without equals signs":  {asSent("GET", "/v2/reports", "nextToken&pageSize", ""), 200, `"reports"`},
		"types of schedules":    {asSent("GET", "/v2/report-schedules", "reportTypes=", ""), 200, `"reportSchedules"`},
		"documented query":      {asSent("GET", "/v2/disbursements", month+"&pageSize=30&nextToken=", ""), 200, `"disbursements"`},
		"times beside a token":  {asSent("GET", "/v2/disbursements", "startTime=&endTime=&pageSize=&nextToken=x", ""), 400, "[nextToken]"},
		"times and no values":   {asSent("GET", "/v2/disbursements", "startTime=&endTime=&nextToken=", ""), 400, "[startTime]"},
		"a flag":                {asSent("POST", "/v2/report-schedules", "deleteExistingSchedule=", goodDaily), 201, "reportScheduleId"},
		"a value and an empty":  {asSent("GET", "/v2/reports", "pageSize=5&pageSize=", ""), 200, `"reports"`},
		"a name that isn't one": {asSent("GET", "/v2/reports", "pagesize=", ""), 400, "[pagesize]"},
		"an item of a list":     {asSent("GET", "/v2/reports", "reportTypes="+refund+",", ""), 400, "[reportTypes]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, body := send(t, simulator.StartInMemory(t), test.raw)
			if status != test.status || !strings.Contains(string(body), test.names) {
				t.Errorf("%d %s, want %d with %s", status, body, test.status, test.names)
			}
		})
	}
}

// For an idempotency key, a request with an empty value equals the request without it.
func TestEmptyQueryValueLeavesTheKeyAlone(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	first := asSent("POST", "/v2/report-schedules", "", goodDaily)
	first.header = map[string]string{"x-amz-pay-idempotency-key": "k"}
	second := asSent("POST", "/v2/report-schedules", "deleteExistingSchedule=", goodDaily)
	second.header = first.header
	_, _, created := send(t, sim, first)
	if status, _, again := send(t, sim, second); status != 201 || string(again) != string(created) {
		t.Errorf("%d %s, want the first answer %s", status, again, created)
	}
}

func TestListsInQueries(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	for _, reportType := range []string{refund, authorization} {
		body := strings.Replace(goodReport, refund, reportType, 1)
		if status, _, answer := send(t, sim, raw{method: "POST", target: "/v2/reports", live: true, body: body}); status != 201 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	list := func(query string) (int, string, int) {
		status, _, body := send(t, sim, asSent("GET", "/v2/reports", query, ""))
		var answer payreports.GetReportsResponse
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		return status, string(body), len(answer.Reports)
	}
	for query, want := range map[string]int{
		"reportTypes=" + refund + "," + authorization:                                            2,
		"reportTypes=" + refund + "&reportTypes=" + authorization:                                2,
		"reportTypes=" + authorization + "&pageSize=10&reportTypes=" + refund:                    2,
		"reportTypes=" + refund + "&reportTypes=":                                                1,
		"reportTypes=" + refund + "&reportTypes=" + refund:                                       1,
		"processingStatuses=IN_PROGRESS&processingStatuses=COMPLETED&reportTypes=" + refund:      1,
		"reportTypes=" + refund + "," + authorization + "&reportTypes=" + refund + "&pageSize=1": 1,
	} {
		if status, body, got := list(query); status != 200 || got != want {
			t.Errorf("%s: %d, %d reports, want %d: %.200s", query, status, got, want, body)
		}
	}
	for query, want := range map[string]string{
		"reportTypes.1=" + refund + "&reportTypes.2=" + authorization: "The parameter [reportTypes.1] is not recognized: send the list as one comma-separated value of [reportTypes].",
		"processingStatuses.1=COMPLETED":                              "The parameter [processingStatuses.1] is not recognized: send the list as one comma-separated value of [processingStatuses].",
		"reportTypes%5B%5D=" + refund:                                 "The parameter [reportTypes[]] is not recognized: send the list as one comma-separated value of [reportTypes].",
		"reportTypes%5B0%5D=" + refund:                                "The parameter [reportTypes[0]] is not recognized: send the list as one comma-separated value of [reportTypes].",
		"reportType=" + refund:                                        "The parameter [reportType] is not recognized: did you mean [reportTypes]?",
		"pagesize=5":                                                  "The parameter [pagesize] is not recognized: did you mean [pageSize]?",
		"pageSize.1=5":                                                "The parameter [pageSize.1] is not recognized.",
		"limit=5":                                                     "The parameter [limit] is not recognized.",
		"pageSize=5&pageSize=5":                                       "The value provided for [pageSize] is invalid: it is present 2 times.",
		"reportTypes=" + refund + "&reportTypes=X":                    `The value provided for [reportTypes] is invalid: value is not one of the allowed values`,
	} {
		status, body, _ := list(query)
		var refusal api.ErrorResponse
		if err := json.Unmarshal([]byte(body), &refusal); err != nil {
			t.Fatal(err)
		}
		if status != 400 || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: %d %q, want %q", query, status, refusal.Message, want)
		}
	}
}

// An official SDK's own test uses one key for createReportSchedule and createReport.
func TestIdempotencyKeyBelongsToAnOperation(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	post := func(target, body string, live bool) (int, string) {
		status, _, answer := send(t, sim, raw{
			method: "POST", target: target, body: body, live: live, header: map[string]string{"x-amz-pay-idempotency-key": "one-key"},
		})
		return status, string(answer)
	}
	scheduled, schedule := post("/v2/report-schedules", goodDaily, true)
	created, report := post("/v2/reports", goodReport, true)
	if scheduled != 201 || created != 201 {
		t.Fatalf("%d %s, then %d %s: want 201 for both", scheduled, schedule, created, report)
	}
	for body, want := range map[string]string{goodDaily: schedule, goodReport: report} {
		target := "/v2/reports"
		if body == goodDaily {
			target = "/v2/report-schedules"
		}
		if status, again := post(target, body, true); status != 201 || again != want {
			t.Errorf("%s: %d %s, want the first answer %s", target, status, again, want)
		}
	}
	if status, answer := post("/v2/reports", strings.Replace(goodReport, refund, authorization, 1), true); status != 400 || !strings.Contains(answer, "DuplicateIdempotencyKey") {
		t.Errorf("%d %s, want DuplicateIdempotencyKey", status, answer)
	}
	if status, answer := post("/v2/reports", goodSandbox, false); status != 201 {
		t.Errorf("in the sandbox: %d %s, want 201", status, answer)
	}
}

func TestDashedIdempotencyKey(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	for _, test := range []struct{ key, names string }{
		{"4f0c9c0f-6d5e-4b1f-a0a9-f0c2d3e4b5a6", "at most 32 letters, digits, - and _, but it has 36 characters"},
		{strings.Repeat("a", 33), "at most 32 letters, digits, - and _, but it has 33 characters"},
		{"a b", "at most 32 letters, digits, - and _"},
	} {
		for _, operation := range []struct{ target, body string }{{"/v2/reports", goodReport}, {"/v2/report-schedules", goodDaily}} {
			status, _, body := send(t, sim, raw{
				method: "POST", target: operation.target, body: operation.body, live: true, after: resigned(map[string]string{"X-Amz-Pay-Idempotency-Key": test.key}),
			})
			if status != 400 || !strings.Contains(string(body), "InvalidHeaderValue") || !strings.Contains(string(body), test.names) {
				t.Errorf("%s with key %q: %d %s, want 400 InvalidHeaderValue with %q", operation.target, test.key, status, body, test.names)
			}
		}
	}
	// On a GET, as in the documentation's samples, the key has no effect.
	if status, _, body := send(t, sim, raw{target: "/v2/reports", after: resigned(map[string]string{"X-Amz-Pay-Idempotency-Key": "4f0c9c0f-6d5e-4b1f-a0a9-f0c2d3e4b5a6"})}); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

// The same request is refused with the same message, whatever the order of Go's maps.
func TestRefusalsAreStable(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	tests := map[string]struct {
		raw
		want string
	}{
		"unknown parameters":  {raw{target: "/v2/reports?zeta=1&beta=2&alpha=3&gamma=4"}, "[alpha]"},
		"invalid parameters":  {raw{target: "/v2/reports?pageSize=x&createdSince=y&createdUntil=z&reportTypes=q"}, "[reportTypes]"},
		"unknown and invalid": {raw{target: "/v2/reports?pageSize=x&zeta=1&alpha=2"}, "[alpha]"},
		"repeated parameters": {raw{target: "/v2/reports?pageSize=1&pageSize=2&createdSince=a&createdSince=b"}, "[createdSince]"},
		"unknown members":     {raw{method: "POST", target: "/v2/reports", body: strings.Replace(goodSandbox, "{", `{"d":1,"a":2,"c":3,"b":4,`, 1)}, "[a]"},
		"invalid members":     {raw{method: "POST", target: "/v2/reports", body: `{"startTime":"x","endTime":"y","reportType":"z"}`}, "[endTime]"},
		"missing members":     {raw{method: "POST", target: "/v2/reports", body: `{}`}, "[reportType]"},
		"missing and unknown": {raw{method: "POST", target: "/v2/reports", body: `{"b":1,"a":2}`}, "[a]"},
		"schedule without":    {raw{method: "POST", target: "/v2/report-schedules", body: `{}`}, "[reportType]"},
		"empty headers": {raw{target: "/v2/reports", after: func(r *http.Request) {
			r.Header["X-Amz-Pay-Host"], r.Header["X-Amz-Pay-Region"], r.Header["X-Amz-Pay-Authtoken"] = []string{""}, []string{" "}, []string{}
		}}, "[x-amz-pay-authtoken]"},
		"missing signed headers": {raw{target: "/v2/reports", after: func(r *http.Request) {
			r.Header.Del("Accept")
			r.Header.Del("X-Amz-Pay-Region")
		}}, "accept"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(map[string]int)
			for range 30 {
				status, _, body := send(t, sim, test.raw)
				seen[fmt.Sprint(status, " ", string(body))]++
			}
			if len(seen) != 1 {
				t.Errorf("%d different answers: %v", len(seen), seen)
			}
			for answer := range seen {
				if !strings.HasPrefix(answer, "400") || !strings.Contains(answer, test.want) {
					t.Errorf("%s, want one that names %s", answer, test.want)
				}
			}
		})
	}
}

// A pattern is for programs. The message describes the format of a time for people.
func TestInvalidTimesSayTheForm(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	for _, r := range []raw{
		{target: "/v2/reports?createdSince=2022-08-04T00-00-00Z"},
		{target: "/v2/reports?createdSince=20220230T000000Z"},
		{target: "/v2/disbursements?startTime=20230229T000000Z&endTime=20230301T000000Z"},
		{method: "POST", target: "/v2/reports", body: strings.Replace(goodSandbox, "20220804T235959Z", "2022-08-04T23-59-59Z", 1)},
	} {
		_, _, body := send(t, sim, r)
		if !strings.Contains(string(body), "not a time in the form YYYYMMDDTHHMMSSZ") || strings.Contains(string(body), "[0-9]") {
			t.Errorf("%s: %s", r.target, body)
		}
	}
}
