package payreports

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
)

// GetDisbursementsOptions says which disbursements are listed: both times, or NextToken alone.
type GetDisbursementsOptions struct {
	// Start and End bound the settlement date, to the second.
	Start, End time.Time
	// PageSize is the number of disbursements a page, at least 1; no maximum is documented. 0 leaves it to the service, or
	// is 100 for [Client.Disbursements].
	PageSize int
	// NextToken asks for the page that follows the one it came with. It must be given alone.
	NextToken string
}

func (o GetDisbursementsOptions) params() (*api.GetDisbursementsParams, error) {
	switch {
	case o.NextToken != "" && (!o.Start.IsZero() || !o.End.IsZero() || o.PageSize != 0):
		return nil, invalidArgument(opGetDisbursements, "nextToken must be the only parameter: it stands for the times and the page size of the first page")
	case o.NextToken == "" && (o.Start.IsZero() || o.End.IsZero()):
		return nil, invalidArgument(opGetDisbursements, "startTime and endTime are both required, unless nextToken is given")
	case o.PageSize < 0:
		return nil, invalidArgument(opGetDisbursements, "pageSize is %d: it must be at least 1", o.PageSize)
	case endsBeforeStart(o.Start, o.End):
		return nil, invalidArgument(opGetDisbursements, "endTime (%s) is before startTime (%s)", wire.NewTimestamp(o.End), wire.NewTimestamp(o.Start))
	}
	return &api.GetDisbursementsParams{
		StartTime: timeParameter(o.Start),
		EndTime:   timeParameter(o.End),
		PageSize:  optional(o.PageSize),
		NextToken: optional(o.NextToken),
	}, nil
}

// GetDisbursements returns one page of what was paid out. [Client.Disbursements] goes through all pages.
func (c *Client) GetDisbursements(ctx context.Context, options GetDisbursementsOptions, opts ...CallOption) (*GetDisbursementsResponse, error) {
	params, err := options.params()
	if err != nil {
		return nil, err
	}
	return execute(c, opGetDisbursements, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetDisbursements(ctx, params)
	}, decodeList("disbursements", func(answer *GetDisbursementsResponse) []Disbursement { return answer.Disbursements }, func(d Disbursement) string {
		switch {
		case d.SettlementID == "":
			return "settlementId"
		case d.CurrencyCode == "":
			return "currencyCode"
		default:
			return ""
		}
	}))
}

// Disbursements goes through all disbursements of the range, page by page, like [Client.Reports].
func (c *Client) Disbursements(ctx context.Context, options GetDisbursementsOptions, opts ...CallOption) iter.Seq2[Disbursement, error] {
	if options.PageSize == 0 && options.NextToken == "" {
		options.PageSize = 100
	}
	return pages(opGetDisbursements, func(token string) ([]Disbursement, string, error) {
		page := options
		if token != "" {
			page = GetDisbursementsOptions{NextToken: token}
		}
		answer, err := c.GetDisbursements(ctx, page, opts...)
		if err != nil {
			return nil, "", err
		}
		return answer.Disbursements, answer.NextToken, nil
	})
}
