package payreports_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
)

func page(token string, ids ...string) answer {
	var reports []string
	for _, id := range ids {
		reports = append(reports, fmt.Sprintf(`{"reportId":%q,"reportType":"T","processingStatus":"COMPLETED"}`, id))
	}
	return answer{status: 200, body: fmt.Sprintf(`{"reports":[%s],"nextToken":%s}`, strings.Join(reports, ","), token)}
}

func TestReportsPages(t *testing.T) {
	t.Parallel()
	first := "GET /v2/reports?pageSize=100"
	tests := map[string]struct {
		options  payreports.GetReportsOptions
		answers  []answer
		want     []string
		requests []string
		wantErr  string
		breakAt  int
	}{
		"one page":             {answers: []answer{page("null", "1", "2")}, want: []string{"1", "2"}, requests: []string{first}},
		"no token at all":      {answers: []answer{{status: 200, body: emptyList}}, requests: []string{first}},
		"empty token":          {answers: []answer{page(`""`, "1")}, want: []string{"1"}, requests: []string{first}},
		"token alone":          {options: payreports.GetReportsOptions{Types: []payreports.ReportType{"T"}, PageSize: 2}, answers: []answer{page(`"a"`, "1", "2"), page(`"b"`, "3"), page("null", "4")}, want: []string{"1", "2", "3", "4"}, requests: []string{"GET /v2/reports?pageSize=2&reportTypes=T", "GET /v2/reports?nextToken=a", "GET /v2/reports?nextToken=b"}},
		"from a token":         {options: payreports.GetReportsOptions{NextToken: "a"}, answers: []answer{page("null", "3")}, want: []string{"3"}, requests: []string{"GET /v2/reports?nextToken=a"}},
		"over empty pages":     {answers: []answer{page(`"a"`), page(`"b"`), page("null", "1")}, want: []string{"1"}, requests: []string{first, "GET /v2/reports?nextToken=a", "GET /v2/reports?nextToken=b"}},
		"error on page 2":      {answers: []answer{page(`"a"`, "1"), {status: 403}}, want: []string{"1"}, requests: []string{first, "GET /v2/reports?nextToken=a"}, wantErr: "403"},
		"repeated token":       {answers: []answer{page(`"a"`, "1"), page(`"a"`, "2")}, want: []string{"1", "2"}, requests: []string{first, "GET /v2/reports?nextToken=a"}, wantErr: "same nextToken twice"},
		"token of long before": {answers: []answer{page(`"a"`), page(`"b"`), page(`"a"`)}, requests: []string{first, "GET /v2/reports?nextToken=a", "GET /v2/reports?nextToken=b"}, wantErr: "same nextToken twice"},
		"early break":          {answers: []answer{page(`"a"`, "1", "2", "3")}, want: []string{"1", "2"}, requests: []string{first}, breakAt: 2},
		"bad options":          {options: payreports.GetReportsOptions{PageSize: 101}, wantErr: "pageSize is 101"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, append(test.answers, test.answers...)...)
			reports := newClient(t, s).AllReports(t.Context(), test.options)
			if len(s.asked) != 0 {
				t.Error("a page was asked for before the loop")
			}
			for range 2 { // each loop starts from the first page
				s.mu.Lock()
				s.asked, s.answers = nil, test.answers
				s.mu.Unlock()
				var got []string
				var failures []error
				for report, err := range reports {
					if err != nil {
						failures = append(failures, err)
						continue
					}
					got = append(got, string(report.ReportID))
					if len(got) == test.breakAt {
						break
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("reports (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.requests, s.requests()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				switch {
				case test.wantErr == "" && failures != nil:
					t.Errorf("errors %v", failures)
				case test.wantErr != "" && (len(failures) != 1 || !strings.Contains(failures[0].Error(), test.wantErr)):
					t.Errorf("errors %v, want one with %q", failures, test.wantErr)
				}
			}
		})
	}
}

func TestReportsCopiesItsOptions(t *testing.T) {
	t.Parallel()
	s := newScript(t, page("null"))
	options := payreports.GetReportsOptions{Types: []payreports.ReportType{"A"}}
	reports := newClient(t, s).AllReports(t.Context(), options)
	options.Types[0] = "B"
	for _, err := range reports {
		t.Error(err)
	}
	if got := s.requests()[0]; got != "GET /v2/reports?pageSize=100&reportTypes=A" {
		t.Errorf("request %s", got)
	}
}

func TestReportsIsLazy(t *testing.T) {
	t.Parallel()
	s := newScript(t, page(`"a"`, "1"), page("null", "2"))
	for report, err := range newClient(t, s).AllReports(t.Context(), payreports.GetReportsOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := map[payreports.ReportID]int{"1": 1, "2": 2}[report.ReportID]; len(s.asked) != want {
			t.Errorf("at report %s, %d pages were asked for, want %d", report.ReportID, len(s.asked), want)
		}
	}
}

func TestDisbursementsPages(t *testing.T) {
	t.Parallel()
	disbursement := `{"settlementId":"%d","amount":"1000.50","currencyCode":"USD","transactionTime":"2022-12-07T17:08:26.717Z"}`
	s := newScript(t, answer{status: 200, body: `{"disbursements":[` + fmt.Sprintf(disbursement, 1) + `],"nextToken":"a"}`},
		answer{status: 200, body: `{"disbursements":[` + fmt.Sprintf(disbursement, 2) + `]}`})
	var got []string
	for d, err := range newClient(t, s).AllDisbursements(t.Context(), payreports.GetDisbursementsOptions{Since: day, Until: day.Add(time.Hour)}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.SettlementID+" "+d.Amount.String()+" "+d.TransactionTime.String())
	}
	want := []string{"1 1000.50 2022-12-07T17:08:26.717Z", "2 1000.50 2022-12-07T17:08:26.717Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("disbursements (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET /v2/disbursements?endTime=20260804T010000Z&pageSize=100&startTime=20260804T000000Z", "GET /v2/disbursements?nextToken=a"}, s.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestPagesEndWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range newClient(t, newScript(t, page(`"a"`, "1"))).AllReports(ctx, payreports.GetReportsOptions{}) {
		n++
		if n == 2 && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		cancel()
	}
	if n != 2 {
		t.Errorf("%d rounds, want a report and an error", n)
	}
}
