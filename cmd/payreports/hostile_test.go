package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports/simulator"
)

// hostile is a text that drives, reorders or forges the lines of a terminal. Whoever shows it must not show it as it is.
const hostile = "\x1b[2J\x1b]0;owned\x07\u009b31m\u202egnp.exe\u2066\u2028\nFORGED line\r\nFORGED\tline\b\x7f\u200b\U000e0041"

// hostileHeader is one that net/http takes from a server.
const hostileHeader = "\u009b31m\u202egnp.exe\u2066\u2028"

// invisible returns the first character of a text, but for line ends, that a person can't see, or a line that the service has made.
func invisible(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "FORGED") {
			return line
		}
		for _, r := range strings.TrimSuffix(line, "\n") {
			if !unicode.IsGraphic(r) || r == utf8.RuneError {
				return fmt.Sprintf("%q in %q", r, line)
			}
		}
	}
	return ""
}

// hostileService answers everything with an answer of the right form whose texts are hostile.
func hostileService(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, self string)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Amz-Pay-Request-Id"] = []string{"R" + hostileHeader}
		w.Header()["Etag"] = []string{`"` + hostileHeader + `"`}
		answer(w, r, "http://"+r.Host)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func asJSON(w http.ResponseWriter, status int, value any) {
	w.Header()["Content-Type"] = []string{"application/json; " + hostileHeader}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}

// Whatever the service says, no command lets it drive the terminal, at any level of the log.
func TestHostileTextsAreMadeVisible(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	id := "A1"
	report := map[string]any{
		"reportId": id, "reportType": "_T" + hostile, "processingStatus": "COMPLETED", "reportDocumentId": "D1",
		"startTime": "20261101T000000Z", "endTime": "20261102T000000Z", "createdTime": "20261103T000000Z",
	}
	with := func(changes ...any) map[string]any {
		changed := make(map[string]any)
		for name, value := range report {
			changed[name] = value
		}
		for i := 0; i < len(changes); i += 2 {
			changed[changes[i].(string)] = changes[i+1]
		}
		return changed
	}
	schedule := map[string]any{"reportScheduleId": "S" + hostile, "reportType": "_T" + hostile, "scheduleFrequency": "P" + hostile, "nextReportCreationTime": "20261101T000000Z"}
	refusal := func(status int) func(w http.ResponseWriter, r *http.Request, self string) {
		return func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header()["Retry-After"] = []string{"0" + hostileHeader}
			asJSON(w, status, map[string]string{"reasonCode": "Code" + hostile, "message": "Message" + hostile})
		}
	}
	// values answers rightly, with this report, until the document is fetched, which storage answers.
	values := func(one map[string]any, storage func(w http.ResponseWriter)) func(w http.ResponseWriter, r *http.Request, self string) {
		return func(w http.ResponseWriter, r *http.Request, self string) {
			switch path := r.URL.Path; {
			case strings.HasPrefix(path, "/storage"):
				storage(w)
			case r.Method == http.MethodPost && strings.HasSuffix(path, "/reports"):
				asJSON(w, http.StatusCreated, map[string]string{"reportId": "A" + hostile})
			case r.Method == http.MethodPost:
				asJSON(w, http.StatusCreated, []any{schedule})
			case strings.HasSuffix(path, "/reports"):
				asJSON(w, http.StatusOK, map[string]any{"reports": []any{one}})
			case strings.Contains(path, "/reports/"):
				asJSON(w, http.StatusOK, one)
			case strings.Contains(path, "/report-documents/"):
				asJSON(w, http.StatusOK, map[string]any{"reportDocumentId": "D1", "url": self + "/storage/file"})
			case strings.HasSuffix(path, "/report-schedules"):
				asJSON(w, http.StatusOK, map[string]any{"reportSchedules": []any{schedule}})
			case strings.Contains(path, "/report-schedules/"):
				asJSON(w, http.StatusOK, schedule)
			default:
				asJSON(w, http.StatusOK, map[string]any{"disbursements": []any{map[string]any{
					"settlementId": "7" + hostile, "amount": "1.00", "currencyCode": "USD" + hostile, "transactionTime": "2026-11-01T00:00:00Z",
					"amazonDisbursementReferenceId": hostile, "sellerId": hostile,
				}}})
			}
		}
	}
	text := func(w http.ResponseWriter) { fmt.Fprint(w, hostile) }
	stored := func(status int, body string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header()["Content-Type"] = []string{"text/x;" + hostileHeader}
			w.Header()["Content-Encoding"] = []string{"gzip" + hostileHeader}
			w.Header()["Content-Range"] = []string{"bytes " + hostileHeader}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	services := map[string]func(w http.ResponseWriter, r *http.Request, self string){
		"refused":       refusal(http.StatusBadRequest),
		"forbidden":     refusal(http.StatusForbidden),
		"not found":     refusal(http.StatusNotFound),
		"failing":       refusal(http.StatusInternalServerError),
		"a page":        func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(http.StatusBadGateway); text(w) },
		"no JSON":       func(w http.ResponseWriter, _ *http.Request, _ string) { text(w) },
		"a bad time":    values(with("createdTime", "2026"+hostile), text),
		"values":        values(report, text),
		"failed":        values(with("processingStatus", "FAILED", "reportDocumentId", hostile), text),
		"cancelled":     values(with("processingStatus", "CANCELLED"), text),
		"ids":           values(with("reportId", "A"+hostile, "reportDocumentId", "D"+hostile), text),
		"a status":      values(with("processingStatus", "ODD"+hostile), text),
		"storage":       values(report, stored(http.StatusForbidden, "<Error><Code>Code"+hostile+"</Code><Message>"+hostile+"</Message></Error>")),
		"storage fails": values(report, stored(http.StatusNotFound, hostile)),
		"encoding":      values(report, stored(http.StatusOK, hostile)),
		"range":         values(report, stored(http.StatusPartialContent, hostile)),
		"bad headers": func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header()["X-Amz-Pay-Request-Id"] = []string{"\x1b[2J\x07"}
			w.Header()["\x1b[2J"] = []string{"x"}
			text(w)
		},
		"redirect": func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header()["Location"] = []string{"https://" + hostileHeader}
			w.WriteHeader(http.StatusFound)
		},
	}
	dir := t.TempDir()
	settlement := writeFile(t, "settlement.csv", "\"SettlementId\"\n")
	commands := map[string][]string{
		"list": {"reports", "list"}, "get": {"reports", "get", id}, "wait": {"reports", "wait", id},
		"create":      {"reports", "create", "--type", "refund", "--start", "2026-11-01", "--end", "2026-11-02"},
		"create wait": {"reports", "create", "--type", "refund", "--start", "2026-11-01", "--end", "2026-11-02", "--wait"},
		"download":    {"reports", "download", id, "--to", filepath.Join(dir, "file")},
		"schedules":   {"schedules", "list"}, "schedule": {"schedules", "get", "S1"}, "cancel": {"schedules", "cancel", "S1"},
		"schedule create": {"schedules", "create", "--type", "refund", "--frequency", "P1D", "--next", "2026-12-01"},
		"ensure":          {"schedules", "ensure", "--type", "refund", "--frequency", "P1D", "--next", "2026-12-01"},
		"disbursements":   {"disbursements", "list", "--since", "2026-11-01", "--until", "2026-11-02"},
		"doctor":          {"doctor"}, "sync": {"sync", "--to", filepath.Join(dir, "reports"), "--since", "2026-10-01"}, "reconcile": {"reconcile", "--reports", settlement},
	}
	for service, answer := range services {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			at := s.with("AMAZON_PAY_ENDPOINT=" + hostileService(t, answer) + "/v2")
			for command, args := range commands {
				if !strings.Contains("values refused ids", service) && !slices.Contains([]string{"list", "create wait", "download", "ensure"}, command) {
					continue // these go through all writers
				}
				t.Run(command, func(t *testing.T) {
					t.Parallel()
					for _, more := range [][]string{{"--log-level", "debug"}, {"--output", "json"}} {
						got := at.run(t, append(append([]string{"--timeout", "300ms"}, more...), args...)...)
						if found := invisible(got.stderr); found != "" {
							t.Errorf("%v: standard error shows %s", more, found)
						}
						if found := invisible(got.stdout); found != "" {
							t.Errorf("%v: standard output shows %s", more, found)
						}
					}
				})
			}
		})
	}
}

