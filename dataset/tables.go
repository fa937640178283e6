package dataset

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// The tables with typed columns.
const (
	settlementsTable        = "settlements"
	sandboxSettlementsTable = "sandbox_settlements" // apart, so that no sum has both kinds of money
	refundsTable            = "refunds"
)

// tableNames are the tables of the documented report types.
var tableNames = map[payreports.ReportType]string{
	payreports.ReportTypeSettlement:        settlementsTable,
	payreports.ReportTypeSandboxSettlement: sandboxSettlementsTable,
	payreports.ReportTypeRefund:            refundsTable,
	payreports.ReportTypeOrderReference:    "order_references",
	payreports.ReportTypeBillingAgreement:  "billing_agreements",
	payreports.ReportTypeAuthorization:     "authorizations",
	payreports.ReportTypeCapture:           "captures",
	payreports.ReportTypeMultiCurrency:     "multi_currency_payments",
}

// amazonTypeName matches names such as Amazon's types have, between the underscores.
var amazonTypeName = regexp.MustCompile(`^_([A-Z0-9]+(?:_[A-Z0-9]+)*)_$`)

// tableOf names the table of a report type. A type that isn't documented has a table of its own, whatever it is called.
func tableOf(reportType payreports.ReportType) string {
	if name, documented := tableNames[reportType]; documented {
		return name
	}
	if match := amazonTypeName.FindStringSubmatch(string(reportType)); match != nil {
		if name := strings.ToLower(match[1]); !slices.Contains(slices.Collect(maps.Values(tableNames)), name) {
			return name
		}
	}
	folder, _, _ := strings.Cut(mirror.Path(payreports.Report{ReportType: reportType}), "/")
	return "type-" + strings.TrimPrefix(folder, "type=")
}

// tableOfKind names the table of a report whose type nothing but its columns says.
func tableOfKind(kind reportfile.Kind) string {
	switch kind {
	case reportfile.KindSettlement:
		return settlementsTable
	case reportfile.KindRefund:
		return refundsTable
	default:
		return ""
	}
}

// format is how the reports of a table become Parquet.
type format interface {
	// kind is what the reports must hold.
	kind() reportfile.Kind
	// read reads the rows of a report, and hands each to the partition of its month, if to returns one.
	read(in *input, reader *reportfile.Reader, to func(month string) (*part, error)) error
	// encoder begins a file. columns are the names of those that the reports have.
	encoder(p *part, columns []string) encoder
}

func formatOf(table string) format {
	switch table {
	case settlementsTable, sandboxSettlementsTable:
		return settlementFormat
	case refundsTable:
		return refundFormat
	default:
		return textFormat{}
	}
}

// snakeCase makes a column's name of a header's, such as amazon_capture_id of AmazonCaptureId.
func snakeCase(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, letter := range letters {
		switch {
		case unicode.IsUpper(letter):
			afterLower := i > 0 && (unicode.IsLower(letters[i-1]) || unicode.IsDigit(letters[i-1]))
			lastOfCapitals := i > 0 && unicode.IsUpper(letters[i-1]) && i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if afterLower || lastOfCapitals {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToLower(letter))
		case unicode.IsLetter(letter), unicode.IsDigit(letter), unicode.IsMark(letter):
			b.WriteRune(letter)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}
