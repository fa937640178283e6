// Package payreports is a client for the Amazon Pay Reports API. It creates, lists, waits for and downloads the reports of an Amazon Pay
// merchant, manages report schedules, and lists disbursements. It is not affiliated with Amazon.
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
// Each operation of the API is a method with the operation's name. Other methods build on them: [Client.AllReports] and
// [Client.AllDisbursements] iterate over all pages, [Client.WaitForReport] waits until a report is ready, [Client.OpenReport] and
// [Client.DownloadReport] fetch its file, and [Client.EnsureReportSchedule] creates a schedule unless it already exists.
//
// Package reportfile reads the files. Package reconcile compares them with disbursements and orders. Package mirror keeps a local copy of
// all reports.
//
// # Authentication
//
// Requests are signed with the merchant's RSA key, using AMZN-PAY-RSASSA-PSS-V2 (see package signing). Create the key pair in Seller
// Central, keep the private key out of your source code, and pass the public key id to signing.NewSigner. The key can be any crypto.Signer,
// such as a client of a KMS or an HSM. Solution providers use [WithAuthToken] to act for a merchant.
//
// # Regions
//
// A key belongs to one region (regions.NA, EU or JP) and one environment. If the public key id begins with LIVE or SANDBOX, that is its
// environment. For any other id, use [WithEnvironment]. The only report type in the sandbox is [ReportTypeSandboxSettlement].
//
// # Errors
//
// Invalid arguments are refused before anything is sent: see [ErrInvalidArgument]. Any other failed call returns an [*Error] with the
// status, the service's reason code and message, the request id, the idempotency key and the number of attempts. Its text is one line. Use
// errors.Is with [ErrNotFound], [ErrThrottled], [ErrSignature] and [ErrForbidden]. If the service refuses a signature or its date, the
// field Diagnosis says why: the wrong key, a request that was changed in transit, or a wrong clock. Errors never contain keys, signatures,
// tokens or the query of a download URL.
//
// # Retries
//
// A call makes up to 4 attempts. It retries after the statuses 408, 425, 429, 500, 502, 503 and 504, and after transport errors. Before
// attempt n+1 it waits a random time between 0 and min(20 s, 1 s·2ⁿ⁻¹), but at least as long as Retry-After says. If Retry-After is longer
// than 60 s, the call returns the error at once. [RetryPolicy] changes these numbers.
//
// Each attempt is signed with the current time. A POST keeps its body and its idempotency key, which makes it safe to retry. A 429 slows
// down all calls of the client. [WithRateLimit] limits the rate from the start.
//
// Two cases are special. If the service says that a request's date is in the future, the client retries once with the service's time. If
// a retry of [Client.CancelReportSchedule] finds no schedule, the schedule counts as cancelled, because an earlier attempt may have cancelled it.
//
// # Paging
//
// [Client.AllReports] and [Client.AllDisbursements] are iterators. They request a page when the loop reaches it, skip empty pages, and stop
// after the first error. Each loop starts again from the first page. To request single pages, use [Client.GetReports] and
// [Client.GetDisbursements].
//
// # Waiting
//
// [Client.WaitForReport] polls at once, again after about 2 s, and then at growing intervals of up to 30 s, until the context ends. If the
// report was cancelled because there is no data, errors.Is finds [ErrNoData] in the error.
//
// # Downloading
//
// A download URL is valid for 30 seconds, so the client requests it just before it is used. Downloads are streamed. If a connection is cut
// or a URL expires, the download continues where it stopped. It either returns exactly the bytes of the file or an error. No header of the
// API is sent to the storage service, and redirects aren't followed.
//
// # Testing
//
// Package simulator runs the API on your machine. simulator.Start(t) starts it, and its Client method returns a client that uses it. It
// verifies signatures, refuses what the service refuses, and injects faults if you ask for them.
//
// # Concurrency
//
// A [Client] and the iterators that it returns are safe for concurrent use. The readers that [Client.OpenReport] returns are not.
package payreports
