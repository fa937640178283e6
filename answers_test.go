package payreports_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

// disbursed is a list of one disbursement. It has the given members in addition to the usual ones.
func disbursed(members string) string {
	return `{"disbursements":[{"settlementId":"7","currencyCode":"USD","amount":"1.00"},{` + members + `}]}`
}

func disbursements(t *testing.T, body string, opts ...payreports.Option) (*payreports.GetDisbursementsResponse, error) {
	t.Helper()
	return newClient(t, newScript(t, answer{status: 200, body: body}), opts...).
		GetDisbursements(t.Context(), payreports.GetDisbursementsOptions{Since: day, Until: day})
}

// The call fails if an amount, a currency or an id is missing or can't be read exactly.
func TestDisbursementsThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	const settled, currency = `"settlementId":"8",`, `,"currencyCode":"USD"`
	for name, test := range map[string]struct{ members, want string }{
		"no amount":                   {settled + `"currencyCode":"USD"`, "disbursements[1] has no amount"},
		"null amount":                 {settled + `"amount":null` + currency, "disbursements[1] has no amount"},
		"empty amount":                {settled + `"amount":""` + currency, "amount"},
		"20 digits":                   {settled + `"amount":"1000.10000000000000001"` + currency, "more than 19 digits"},
		"20 digits, a number":         {settled + `"amount":1000.10000000000000001` + currency, "more than 19 digits"},
		"a fraction of 20 digits":     {settled + `"amount":"0.00000000000000000001"` + currency, "more than 19 digits"},
		"negative 20 digits":          {settled + `"amount":"-12345678901234567890"` + currency, "more than 19 digits"},
		"zeros beyond 19 digits":      {settled + `"amount":"1000.1000000000000000000000"` + currency, "more than 19 digits"},
		"exponent":                    {settled + `"amount":1e3` + currency, "amount"},
		"thousands":                   {settled + `"amount":"1,000.50"` + currency, "amount"},
		"decimal comma":               {settled + `"amount":"1000,50"` + currency, "amount"},
		"infinity":                    {settled + `"amount":"Infinity"` + currency, "amount"},
		"space":                       {settled + `"amount":" 1000.50"` + currency, "amount"},
		"an object":                   {settled + `"amount":{"value":"1"}` + currency, "amount"},
		"a truth value":               {settled + `"amount":true` + currency, "amount"},
		"no currency":                 {settled + `"amount":"1"`, "has no currencyCode"},
		"null currency":               {settled + `"amount":"1","currencyCode":null`, "has no currencyCode"},
		"no settlement":               {`"amount":"1"` + currency, "has no settlementId"},
		"null settlement":             {`"settlementId":null,"amount":"1"` + currency, "has no settlementId"},
		"settlement with an exponent": {`"settlementId":6.8973459224e10,"amount":"1"` + currency, "an id"},
		"negative settlement":         {`"settlementId":-7,"amount":"1"` + currency, "an id"},
		"settlement as a list":        {`"settlementId":["8"],"amount":"1"` + currency, "an id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := disbursements(t, disbursed(test.members))
			var failure *payreports.Error
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.want) || list != nil {
				t.Errorf("%+v, error %v, want one with %q", list, err, test.want)
			}
		})
	}
}

// Everything that can be read exactly is accepted.
func TestDisbursementsInOtherForms(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]string{
		`"settlementId":68973459224,"amount":"1000.50","currencyCode":"USD"`:                                                      "68973459224 1000.50 ",
		`"settlementId":"68973459224","amount":1000.50,"currencyCode":"USD"`:                                                      "68973459224 1000.50 ",
		`"settlementId":9007199254740993,"amount":0,"currencyCode":"USD"`:                                                         "9007199254740993 0 ",
		`"settlementId":7,"amazonDisbursementReferenceId":42,"amount":-0.10,"currencyCode":"USD"`:                                 "7 -0.10 42",
		`"settlementId":"8","amazonDisbursementReferenceId":null,"sellerId":1,"amount":"1234567890123456.789","currencyCode":"U"`: "8 1234567890123456.789 ",
		`"settlementId":"8","amount":"00000000000000000000001.5","currencyCode":"USD"`:                                            "8 1.5 ",
	} {
		list, err := disbursements(t, disbursed(members))
		if err != nil || len(list.Disbursements) != 2 {
			t.Errorf("%s: %v", members, err)
			continue
		}
		d := list.Disbursements[1]
		if got := fmt.Sprintf("%s %s %s", d.SettlementID, d.Amount, d.AmazonDisbursementReferenceID); got != want {
			t.Errorf("%s: %q, want %q", members, got, want)
		}
	}
}

