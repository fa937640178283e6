// Package reconcile compares settlement reports with themselves, with the reports that the service lists, with the
// disbursements that it lists, with the merchant's own orders, and with bank statements.
//
// # One pass
//
// [Settlements] and [Orders] are accumulators: give each row to both, and each file is read once. [Books] does that, and joins
// the links of the chain. They keep one entry per settlement or order in memory. Results come as values whose amounts have at
// least their currency's minor digits. A sum that would have to be rounded is an error.
//
// # Orders
//
// [ReadOrders] reads what shops export: [OrderFormatFor] knows the columns of several shop systems, and an [OrderFormat] names any others,
// filters orders that were paid in another way, and says which currency is meant where the file doesn't. An order is found by its number or
// by another id; see [OrdersOptions]. Orders whose captures may come in the next settlement, or may have come before the first one, are no
// differences.
//
// # What there should be
//
// Files alone can't tell that one of them is missing. [Scope] and [Settlements.AddReport] say what there should be: give
// every settlement report that the service lists, and the newest one that was never downloaded is a difference.
package reconcile

// Status says how two sides compare. All statuses but those for which [Status.Differs] is false are differences.
type Status string

// The statuses that are no differences.
const (
	// Matched: both sides say the same.
	Matched Status = "matched"
	// Pending: one side is there, and the other may still come. A disbursement may come ten days after its transfer, a
	// settlement report a day after its disbursement, and a report that was created within the last hour may not have
	// been downloaded yet. The capture of an order may come in the next settlement; see [Orders.Results].
	Pending Status = "pending"
	// NoTransfer: the settlement is balanced and paid nothing out, so there is nothing to compare it with.
	NoTransfer Status = "no transfer"
	// NotCovered: a settlement, a disbursement, a bank line, an order or a capture is outside of what the other side covers, so it
	// can't be compared.
	NotCovered Status = "not covered"
)

// The statuses of settlements that are differences, the gravest first: a settlement has the first one that applies.
const (
	// Duplicate: the settlement is in two files that aren't the same. The first one is compared.
	Duplicate Status = "duplicate"
	// RowsDiffer: a row doesn't add up; see [reportfile.SettlementRow.Check].
	RowsDiffer Status = "rows do not add up"
	// Unbalanced: the net of all rows, the transfer included, isn't 0.
	Unbalanced Status = "not balanced"
	// InFuture: the settlement is dated later than now.
	InFuture Status = "in the future"
	// NoDisbursement: a settlement transferred money more than ten days ago, and no disbursement has its id and currency.
	NoDisbursement Status = "no disbursement"
	// NoSettlement: there is a disbursement, and no settlement with its id and currency.
	NoSettlement Status = "no settlement"
	// AmountDiffers: both sides know it, with different amounts.
	AmountDiffers Status = "amount differs"
	// DateDiffers: both sides know it with the same amount, but a disbursement is earlier than its transfer, or more than
	// ten days later.
	DateDiffers Status = "date differs"
)

// The statuses of report files that are differences.
const (
	// Unreadable: the file can't be read, or not to its end. Nothing of it is compared.
	Unreadable Status = "unreadable"
	// Empty: the file has a header and no rows.
	Empty Status = "empty"
	// NoFile: the service lists the report, and it isn't among the files.
	NoFile Status = "no file"
)

// The statuses of orders that are differences. An order can have [AmountDiffers] as well.
const (
	// NoCapture: there is an order, and no capture of it.
	NoCapture Status = "no capture"
	// NoOrder: a capture names an order that the merchant doesn't have, or none at all.
	NoOrder Status = "no order"
	// RefundDiffers: the order was captured as it should, and what the merchant's books say was refunded is not what the reports say.
	RefundDiffers Status = "refund differs"
)

// The statuses of bank lines that are differences. [NoDisbursement] and [AmountDiffers] can be one as well.
const (
	// NoBankLine: there is a disbursement, and no line of the bank statement.
	NoBankLine Status = "no bank line"
	// Ambiguous: several disbursements or several bank lines fit, and nothing says which.
	Ambiguous Status = "ambiguous"
)

// Differs reports whether the status is a difference.
func (s Status) Differs() bool {
	return s != Matched && s != Pending && s != NoTransfer && s != NotCovered
}

type key struct{ id, currency string }
