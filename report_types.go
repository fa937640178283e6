package payreports

import (
	"fmt"
	"strings"
)

// ReportTypeRules is what the documentation says about a report type. The client doesn't enforce these rules, because the documentation
// contradicts itself. The service decides.
type ReportTypeRules struct {
	// Creatable reports whether createReport accepts the type.
	Creatable bool
	// Schedulable reports whether createReportSchedule accepts the type.
	Schedulable bool
	// Sandbox reports whether the type exists in the sandbox.
	Sandbox bool
	// Source quotes the documentation, including what contradicts it.
	Source string
}

// RulesFor returns what the documentation says about a report type. It returns false if the type isn't documented.
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
			Source: "ReportTypes: “This report type is currently not available via API.” Reports requested in Seller Central may still be listed.",
		}, true
	case ReportTypeMultiCurrency:
		return ReportTypeRules{
			Creatable: true, Schedulable: true,
			Source: onRequest + " The page on requesting reports says that this type doesn't support schedules.",
		}, true
	case ReportTypeOrderReference, ReportTypeBillingAgreement, ReportTypeAuthorization, ReportTypeRefund:
		return ReportTypeRules{Creatable: true, Schedulable: true, Source: onRequest}, true
	default:
		return ReportTypeRules{}, false
	}
}

// reportTypeNames are short names for people to type. Package mirror uses them for its folders.
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

// ReportTypeName returns the short name of a report type, such as settlement or multi-currency. It returns a type that isn't documented as
// it is.
func ReportTypeName(reportType ReportType) string {
	if name, ok := reportTypeNames[reportType]; ok {
		return name
	}
	return string(reportType)
}

// ParseReportType returns the report type with the given name, which is either a short name (see [ReportTypeName]) or the API's own. For
// any other name, the error lists the short names.
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