// A time that can't be read becomes zero, with a warning. Neither the list nor anything made from it fails.
func TestTimesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`"never"`, `"2026-08-04"`, `1668783990`, `{"seconds":1}`, `true`, `"20230229T000000Z"`} {
		t.Run(odd, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			logged := payreports.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
			reports, err := newClient(t, newScript(t, answer{status: 200, body: `{"reports":[{"reportId":"1","createdTime":"20260804T000000Z"},{"reportId":"2","createdTime":` + odd + `}]}`}), logged).
				GetReports(t.Context(), payreports.GetReportsOptions{})
			if err != nil || len(reports.Reports) != 2 || reports.Reports[0].CreatedTime.IsZero() || !reports.Reports[1].CreatedTime.IsZero() {
				t.Fatalf("%+v, %v", reports, err)
			}
			if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "createdTime") || !strings.Contains(text, "id=2") {
				t.Errorf("log %q, want one warning that names report and member", text)
			}
			log.Reset()
			list, err := disbursements(t, disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","transactionTime":`+odd), logged)
			if err != nil || !list.Disbursements[1].TransactionTime.IsZero() || !strings.Contains(log.String(), "transactionTime") {
				t.Errorf("%+v, %v, log %q", list, err, log.String())
			}
			log.Reset()
			schedule, err := newClient(t, newScript(t, answer{status: 200, body: `{"reportScheduleId":"7","nextReportCreationTime":` + odd + `}`}), logged).GetReportScheduleByID(t.Context(), "7")
			if err != nil || !schedule.NextReportCreationTime.IsZero() || !strings.Contains(log.String(), "nextReportCreationTime") {
				t.Errorf("%+v, %v, log %q", schedule, err, log.String())
			}
		})
	}
}

