// Package simulator runs the Amazon Pay Reports API on your machine. A client in any language talks to it as to the
// service, and gets the errors that it would get in production: the simulator verifies signatures, refuses what the
// documentation forbids, with the documented reason codes, and validates every request and response against openapi.yaml.
//
//	sim := simulator.Start(t)
//	client := sim.Client()
//
// # Like the service
//
//   - All nine operations, with both forms of paths and both signature algorithms.
//   - Reports are ready within a minute, are cancelled if there is no data, and are kept for 90 days.
//   - Settlement reports appear without a request, and disbursements match them.
//   - Document URLs are valid for 30 seconds and behave like S3.
//   - POSTs are idempotent. There is one schedule per report type, and the array response if there already is one.
//   - The sandbox has only the sandbox settlement report.
//
// # Invented
//
// The merchant and its business are invented: it has traded on every day of any year up to now. The files of settlement,
// sandbox settlement and refund reports have exactly the documented format. The columns of all other reports are
// plausible, but not documented.
//
// Where the documentation is silent, the simulator is strict about likely mistakes: it refuses unknown query parameters
// and unknown members. It accepts what official SDKs send: a query parameter with an empty value is treated as absent, and
// a list may be sent by repeating its name. Lists are sorted from newest to oldest. An idempotency key belongs to merchant and
// operation. If the first report of a schedule is in the past, it isn't created. The same request always gets the same error.
//
// # Time and faults
//
// The simulator has its own clock, which can be set and moved. Retention, schedules and settlements follow it.
// [Config.Faults] and [Simulator.Inject] inject faults, reproducibly.
package simulator
