package payreports

import "github.com/amazonpay-go/payreports/api"

// ReportType is the type of a report. The documentation lists these:
//
//	ReportTypeSettlement         _GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_
//	ReportTypeSandboxSettlement  _GET_FLAT_FILE_OFFAMAZONPAYMENTS_SANDBOX_SETTLEMENT_DATA_
//	ReportTypeOrderReference     _GET_FLAT_FILE_OFFAMAZONPAYMENTS_ORDER_REFERENCE_DATA_
//	ReportTypeBillingAgreement   _GET_FLAT_FILE_OFFAMAZONPAYMENTS_BILLING_AGREEMENT_DATA_
//	ReportTypeAuthorization      _GET_FLAT_FILE_OFFAMAZONPAYMENTS_AUTHORIZATION_DATA_
//	ReportTypeCapture            _GET_FLAT_FILE_OFFAMAZONPAYMENTS_CAPTURE_DATA_
//	ReportTypeRefund             _GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_
//	ReportTypeMultiCurrency      _GET_CSV_CUSTOM_OFFAMAZONPAYMENTS_MULTI_CURRENCY_PAYMENTS_DATA_
//
// Lists may contain reports of other types, such as those requested manually in Seller Central. [RulesFor] says which types can be created
// or scheduled, and [ReportTypeName] returns a short name.
type ReportType = api.ReportType

// The documented report types.
const (
	// All transactions of a settlement. Amazon creates one with each settlement. Can't be created or scheduled.
	ReportTypeSettlement ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_"
	// A settlement report of sandbox transactions, the only type in the sandbox. Can be created but not scheduled.
	ReportTypeSandboxSettlement ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SANDBOX_SETTLEMENT_DATA_"
	// All orders of a period. Can be created and scheduled.
	ReportTypeOrderReference ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_ORDER_REFERENCE_DATA_"
	// All recurring contracts of a period. Can be created and scheduled.
	ReportTypeBillingAgreement ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_BILLING_AGREEMENT_DATA_"
	// All payment authorizations of a period. Can be created and scheduled.
	ReportTypeAuthorization ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_AUTHORIZATION_DATA_"
	// All charges of a period. Currently not available through the API.
	ReportTypeCapture ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_CAPTURE_DATA_"
	// All refunds of a period. Can be created and scheduled.
	ReportTypeRefund ReportType = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_"
	// Amounts, currencies and conversion rates of all orders of a period. Can be created and scheduled.
	ReportTypeMultiCurrency ReportType = "_GET_CSV_CUSTOM_OFFAMAZONPAYMENTS_MULTI_CURRENCY_PAYMENTS_DATA_"
)

// ProcessingStatus is the state of a report. The documentation lists these:
//
//	ProcessingStatusInProgress  IN_PROGRESS
//	ProcessingStatusCompleted   COMPLETED
//	ProcessingStatusFailed      FAILED
//	ProcessingStatusCancelled   CANCELLED
//
// The service may add others. Treat an unknown status as not final.
type ProcessingStatus = api.ProcessingStatus

// The documented processing statuses.
const (
	// The report is being processed.
	ProcessingStatusInProgress ProcessingStatus = "IN_PROGRESS"
	// The report is ready and has a ReportDocumentID.
	ProcessingStatusCompleted ProcessingStatus = "COMPLETED"
	// The report was aborted because of a fatal error.
	ProcessingStatusFailed ProcessingStatus = "FAILED"
	// There was no data, which isn't an error, or someone cancelled the report before its processing began.
	ProcessingStatusCancelled ProcessingStatus = "CANCELLED"
)

