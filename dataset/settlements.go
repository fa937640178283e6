package dataset

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// settlement is a row of the tables settlements and sandbox_settlements. Columns with few values have a dictionary.
type settlement struct {
	ReportID          string   `parquet:"report_id,dict"`
	Line              int64    `parquet:"line"`
	Posted            int64    `parquet:"posted,timestamp(microsecond)"`
	PostedOffset      int32    `parquet:"posted_offset_minutes"`
	SettlementID      string   `parquet:"settlement_id,dict"`
	TransactionID     string   `parquet:"transaction_id"`
	SellerReferenceID string   `parquet:"seller_reference_id"`
	Type              string   `parquet:"type,dict"`
	OrderReferenceID  string   `parquet:"order_reference_id"`
	SellerOrderID     string   `parquet:"seller_order_id"`
	StoreName         string   `parquet:"store_name,dict"`
	Description       string   `parquet:"description,dict"`
	Currency          string   `parquet:"currency,dict"`
	Amount            [16]byte `parquet:"amount,decimal(9:38)"`
	PercentageFee     [16]byte `parquet:"percentage_fee,decimal(9:38)"`
	FixedFee          [16]byte `parquet:"fixed_fee,decimal(9:38)"`
	TotalFee          [16]byte `parquet:"total_fee,decimal(9:38)"`
	Net               [16]byte `parquet:"net,decimal(9:38)"`
	OtherColumns      string   `parquet:"other_columns,optional"`
}

var settlementFormat = typedFormat[reportfile.SettlementRow, settlement]{
	of:     reportfile.KindSettlement,
	rows:   (*reportfile.Reader).Settlements,
	posted: func(row *reportfile.SettlementRow) time.Time { return row.Posted },
	other:  func(row *reportfile.SettlementRow, column string) (string, bool) { return row.Other(column) },
	note:   func(in *input, row *reportfile.SettlementRow) error { return in.sum(row).add(row) },
	fill:   fillSettlement,
}

func fillSettlement(p *part, row *reportfile.SettlementRow, in *input, other string, r *settlement) (err error) {
	if r.Posted, err = microseconds(row.Posted, row.File, row.Line, "TransactionPostedDate"); err != nil {
		return err
	}
	r.ReportID, r.Line, r.PostedOffset, r.OtherColumns = in.reportID, int64(row.Line), offsetMinutes(row.Posted), other
	r.SettlementID, r.TransactionID, r.SellerReferenceID, r.Type = row.SettlementID, row.TransactionID, row.SellerReferenceID, string(row.Type)
	r.OrderReferenceID, r.SellerOrderID, r.StoreName, r.Description, r.Currency = row.OrderReferenceID, row.SellerOrderID, row.StoreName, row.Description, row.Currency
	sum := p.sum(row.Currency, true)
	for _, amount := range [...]struct {
		column string
		value  decimal.Decimal
		to     *[16]byte
		sum    *units
	}{
		{"TransactionAmount", row.Amount, &r.Amount, &sum.amount},
		{"TransactionPercentageFee", row.PercentageFee, &r.PercentageFee, nil},
		{"TransactionFixedFee", row.FixedFee, &r.FixedFee, nil},
		{"TotalTransactionFee", row.TotalFee, &r.TotalFee, &sum.fees},
		{"NetTransactionAmount", row.Net, &r.Net, &sum.net},
	} {
		u, err := amountOf(amount.value, row.File, row.Line, amount.column)
		if err != nil {
			return err
		}
		*amount.to = u.bytes()
		if amount.sum != nil {
			*amount.sum = amount.sum.plus(u)
		}
	}
	sum.rows++
	return nil
}
