package payreports

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
)

// GetReportsOptions filters and pages a list of reports. The zero value asks for all reports of the last 90 days.
type GetReportsOptions struct {
	// Types: only these report types.
	Types []ReportType
	// Statuses: only reports in one of these states.
	Statuses []ProcessingStatus
	// Since and Until bound the time at which the report was created, to the second. A zero Since is 90 days
	// ago, which is as long as reports are kept; a zero Until is now.
	Since, Until time.Time
	// PageSize is the number of reports a page, 1 to 100. 0 leaves it to the service, whose default is 10, or 100 for
	// [Client.AllReports].
	PageSize int
	// NextToken asks for the page that follows the one it came with. It must be given alone.
	NextToken string
}

func (o GetReportsOptions) params() (*api.GetReportsParams, error) {
	filtered := len(o.Types) > 0 || len(o.Statuses) > 0 || !o.Since.IsZero() || !o.Until.IsZero() || o.PageSize != 0
	switch {
	case o.NextToken != "" && filtered:
		return nil, invalidArgument(opGetReports, "nextToken must be the only parameter: it stands for the filters and the page size of the first page")
	case o.PageSize < 0 || o.PageSize > 100:
		return nil, invalidArgument(opGetReports, "pageSize is %d: it must be from 1 to 100", o.PageSize)
	case endsBeforeStart(o.Since, o.Until):
		return nil, invalidArgument(opGetReports, "createdUntil (%s) is before createdSince (%s)", wire.NewTimestamp(o.Until), wire.NewTimestamp(o.Since))
	}
	types, err := listParameter(opGetReports, "reportTypes", o.Types)
	if err != nil {
		return nil, err
	}
	statuses, err := listParameter(opGetReports, "processingStatuses", o.Statuses)
	if err != nil {
		return nil, err
	}
	return &api.GetReportsParams{
		ReportTypes:        types,
		ProcessingStatuses: statuses,
		CreatedSince:       timeParameter(o.Since),
		CreatedUntil:       timeParameter(o.Until),
		PageSize:           optional(o.PageSize),
		NextToken:          optional(o.NextToken),
	}, nil
}

// GetReports returns one page of the reports that match, in the service's order, which isn't documented. [Client.AllReports]
// goes through all pages.
func (c *Client) GetReports(ctx context.Context, options GetReportsOptions, opts ...CallOption) (*GetReportsResponse, error) {
	params, err := options.params()
	if err != nil {
		return nil, err
	}
	return execute(c, opGetReports, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetReports(ctx, params)
	}, decodeList("reports", func(answer *GetReportsResponse) []Report { return answer.Reports }, missingReportID))
}

func missingReportID(r Report) string {
	if r.ReportID == "" {
		return "reportId"
	}
	return ""
}

// AllReports goes through all reports that match, page by page, asking for a page when the loop gets there: 100 reports a page
// unless options say otherwise. Each loop over the result starts anew. An error is yielded once, with a zero
// Report, and ends the loop; a hundred empty pages in a row are one.
func (c *Client) AllReports(ctx context.Context, options GetReportsOptions, opts ...CallOption) iter.Seq2[Report, error] {
	options.Types, options.Statuses = slices.Clone(options.Types), slices.Clone(options.Statuses)
	if options.PageSize == 0 && options.NextToken == "" {
		options.PageSize = 100
	}
	return pages(opGetReports, func(token string) ([]Report, string, error) {
		page := options
		if token != "" {
			page = GetReportsOptions{NextToken: token}
		}
		answer, err := c.GetReports(ctx, page, opts...)
		if err != nil {
			return nil, "", err
		}
		return answer.Reports, answer.NextToken, nil
	})
}

// GetReportByID returns a report with its processing status. [Client.WaitForReport] asks until the report is made.
func (c *Client) GetReportByID(ctx context.Context, id ReportID, opts ...CallOption) (*Report, error) {
	if err := checkID(opGetReportByID, "reportId", string(id)); err != nil {
		return nil, err
	}
	return execute(c, opGetReportByID, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetReportByID(ctx, id)
	}, func(body []byte) (*Report, error) {
		report, err := decodeJSON[Report](body)
		if err != nil {
			return nil, err
		}
		return report, checkAnsweredID("reportId", report.ReportID, id)
	})
}

// CreateReportRequest says which report is to be made.
type CreateReportRequest struct {
	// Type is the type of the report. [RulesFor] says which types can be created.
	Type ReportType
	// Start and End bound the transactions that are included, to the second. Both are required. No maximum of the range is
	// documented.
	Start, End time.Time
}

// CreateReport asks the service to make a report and returns its id; [Client.WaitForReport] waits until it is made. The request
// is safe to repeat: it carries an idempotency key, the caller's by [WithIdempotencyKey] or a random one.
func (c *Client) CreateReport(ctx context.Context, request CreateReportRequest, opts ...CallOption) (*CreateReportResponse, error) {
	switch {
	case request.Type == "":
		return nil, invalidArgument(opCreateReport, "reportType is missing: use one of the ReportType constants")
	case request.Start.IsZero() || request.End.IsZero():
		return nil, invalidArgument(opCreateReport, "startTime and endTime are both required")
	case endsBeforeStart(request.Start, request.End):
		return nil, invalidArgument(opCreateReport, "endTime (%s) is before startTime (%s)", wire.NewTimestamp(request.End), wire.NewTimestamp(request.Start))
	}
	body := api.CreateReportRequest{
		ReportType: request.Type,
		StartTime:  wire.NewTimestamp(request.Start),
		EndTime:    wire.NewTimestamp(request.End),
	}
	return execute(c, opCreateReport, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.CreateReport(ctx, &api.CreateReportParams{}, body)
	}, func(body []byte) (*CreateReportResponse, error) {
		created, err := decodeJSON[CreateReportResponse](body)
		if err == nil && created.ReportID == "" {
			err = errors.New("it has no reportId")
		}
		return created, err
	})
}

// checkID refuses what would address another resource: DELETE /report-schedules/.. is not about a schedule.
func checkID(operation, name, id string) error {
	switch {
	case strings.TrimSpace(id) == "":
		return invalidArgument(operation, "%s is empty", name)
	case id == "." || id == "..":
		return invalidArgument(operation, "%s is %q, which would address another resource", name, id)
	default:
		return nil
	}
}

// listParameter makes the value of a comma-separated query parameter; an empty list isn't sent at all.
func listParameter[T ~string](operation, name string, values []T) (*[]T, error) {
	if len(values) == 0 {
		return nil, nil
	}
	for _, value := range values {
		if value == "" || strings.ContainsAny(string(value), ", ") {
			return nil, invalidArgument(operation, "%s holds %q: give one value an element", name, string(value))
		}
	}
	return &values, nil
}

func timeParameter(t time.Time) *wire.Timestamp {
	return optional(wire.NewTimestamp(t))
}

func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// endsBeforeStart compares what is sent: whole seconds.
func endsBeforeStart(start, end time.Time) bool {
	return !start.IsZero() && !end.IsZero() && wire.NewTimestamp(end).Time().Before(wire.NewTimestamp(start).Time())
}