// ScheduleFrequency is how often a schedule creates a report, as an ISO 8601 duration. The service accepts these:
//
//	ScheduleFrequencyEvery5Minutes   PT5M
//	ScheduleFrequencyEvery15Minutes  PT15M
//	ScheduleFrequencyEvery30Minutes  PT30M
//	ScheduleFrequencyEveryHour       PT1H
//	ScheduleFrequencyEvery2Hours     PT2H
//	ScheduleFrequencyEvery4Hours     PT4H
//	ScheduleFrequencyEvery8Hours     PT8H
//	ScheduleFrequencyEvery12Hours    PT12H
//	ScheduleFrequencyEvery84Hours    PT84H
//	ScheduleFrequencyEveryDay        P1D
//	ScheduleFrequencyEvery2Days      P2D
//	ScheduleFrequencyEvery3Days      P3D
//	ScheduleFrequencyEvery7Days      P7D
//	ScheduleFrequencyEvery14Days     P14D
//	ScheduleFrequencyEvery15Days     P15D
//	ScheduleFrequencyEvery18Days     P18D
//	ScheduleFrequencyEvery30Days     P30D
type ScheduleFrequency = api.ScheduleFrequency

// The documented schedule frequencies.
const (
	ScheduleFrequencyEvery5Minutes  ScheduleFrequency = "PT5M"
	ScheduleFrequencyEvery15Minutes ScheduleFrequency = "PT15M"
	ScheduleFrequencyEvery30Minutes ScheduleFrequency = "PT30M"
	ScheduleFrequencyEveryHour      ScheduleFrequency = "PT1H"
	ScheduleFrequencyEvery2Hours    ScheduleFrequency = "PT2H"
	ScheduleFrequencyEvery4Hours    ScheduleFrequency = "PT4H"
	ScheduleFrequencyEvery8Hours    ScheduleFrequency = "PT8H"
	ScheduleFrequencyEvery12Hours   ScheduleFrequency = "PT12H"
	ScheduleFrequencyEvery84Hours   ScheduleFrequency = "PT84H"
	ScheduleFrequencyEveryDay       ScheduleFrequency = "P1D"
	ScheduleFrequencyEvery2Days     ScheduleFrequency = "P2D"
	ScheduleFrequencyEvery3Days     ScheduleFrequency = "P3D"
	ScheduleFrequencyEvery7Days     ScheduleFrequency = "P7D"
	ScheduleFrequencyEvery14Days    ScheduleFrequency = "P14D"
	ScheduleFrequencyEvery15Days    ScheduleFrequency = "P15D"
	ScheduleFrequencyEvery18Days    ScheduleFrequency = "P18D"
	ScheduleFrequencyEvery30Days    ScheduleFrequency = "P30D"
)

// ReportTypes returns the documented report types, in the order of the documentation.
func ReportTypes() []ReportType {
	return []ReportType{
		ReportTypeSettlement, ReportTypeSandboxSettlement, ReportTypeOrderReference, ReportTypeBillingAgreement,
		ReportTypeAuthorization, ReportTypeCapture, ReportTypeRefund, ReportTypeMultiCurrency,
	}
}

// ProcessingStatuses returns the documented processing statuses, in the order of the documentation.
func ProcessingStatuses() []ProcessingStatus {
	return []ProcessingStatus{
		ProcessingStatusInProgress, ProcessingStatusCompleted, ProcessingStatusFailed, ProcessingStatusCancelled,
	}
}

// ScheduleFrequencies returns the documented schedule frequencies, shortest first.
func ScheduleFrequencies() []ScheduleFrequency {
	return []ScheduleFrequency{
		ScheduleFrequencyEvery5Minutes, ScheduleFrequencyEvery15Minutes, ScheduleFrequencyEvery30Minutes,
		ScheduleFrequencyEveryHour, ScheduleFrequencyEvery2Hours, ScheduleFrequencyEvery4Hours,
		ScheduleFrequencyEvery8Hours, ScheduleFrequencyEvery12Hours, ScheduleFrequencyEvery84Hours,
		ScheduleFrequencyEveryDay, ScheduleFrequencyEvery2Days, ScheduleFrequencyEvery3Days,
		ScheduleFrequencyEvery7Days, ScheduleFrequencyEvery14Days, ScheduleFrequencyEvery15Days,
		ScheduleFrequencyEvery18Days, ScheduleFrequencyEvery30Days,
	}
}
