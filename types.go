package payreports

import (
	"fmt"
	"strings"

	"github.com/amazonpay-go/payreports/api"
)

// What the client returns is made of the models that are generated from openapi.yaml. Results hold
// values: an absent string is "", an absent time is zero.
type (
	// Report is a report and how far its making has come. All but its id, type and status may be
	// absent until it has been processed.
	Report = api.Report
	// ReportDocument says where the file of a report is. Its URL lives 30 seconds and is a secret.
	ReportDocument = api.ReportDocument
	// ReportSchedule is a report that Amazon creates at intervals.
	ReportSchedule = api.ReportSchedule
	// Disbursement is an amount that was paid out for one settlement.
	Disbursement = api.Disbursement

	// GetReportsResponse is a page of reports. An empty NextToken marks the last one; a page may be
	// empty and still not be the last.
	GetReportsResponse = api.GetReportsResponse
	// CreateReportResponse holds the id of the report that will be made.
	CreateReportResponse = api.CreateReportResponse
	// GetReportSchedulesResponse holds all schedules that match; there is no paging.
	GetReportSchedulesResponse = api.GetReportSchedulesResponse
	// CreateReportScheduleResponse holds the id of a schedule that was created.
	CreateReportScheduleResponse = api.CreateReportScheduleResponse
	// GetDisbursementsResponse is a page of disbursements. An empty NextToken marks the last one.
	GetDisbursementsResponse = api.GetDisbursementsResponse

	// ReportID identifies a report. It is opaque.
	ReportID = api.ReportID
	// ReportDocumentID identifies the document of a completed report. It is not the report's id.
	ReportDocumentID = api.ReportDocumentID
	// ReportScheduleID identifies a report schedule. It is opaque.
	ReportScheduleID = api.ReportScheduleID

	// ReportType is the type of a report. The list is open: reports that were asked for by hand in
	// Seller Central appear in lists as well and may have other types.
	ReportType = api.ReportType
	// ProcessingStatus is how far a report has come. The list is open; an unknown status is not final.
	ProcessingStatus = api.ProcessingStatus
	// ScheduleFrequency is the interval between two reports of a schedule, an ISO 8601 duration out of
	// a fixed list.
	ScheduleFrequency = api.ScheduleFrequency
)

// The report types of the documentation. [RulesFor] says what can be done with each.
const (
	ReportTypeSettlement        = api.ReportTypeSettlement
	ReportTypeSandboxSettlement = api.ReportTypeSandboxSettlement
	ReportTypeOrderReference    = api.ReportTypeOrderReference
	ReportTypeBillingAgreement  = api.ReportTypeBillingAgreement
	ReportTypeAuthorization     = api.ReportTypeAuthorization
	ReportTypeCapture           = api.ReportTypeCapture
	ReportTypeRefund            = api.ReportTypeRefund
	ReportTypeMultiCurrency     = api.ReportTypeMultiCurrency
)

// The processing statuses of the documentation. ProcessingStatusCancelled is no failure: reports
// without data are cancelled by the service.
const (
	ProcessingStatusInProgress = api.ProcessingStatusInProgress
	ProcessingStatusCompleted  = api.ProcessingStatusCompleted
	ProcessingStatusFailed     = api.ProcessingStatusFailed
	ProcessingStatusCancelled  = api.ProcessingStatusCancelled
)

// The schedule frequencies of the documentation.
const (
	ScheduleFrequencyEvery5Minutes  = api.ScheduleFrequencyEvery5Minutes
	ScheduleFrequencyEvery15Minutes = api.ScheduleFrequencyEvery15Minutes
	ScheduleFrequencyEvery30Minutes = api.ScheduleFrequencyEvery30Minutes
	ScheduleFrequencyEveryHour      = api.ScheduleFrequencyEveryHour
	ScheduleFrequencyEvery2Hours    = api.ScheduleFrequencyEvery2Hours
	ScheduleFrequencyEvery4Hours    = api.ScheduleFrequencyEvery4Hours
	ScheduleFrequencyEvery8Hours    = api.ScheduleFrequencyEvery8Hours
	ScheduleFrequencyEvery12Hours   = api.ScheduleFrequencyEvery12Hours
	ScheduleFrequencyEvery84Hours   = api.ScheduleFrequencyEvery84Hours
	ScheduleFrequencyEveryDay       = api.ScheduleFrequencyEveryDay
	ScheduleFrequencyEvery2Days     = api.ScheduleFrequencyEvery2Days
	ScheduleFrequencyEvery3Days     = api.ScheduleFrequencyEvery3Days
	ScheduleFrequencyEvery7Days     = api.ScheduleFrequencyEvery7Days
	ScheduleFrequencyEvery14Days    = api.ScheduleFrequencyEvery14Days
	ScheduleFrequencyEvery15Days    = api.ScheduleFrequencyEvery15Days
	ScheduleFrequencyEvery18Days    = api.ScheduleFrequencyEvery18Days
	ScheduleFrequencyEvery30Days    = api.ScheduleFrequencyEvery30Days
)

