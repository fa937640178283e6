// Package payreports is a client for the Amazon Pay Reports API: it creates, finds, waits for and downloads the reports of an
// Amazon Pay merchant, keeps report schedules, and lists disbursements. It is not affiliated with Amazon.
//
// # Getting started
//
//	key, err := signing.ParsePrivateKey(pem)
//	signer, err := signing.NewSigner("SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B", key)
//	client, err := payreports.New(regions.EU, signer)
//
//	created, err := client.CreateReport(ctx, payreports.CreateReportRequest{
//		Type: payreports.ReportTypeSandboxSettlement, Start: start, End: end,
//	})
//	report, err := client.WaitForReport(ctx, created.ReportID)
//	n, err := client.DownloadReport(ctx, report.ReportID, file)
//
// Each operation of the API has a method under its documented name. On top of them, [Client.AllReports] and [Client.AllDisbursements] go
// through all pages, [Client.WaitForReport] waits, [Client.OpenReport] and [Client.DownloadReport] fetch the file, and
// [Client.EnsureReportSchedule] keeps a schedule as it should be. Package reportfile reads what is in the files, package reconcile holds
// them against disbursements and orders, and package mirror keeps a local copy of all.
//
// # Authentication
//
// Requests are signed with the merchant's RSA key (AMZN-PAY-RSASSA-PSS-V2, package signing). Make the key pair in Seller Central, keep
// the private key out of the program's source, and give its public key id to signing.NewSigner. The key may be any crypto.Signer, such as
// a KMS or HSM client. Solution providers add [WithAuthToken] to act for a merchant.
//
// # Regions
//
// A key belongs to one region (regions.NA, EU or JP) and one environment. A public key id that begins with LIVE or SANDBOX names its
// environment; any other needs [WithEnvironment]. In the sandbox the only report type is [ReportTypeSandboxSettlement].
//
// # Errors
//
// Bad arguments are refused before anything is sent ([ErrInvalidArgument]). A call that failed after it was sent is an [*Error], whatever
// the answer's body: it has the status, the service's reason code and message, the request id, the idempotency key and the number of
// attempts, and its text is one line. errors.Is finds [ErrNotFound], [ErrThrottled], [ErrSignature] and [ErrForbidden] in it. When the
// service refuses a signature or its date, Diagnosis says whether the key is the wrong one, the request was changed on its way, or
// the clock is off. No error holds a key, a signature, a token or the query of a document's URL.
//
// # Retries
//
// A call makes up to 4 attempts: after the statuses 408, 425, 429, 500, 502, 503 and 504, and after transport errors. Before attempt
// n+1 it waits a random time between nothing and min(20 s, 1 s·2ⁿ⁻¹), and at least as long as Retry-After says, in seconds or as a date;
// a Retry-After above 60 s is returned as an error at once, with its RetryAfter. Every attempt is signed anew with the current time. A POST
// keeps its idempotency key and body, which is why it may be repeated at all. A 429 slows down all calls of the client. A date
// that the service refuses as lying in the future is corrected once by the service's clock, never forwards. A cancelled schedule that
// is not found on a repeated attempt counts as cancelled. [RetryPolicy] changes the numbers, [WithRateLimit] sends less to begin with.
//
// # Paging
//
// [Client.AllReports] and [Client.AllDisbursements] are iterators: they ask for a page when the loop needs it, go on over empty pages, and yield
// an error once, at the end. Each loop starts from the first page. The single pages are [Client.GetReports] and [Client.GetDisbursements].
//
// # Waiting
//
// [Client.WaitForReport] looks at once, again after about 2 s, then at growing intervals up to 30 s, until the context ends. A report that
// was cancelled had no data: [ErrNoData].
//
// # Downloading
//
// A document's URL lives 30 seconds, so it is asked for at the last moment. The download is streamed; it survives cut
// connections and expired URLs, going on from the byte it has, and either hands over exactly the file's bytes or
// returns an error. The storage sees none of the API's headers, and redirects aren't followed.
//
// # Testing
//
// Package simulator is the API on your machine: simulator.Start(t) gives a running one and the options of a client that talks to it, with
// faults to be switched on. It verifies signatures and refuses what the service refuses.
//
// # Concurrency
//
// A [Client] is safe for concurrent use, and so are the iterators that it returns. The readers of [Client.OpenReport] are not.
package payreports
