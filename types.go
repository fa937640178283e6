package payreports

import "github.com/amazonpay-go/payreports/api"

// The results of the client are the models of package api, under the same names. They are aliases, so a value of one package can be used
// in the other. go doc shows nothing but the alias, which is why each comment lists the fields. A test compares the lists with the models
// and with openapi.yaml.
//
// Results hold values, not pointers: an absent string is "", and an absent time is zero. Times are in UTC, and their Time method returns
// a time.Time. Encoded as JSON, the fields have the API's names, such as reportId.
type (
	// Report is a report and its processing status. Required fields:
	//
	//	ReportID          ReportID          // identifies the report
	//	ReportType        ReportType        // what kind of report it is
	//	ProcessingStatus  ProcessingStatus  // whether it is ready
	//
	// Optional fields, which are zero if the service leaves them out:
	//
	//	StartTime            wire.Timestamp    // start of the time range that the report covers
	//	EndTime              wire.Timestamp    // end of that range
	//	CreatedTime          wire.Timestamp    // when it was requested; reports are kept for 90 days after that
	//	ProcessingStartTime  wire.Timestamp    // when processing began
	//	ProcessingEndTime    wire.Timestamp    // when processing ended
	//	ReportDocumentID     ReportDocumentID  // identifies the report's file once the report is COMPLETED
	//
	// Times are in UTC, to the second. Their Time method returns a time.Time.
	Report = api.Report

	// ReportDocument holds the download URL of a report's file. Required fields:
	//
	//	ReportDocumentID  ReportDocumentID  // identifies the document
	//	URL               wire.DocumentURL  // pre-signed, valid for 30 seconds; zero while the document isn't ready
	//
	// Optional field, which is "" if the service leaves it out:
	//
	//	CompressionAlgorithm  string  // "N/A" or "GZIP"; the service has only been seen to send "N/A"
	//
	// The query of the URL is a secret. It isn't shown when the URL is printed; the URL's Unredacted method returns it.
	ReportDocument = api.ReportDocument

	// ReportSchedule is a schedule by which Amazon creates reports of one type. Required fields:
	//
	//	ReportScheduleID   ReportScheduleID   // identifies the schedule
	//	ReportType         ReportType         // the type of the reports; a type has at most one schedule
	//	ScheduleFrequency  ScheduleFrequency  // how often a report is created, such as P1D
	//
	// Optional field, which is zero if the service leaves it out:
	//
	//	NextReportCreationTime  wire.Timestamp  // when the next report will be created, in UTC
	ReportSchedule = api.ReportSchedule

	// Disbursement is an amount that was paid out to the merchant's bank account for one settlement. Required fields:
	//
	//	SettlementID  string           // the settlement, as in the column SettlementId of the settlement report
	//	Amount        decimal.Decimal  // exact, in the major unit of the currency: 1000.50
	//	CurrencyCode  string           // ISO 4217, such as USD
	//
	// Optional fields, which are zero if the service leaves them out:
	//
	//	SellerID                       string         // identifies the merchant
	//	AmazonDisbursementReferenceID  string         // the reference on the merchant's bank statement
	//	TransactionTime                wire.DateTime  // when it was paid out, in UTC, to the millisecond
	Disbursement = api.Disbursement

	// GetReportsResponse is one page of reports:
	//
	//	Reports  []Report  // may be empty, even if there are more pages
	//
	// Optional field, which is "" on the last page:
	//
	//	NextToken  string  // requests the next page, as GetReportsOptions.NextToken
	GetReportsResponse = api.GetReportsResponse

	// CreateReportResponse identifies the new report:
	//
	//	ReportID  ReportID  // for Client.WaitForReport and Client.GetReportByID
	CreateReportResponse = api.CreateReportResponse

	// GetReportSchedulesResponse holds all schedules that match. There is no paging.
	//
	//	ReportSchedules  []ReportSchedule  // at most one per report type
	GetReportSchedulesResponse = api.GetReportSchedulesResponse

	// CreateReportScheduleResponse identifies the new schedule:
	//
	//	ReportScheduleID  ReportScheduleID  // for Client.GetReportScheduleByID and Client.CancelReportSchedule
	CreateReportScheduleResponse = api.CreateReportScheduleResponse

	// GetDisbursementsResponse is one page of disbursements:
	//
	//	Disbursements  []Disbursement  // may be empty, even if there are more pages
	//
	// Optional field, which is "" on the last page:
	//
	//	NextToken  string  // requests the next page, as GetDisbursementsOptions.NextToken
	GetDisbursementsResponse = api.GetDisbursementsResponse

	// ReportID identifies a report. It is an opaque string, such as A08439021T39K6DTX4JS8. Some consist of digits only.
	ReportID = api.ReportID
	// ReportDocumentID identifies the file of a completed report. It is an opaque string and differs from the report's id. Its type differs
	// too, so the compiler finds mix-ups.
	ReportDocumentID = api.ReportDocumentID
	// ReportScheduleID identifies a report schedule. It is an opaque string, such as 68973459224.
	ReportScheduleID = api.ReportScheduleID
)
