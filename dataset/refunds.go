package dataset

import (
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// refund is a row of the table refunds.
type refund struct {
	ReportID          string   `parquet:"report_id,dict"`
	Line              int64    `parquet:"line"`
	RefundID          string   `parquet:"refund_id"`
	CaptureID         string   `parquet:"capture_id"`
	OrderReferenceID  string   `parquet:"order_reference_id"`
	ReferenceID       string   `parquet:"reference_id"`
	Amount            [16]byte `parquet:"amount,decimal(9:38)"`
	Currency          string   `parquet:"currency,dict"`
	Note              string   `parquet:"note"`
	Type              string   `parquet:"type,dict"`
	Status            string   `parquet:"status,dict"`
	ReasonCode        string   `parquet:"reason_code,dict"`
	Created           int64    `parquet:"created,timestamp(microsecond)"`
	CreatedOffset     int32    `parquet:"created_offset_minutes"`
	LastUpdated       int64    `parquet:"last_updated,timestamp(microsecond)"`
	LastUpdatedOffset int32    `parquet:"last_updated_offset_minutes"`
	OtherColumns      string   `parquet:"other_columns,optional"`
}

var refundFormat = typedFormat[reportfile.RefundRow, refund]{
	of:     reportfile.KindRefund,
	rows:   (*reportfile.Reader).Refunds,
	posted: func(row *reportfile.RefundRow) time.Time { return row.LastUpdated },
	other:  func(row *reportfile.RefundRow, column string) (string, bool) { return row.Other(column) },
	fill:   fillRefund,
}

func fillRefund(p *part, row *reportfile.RefundRow, in *input, other string, r *refund) (err error) {
	if r.Created, err = microseconds(row.Created, row.File, row.Line, "CreationTimestamp"); err != nil {
		return err
	}
	if r.LastUpdated, err = microseconds(row.LastUpdated, row.File, row.Line, "LastUpdateTimestamp"); err != nil {
		return err
	}
	amount, err := amountOf(row.Amount, row.File, row.Line, "RefundAmount")
	if err != nil {
		return err
	}
	r.ReportID, r.Line, r.OtherColumns = in.reportID, int64(row.Line), other
	r.RefundID, r.CaptureID, r.OrderReferenceID, r.ReferenceID = row.RefundID, row.CaptureID, row.OrderReferenceID, row.ReferenceID
	r.Amount, r.Currency, r.Note, r.Type, r.Status, r.ReasonCode = amount.bytes(), row.Currency, row.Note, row.Type, row.Status, row.ReasonCode
	r.CreatedOffset, r.LastUpdatedOffset = offsetMinutes(row.Created), offsetMinutes(row.LastUpdated)
	sum := p.sum(row.Currency, false)
	sum.amount = sum.amount.plus(amount)
	sum.rows++
	return nil
}
