package reportfile

import "slices"

// Category is what a transaction type means in a merchant's books.
type Category string

// The categories.
const (
	// CategorySales is what buyers paid: Capture.
	CategorySales Category = "sales"
	// CategoryRefunds is what buyers got back: Refund.
	CategoryRefunds Category = "refunds"
	// CategoryClaims is what buyers and banks claimed back: A-to-z Guarantee Claim, Chargeback and Dispute.
	CategoryClaims Category = "claims"
	// CategoryAdjustments is what Amazon Pay corrected: Adjustment.
	CategoryAdjustments Category = "adjustments"
	// CategoryReserves is what is held back, released, or carried between settlements: Reserve, Carryover and Debt.
	CategoryReserves Category = "reserves"
	// CategoryOther is everything else: transaction types that this package doesn't know, and Authorization, which moves no money.
	CategoryOther Category = "other"
	// CategoryPayouts is what went to the merchant's bank: Transfer.
	CategoryPayouts Category = "payouts"
)

// Categories returns all categories, in the order in which a statement has them: sales first, pay-outs last.
func Categories() []Category { return slices.Clone(categories[:]) }

var categories = [...]Category{
	CategorySales, CategoryRefunds, CategoryClaims, CategoryAdjustments, CategoryReserves, CategoryOther, CategoryPayouts,
}

// Category returns the category of a transaction type, and [CategoryOther] for one that isn't known. Upper and lower case matter.
func (t TransactionType) Category() Category {
	switch t {
	case TransactionCapture:
		return CategorySales
	case TransactionRefund:
		return CategoryRefunds
	case TransactionAToZGuarantee, TransactionChargeback, TransactionDispute:
		return CategoryClaims
	case TransactionAdjustment:
		return CategoryAdjustments
	case TransactionReserve, TransactionCarryover, TransactionDebt:
		return CategoryReserves
	case TransactionTransfer:
		return CategoryPayouts
	default:
		return CategoryOther
	}
}