// A response about something other than what was requested is an error.
func TestAnswersAboutSomethingElse(t *testing.T) {
	t.Parallel()
	const url = `"url":"https://storage.example/D2?X-Amz-Signature=5ec7e7"`
	for name, test := range map[string]struct {
		call func(*payreports.Client) error
		body string
		want string
	}{
		"another report":                       {getReport, `{"reportId":"A2","processingStatus":"COMPLETED"}`, `its reportId is A2 instead of A1`},
		"a report in another case":             {getReport, `{"reportId":"a1","processingStatus":"COMPLETED"}`, `its reportId is a1 instead of A1`},
		"a longer report id":                   {getReport, `{"reportId":"A11","processingStatus":"COMPLETED"}`, `its reportId is A11 instead of A1`},
		"no report id":                         {getReport, `{"processingStatus":"COMPLETED"}`, "it has no reportId"},
		"another document":                     {getDocument, `{"reportDocumentId":"D2",` + url + `}`, `its reportDocumentId is D2 instead of D1`},
		"a document that isn't ready, another": {getDocument, `{"reportDocumentId":"D2"}`, `its reportDocumentId is D2 instead of D1`},
		"no document id":                       {getDocument, `{` + url + `}`, "it has no reportDocumentId"},
		"null document id":                     {getDocument, `{"reportDocumentId":null,` + url + `}`, "it has no reportDocumentId"},
		"another schedule":                     {getSchedule, `{"reportScheduleId":"8"}`, `its reportScheduleId is 8 instead of 7`},
		"another schedule, wrapped":            {getSchedule, `{"reportSchedules":[{"reportScheduleId":"8"}]}`, `its reportScheduleId is 8 instead of 7`},
		"two schedules":                        {getSchedule, `{"reportSchedules":[{"reportScheduleId":"7"},{"reportScheduleId":"8"}]}`, "it has no reportScheduleId"},
		"a schedule that exists, without id":   {createSchedule, `[{"reportType":"T"}]`, "[0] has no reportScheduleId"},
		"a schedule that exists, null":         {createSchedule, `["7",null]`, "[1] has no reportScheduleId"},
		"a wrapped schedule without id":        {createSchedule, `{"reportSchedules":[{}]}`, "[0] has no reportScheduleId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.call(newClient(t, newScript(t, answer{status: 200, body: test.body})))
			var failure *payreports.Error
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "5ec7e7") {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

var ctx = context.Background()

func getReport(c *payreports.Client) error {
	return second(c.GetReportByID(ctx, "A1"))
}

func getDocument(c *payreports.Client) error {
	return second(c.GetReportDocument(ctx, "D1"))
}

func getSchedule(c *payreports.Client) error {
	return second(c.GetReportScheduleByID(ctx, "7"))
}

func createSchedule(c *payreports.Client) error {
	return second(c.CreateReportSchedule(ctx, daily()))
}

// If a member is duplicated, it isn't clear which one is right. encoding/json takes the last one, ignoring case.
func TestMembersThatComeTwice(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"amount":              disbursed(`"settlementId":"8","amount":"1","amount":"2","currencyCode":"USD"`),
		"amount, other case":  disbursed(`"settlementId":"8","amount":"1","Amount":"2","currencyCode":"USD"`),
		"amount, spelled":     disbursed(`"settlementId":"8","amount":"1","\u0061mount":"2","currencyCode":"USD"`),
		"currency":            disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","currencyCode":"JPY"`),
		"settlement, folded":  disbursed(`"settlementId":"8","\u017fettlementId":"9","amount":"1","currencyCode":"USD"`),
		"the list":            `{"disbursements":[],"disbursements":[{"settlementId":"8","amount":"1","currencyCode":"USD"}]}`,
		"the list, spelled":   `{"disbursements":[{"settlementId":"8","amount":"1","currencyCode":"USD"}],"Disbursements":[]}`,
		"the token":           `{"disbursements":[],"nextToken":"a","nextToken":null}`,
		"in an unknown one":   disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","bank":{"fee":"1","fee":"2"}`),
		"deep below":          disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","bank":[[{"a":[{"fee":1,"FEE":2}]}]]`),
		"after a quoted name": disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","a\"b":1,"a\u0022b":2`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := disbursements(t, body)
			var failure *payreports.Error
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), "twice") {
				t.Errorf("%+v, error %v, want one that names the member", list, err)
			}
		})
	}
	for name, body := range map[string]string{
		"in two elements": disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD"`),
		"on two levels":   disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","fees":{"amount":"2"}`),
		"as a value":      disbursed(`"settlementId":"8","amount":"1","currencyCode":"USD","a":"b","b":"a"`),
	} {
		if _, err := disbursements(t, body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := second(newClient(t, newScript(t, answer{status: 200, body: `{"reportId":"A1","reportId":"A1","processingStatus":"COMPLETED"}`})).GetReportByID(t.Context(), "A1"))
	if err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a report with two ids: %v", err)
	}
}

// If a page arrives instead of a response, the error says so.
func TestPagesInPlaceOfAnswers(t *testing.T) {
	t.Parallel()
	html := map[string]string{"Content-Type": "text/html; charset=utf-8"}
	for name, a := range map[string]answer{
		"HTML":                {status: 200, body: "<!DOCTYPE html><title>Sign in</title>", header: html},
		"HTML that says JSON": {status: 200, body: "<html>"},
		"XHTML with a BOM":    {status: 200, body: "\ufeff  <?xml version=\"1.0\"?><html/>"},
		"a comment first":     {status: 200, body: "\n\t<!-- proxy --><HTML>", header: html},
		"text":                {status: 200, body: "Please sign in", header: map[string]string{"Content-Type": "text/plain"}},
		"HTML for a create":   {status: 201, body: "<html>", header: html},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, call := range []func(*payreports.Client) error{getReport, getDocument, getSchedule, createSchedule} {
				err := call(newClient(t, newScript(t, a)))
				var failure *payreports.Error
				if !errors.As(err, &failure) || !strings.Contains(err.Error(), "a proxy or a login page") || len(failure.Body) != 0 {
					t.Errorf("error %v, want one that tells of a proxy or a login page", err)
				}
			}
		})
	}
}
