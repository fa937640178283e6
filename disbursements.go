package payreports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
)

// GetDisbursementsOptions says which disbursements to list. Set both Since and Until, or NextToken alone.
type GetDisbursementsOptions struct {
	// Since and Until limit the list by settlement date, to the second. They are sent as startTime and endTime.
	Since, Until time.Time
	// PageSize is the number of disbursements per page. It must be at least 1; no maximum is documented. 0 means the service's default, and
	// 100 for [Client.AllDisbursements].
	PageSize int
	// NextToken requests the next page. It is the NextToken of the previous page, and must be the only option that is set.
	NextToken string
}

func (o GetDisbursementsOptions) params() (*api.GetDisbursementsParams, error) {
	switch {
	case o.NextToken != "" && (!o.Since.IsZero() || !o.Until.IsZero() || o.PageSize != 0):
		return nil, invalidArgument(opGetDisbursements, "nextToken must be the only parameter: it already includes the times and the page size of the first page")
	case o.NextToken == "" && (o.Since.IsZero() || o.Until.IsZero()):
		return nil, invalidArgument(opGetDisbursements, "startTime and endTime are both required, unless nextToken is set")
	case o.PageSize < 0:
		return nil, invalidArgument(opGetDisbursements, "pageSize is %d: it must be at least 1", o.PageSize)
	case endsBeforeStart(o.Since, o.Until):
		return nil, invalidArgument(opGetDisbursements, "endTime (%s) is before startTime (%s)", wire.NewTimestamp(o.Until), wire.NewTimestamp(o.Since))
	}
	return &api.GetDisbursementsParams{
		StartTime: timeParameter(o.Since),
		EndTime:   timeParameter(o.Until),
		PageSize:  optional(o.PageSize),
		NextToken: optional(o.NextToken),
	}, nil
}

// GetDisbursements returns one page of disbursements. [Client.AllDisbursements] iterates over all pages.
func (c *Client) GetDisbursements(ctx context.Context, options GetDisbursementsOptions, opts ...CallOption) (*GetDisbursementsResponse, error) {
	params, err := options.params()
	if err != nil {
		return nil, err
	}
	return execute(c, opGetDisbursements, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetDisbursements(ctx, params)
	}, decodeDisbursements)
}

// answeredDisbursement is a disbursement as the service sends it. Its ids may be numbers. Its amount is read exactly or not at all: the
// generated model would read a missing amount as 0 and round a long one.
type answeredDisbursement struct {
	Disbursement
	SettlementID          wire.OpaqueID `json:"settlementId"`
	SellerID              wire.OpaqueID `json:"sellerId"`
	DisbursementReference wire.OpaqueID `json:"amazonDisbursementReferenceId"`
	Amount                exactAmount   `json:"amount"`
}

func (d answeredDisbursement) lacks() string {
	switch {
	case d.SettlementID == "":
		return "settlementId"
	case !d.Amount.given:
		return "amount"
	case d.CurrencyCode == "":
		return "currencyCode"
	default:
		return ""
	}
}

type answeredDisbursements struct {
	Disbursements []answeredDisbursement `json:"disbursements"`
	NextToken     string                 `json:"nextToken"`
}

func decodeDisbursements(body []byte) (*GetDisbursementsResponse, error) {
	decode := decodeList("disbursements", func(answer *answeredDisbursements) []answeredDisbursement { return answer.Disbursements }, answeredDisbursement.lacks)
	answer, err := decode(body)
	if err != nil {
		return nil, err
	}
	list := &GetDisbursementsResponse{NextToken: answer.NextToken, Disbursements: make([]Disbursement, len(answer.Disbursements))}
	for i, answered := range answer.Disbursements {
		d := answered.Disbursement
		d.SettlementID, d.SellerID = string(answered.SettlementID), string(answered.SellerID)
		d.AmazonDisbursementReferenceID = string(answered.DisbursementReference)
		d.Amount = answered.Amount.value
		list.Disbursements[i] = d
	}
	return list, nil
}

// maxDisbursementsFile bounds what [ReadDisbursements] reads. A hundred thousand disbursements take less.
const maxDisbursementsFile = 64 << 20

// ReadDisbursements reads disbursements that were saved: a JSON array, as payreports disbursements list --output json writes it, or the
// service's own answer. Amounts are read exactly, or not at all. It is an error if the answer has a nextToken, because there are more
// disbursements then, if a disbursement has no settlement, amount, currency or time, and if there are more than 100,000 of them.
func ReadDisbursements(r io.Reader) ([]Disbursement, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDisbursementsFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDisbursementsFile {
		return nil, fmt.Errorf("payreports: the disbursements are more than %d MiB", maxDisbursementsFile>>20)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return nil, errors.New("payreports: the file of disbursements is empty")
	case text[0] == '[' && json.Valid(text):
		text = slices.Concat([]byte(`{"disbursements":`), text, []byte("}"))
	case text[0] != '{' || !json.Valid(text):
		return nil, errors.New("payreports: the disbursements are not whole JSON, as payreports disbursements list --output json writes it")
	}
	list, err := decodeDisbursements(text)
	if err != nil {
		return nil, fmt.Errorf("payreports: the disbursements: %w", err)
	}
	if list.NextToken != "" {
		return nil, errors.New("payreports: the disbursements are one page of several: it has a nextToken")
	}
	for i, d := range list.Disbursements {
		if d.TransactionTime.Time().IsZero() {
			return nil, fmt.Errorf("payreports: disbursements[%d] (settlement %s) has no transactionTime", i, oneLine(d.SettlementID, 64))
		}
	}
	return list.Disbursements, nil
}

// exactAmount is an amount that is decoded without rounding.
type exactAmount struct {
	value decimal.Decimal
	given bool
}

// amountPattern is the pattern in openapi.yaml.
var amountPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// maxAmountDigits is the precision of a decimal.Decimal. It rounds longer numbers.
const maxAmountDigits = 19

func (a *exactAmount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*a = exactAmount{}
		return nil
	}
	text := string(data)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	if !amountPattern.MatchString(text) {
		return fmt.Errorf("the amount %q is not a number such as 1000.50", oneLine(text, 32))
	}
	if digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0"); len(digits) > maxAmountDigits || fractionOf(text) > maxAmountDigits {
		return fmt.Errorf("the amount %s has more than %d digits and would be rounded", oneLine(text, 32), maxAmountDigits)
	}
	value, err := decimal.Parse(text)
	*a = exactAmount{value, true}
	return err
}

// fractionOf returns the number of digits after the decimal point.
func fractionOf(amount string) int {
	_, fraction, _ := strings.Cut(amount, ".")
	return len(fraction)
}

// AllDisbursements iterates over all disbursements in the time range, page by page, like [Client.AllReports].
func (c *Client) AllDisbursements(ctx context.Context, options GetDisbursementsOptions, opts ...CallOption) iter.Seq2[Disbursement, error] {
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
