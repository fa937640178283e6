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

// GetReportsOptions says which reports to list. The zero value lists all reports of the last 90 days.
type GetReportsOptions struct {
	// Types limits the list to these report types.
	Types []ReportType
	// Statuses limits the list to reports in one of these states.
	Statuses []ProcessingStatus
	// Since and Until limit the list by the time when the report was created, to the second. They are sent as createdSince and createdUntil. A
	// zero Since means 90 days ago, which is how long reports are kept. A zero Until means now.
	Since, Until time.Time
	// PageSize is the number of reports per page, from 1 to 100. 0 means the service's default of 10, and 100 for [Client.AllReports].
	PageSize int
	// NextToken requests the next page. It is the NextToken of the previous page, and must be the only option that is set.
	NextToken string
}

func (o GetReportsOptions) params() (*api.GetReportsParams, error) {
	filtered := len(o.Types) > 0 || len(o.Statuses) > 0 || !o.Since.IsZero() || !o.Until.IsZero() || o.PageSize != 0
	switch {
	case o.NextToken != "" && filtered:
		return nil, invalidArgument(opGetReports, "nextToken must be the only parameter: it already includes the filters and the page size of the first page")
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

// GetReports returns one page of the matching reports. Their order isn't documented. [Client.AllReports] iterates over all pages.
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

// AllReports iterates over all matching reports. It requests a page when the loop reaches it, with 100 reports per page unless options set another
// PageSize. Each loop starts again from the first page. An error is yielded once, with a zero Report, and ends the loop. A hundred empty pages in
// a row are an error.
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

// GetReportByID returns a report with its processing status. [Client.WaitForReport] polls until the report is ready.
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

// CreateReportRequest says which report to create.
type CreateReportRequest struct {
	// Type is the type of the report. [RulesFor] says which types can be created.
	Type ReportType
	// Start and End are the time range that the report covers, to the second. Both are required. No maximum range is documented.
	Start, End time.Time
}

// CreateReport requests a report and returns its id. [Client.WaitForReport] waits until the report is ready. The request has an idempotency key,
// either from [WithIdempotencyKey] or a random one, so retries can't create a second report.
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

// checkID refuses an id that would address another resource, as in DELETE /report-schedules/...
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

// listParameter returns the value of a comma-separated query parameter. It returns nil for an empty list, which isn't sent.
func listParameter[T ~string](operation, name string, values []T) (*[]T, error) {
	if len(values) == 0 {
		return nil, nil
	}
	for _, value := range values {
		if value == "" || strings.ContainsAny(string(value), ", ") {
			return nil, invalidArgument(operation, "%s contains %q: each element must be one value", name, string(value))
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

// endsBeforeStart compares whole seconds, as they are sent.
func endsBeforeStart(start, end time.Time) bool {
	return !start.IsZero() && !end.IsZero() && wire.NewTimestamp(end).Time().Before(wire.NewTimestamp(start).Time())
}