// Scripts pass on what they were given.
func TestHostileArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{hostile},
		{"reports", hostile},
		{"reports", "get"},
		{"reports", "list", "--type", hostile},
		{"file", "show", hostile},
		{"--" + hostile},
		{"reports", "list", "--since", hostile},
		{"reports", "list", "--region", hostile},
		{"reports", "download", "A", "--to", hostile + "/x"},
		{"simulate", "--addr", hostile},
		{"simulate", "--fault", hostile},
		{"simulate", "--public-key", hostile},
	} {
		got := run(t, args...)
		if found := invisible(got.stderr); got.code == 0 || found != "" {
			t.Errorf("%q: exit code %d, standard error shows %s", args, got.code, found)
		}
	}
}

// In JSON the data stays what it is.
func TestHostileTextsStayInJSON(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	at := s.with("AMAZON_PAY_ENDPOINT=" + hostileService(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		asJSON(w, http.StatusOK, map[string]any{"reportSchedules": []any{map[string]any{"reportScheduleId": "S" + hostile, "reportType": "_T", "scheduleFrequency": "P1D"}}})
	}) + "/v2")
	got := at.ok(t, "schedules", "list", "--output", "json")
	var schedules []struct{ ReportScheduleID string }
	if err := json.Unmarshal([]byte(got.stdout), &schedules); err != nil || len(schedules) != 1 || schedules[0].ReportScheduleID != "S"+hostile {
		t.Errorf("%q, %v", schedules, err)
	}
}