// ReportTypes returns the report types of the documentation, in its order.
func ReportTypes() []ReportType {
	return []ReportType{
		ReportTypeSettlement, ReportTypeSandboxSettlement, ReportTypeOrderReference, ReportTypeBillingAgreement,
		ReportTypeAuthorization, ReportTypeCapture, ReportTypeRefund, ReportTypeMultiCurrency,
	}
}

// ProcessingStatuses returns the processing statuses of the documentation, in its order.
func ProcessingStatuses() []ProcessingStatus {
	return []ProcessingStatus{
		ProcessingStatusInProgress, ProcessingStatusCompleted, ProcessingStatusFailed, ProcessingStatusCancelled,
	}
}

// ScheduleFrequencies returns the schedule frequencies of the documentation, shortest first.
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

// ReportTypeRules is what the documentation says about a report type. The client doesn't refuse what
// these rules forbid, because the documentation contradicts itself: the service decides.
type ReportTypeRules struct {
	// Creatable says whether createReport takes the type.
	Creatable bool
	// Schedulable says whether createReportSchedule takes the type.
	Schedulable bool
	// Sandbox says whether the type exists in the sandbox.
	Sandbox bool
	// Source is the sentence of the documentation that says so, and what contradicts it.
	Source string
}

// RulesFor returns what the documentation says about a report type, and false for a type that it
// doesn't have.
func RulesFor(reportType ReportType) (ReportTypeRules, bool) {
	const onRequest = "ReportTypes: “Manual creation and scheduling possible. Not automatically scheduled.”"
	switch reportType {
	case ReportTypeSettlement:
		return ReportTypeRules{
			Source: "ReportTypes: “Automatically created with each settlement. No scheduling or manual creation possible.”",
		}, true
	case ReportTypeSandboxSettlement:
		return ReportTypeRules{
			Creatable: true, Sandbox: true,
			Source: "ReportTypes: “No scheduling possible. Needs to be manually created.” Another page says that it “might be created by a schedule”.",
		}, true
	case ReportTypeCapture:
		return ReportTypeRules{
			Source: "ReportTypes: “This report type is currently not available via API.” Reports asked for in Seller Central may still be listed.",
		}, true
	case ReportTypeMultiCurrency:
		return ReportTypeRules{
			Creatable: true, Schedulable: true,
			Source: onRequest + " The page on requesting reports says that it doesn't support schedules.",
		}, true
	case ReportTypeOrderReference, ReportTypeBillingAgreement, ReportTypeAuthorization, ReportTypeRefund:
		return ReportTypeRules{Creatable: true, Schedulable: true, Source: onRequest}, true
	default:
		return ReportTypeRules{}, false
	}
}

// reportTypeNames are the short names that people type and that package mirror names folders by.
var reportTypeNames = map[ReportType]string{
	ReportTypeSettlement:        "settlement",
	ReportTypeSandboxSettlement: "sandbox-settlement",
	ReportTypeOrderReference:    "order-reference",
	ReportTypeBillingAgreement:  "billing-agreement",
	ReportTypeAuthorization:     "authorization",
	ReportTypeCapture:           "capture",
	ReportTypeRefund:            "refund",
	ReportTypeMultiCurrency:     "multi-currency",
}

// ReportTypeName returns the short name of a report type, such as settlement or multi-currency. A type that isn't
// documented keeps its own name.
func ReportTypeName(reportType ReportType) string {
	if name, ok := reportTypeNames[reportType]; ok {
		return name
	}
	return string(reportType)
}

// ParseReportType returns the report type of a short name, as [ReportTypeName] gives it, or of the API's own name. Any
// other name is an error that lists the short ones.
func ParseReportType(name string) (ReportType, error) {
	names := make([]string, 0, len(reportTypeNames))
	for _, reportType := range ReportTypes() {
		if short := reportTypeNames[reportType]; name == short || name == string(reportType) {
			return reportType, nil
		}
		names = append(names, reportTypeNames[reportType])
	}
	return "", fmt.Errorf("payreports: %q is not a report type: use one of %s, or the API's own name", cutText(name, 64), strings.Join(names, ", "))
}
