// Package simulator runs the Amazon Pay Reports API on your machine. Clients in any language can use it like the service, and
// they get the errors that they would get in production. The simulator verifies signatures, refuses what the documentation
// forbids, with the documented reason codes, and validates every request and response against openapi.yaml.
//
//	sim := simulator.Start(t)
//	client := sim.Client()
//
// # Like the service
//
//   - All nine operations work, with both forms of paths and both signature algorithms.
//   - Reports are ready within a minute, are cancelled if there is no data, and are kept for 90 days.
//   - Settlement reports appear without a request, and disbursements match them.
//   - Download URLs are valid for 30 seconds, and the storage service behaves like S3.
//   - POSTs are idempotent.
//   - A report type has at most one schedule. If it already has one, the response is an array.
//   - The sandbox has only the sandbox settlement report.
//
// # Unlike the service
//
// The merchant and its sales are invented. It has sales on every day of any year up to now. The files of settlement, sandbox
// settlement and refund reports have exactly the documented format. The columns of all other reports aren't documented; the
// simulator uses plausible ones.
//
// Where the documentation is silent, the simulator is strict about likely mistakes: it refuses unknown query parameters
// and unknown members. It accepts what the official SDKs send: it treats a query parameter with an empty value as absent, and
// a list can be sent by repeating its name. Lists are sorted from newest to oldest. The scope of an idempotency key is the
// merchant and the operation. If the first report of a schedule is in the past, it isn't created. The same invalid request always
// gets the same error.
//
// # Time and faults
//
// The simulator has its own clock, which you can set and advance. Retention, schedules and settlements follow it.
// [Config.Faults] and [Simulator.Inject] inject faults. They are reproducible.
package simulator
