// Package simulator is the Amazon Pay Reports API on your machine. A client in any language talks to it as to the
// service and learns what production would have said: signatures are verified, what the documentation forbids is
// refused with its reason code, and every request and answer is validated against openapi.yaml as it runs.
//
//	sim := simulator.Start(t)
//	client := sim.Client()
//
// # Like the service
//
// The nine operations; both forms of paths; signatures of both algorithms; 90 days of retention; one schedule per
// report type, with the array answer; idempotent POSTs; a sandbox that has only the sandbox settlement report; reports
// that are made within a minute and are cancelled where there is no data; document URLs that live 30 seconds and answer
// like S3; settlement reports that appear by themselves, and disbursements that match them.
//
// # Invented
//
// The merchant and all its business: it has traded on every day of any year up to now. The files of settlement, sandbox
// settlement and refund reports have the documented format byte for byte; the columns of all others are plausible, not
// documented. Where the documentation is silent, the simulator is strict with what could be a mistake: an unknown query
// parameter is refused, and so is an unknown member. It accepts what official SDKs send: a query parameter with an empty
// value is absent, and a list may be given by repeating its name. Lists are newest first, an idempotency key belongs to
// merchant and operation, and a schedule whose first report lies in the past isn't made up for. The same request is always
// refused with the same words.
//
// # Time and faults
//
// The simulator has a clock of its own, which can be set and moved: retention, schedules and settlements go by it.
// [Config.Faults] and [Simulator.Inject] make things go wrong, reproducibly.
package simulator
