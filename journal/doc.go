// Package journal writes settlement reports as double-entry bookings, for hledger and Ledger, for Beancount, and as CSV.
//
// # Bookings
//
// A [Writer] takes the rows of settlement reports in one pass and writes bookings that balance to zero in each currency. What a
// settlement earned is booked to the clearing account, against sales, refunds and fees. What it paid out is a booking of its own, from
// the clearing account to the bank account. So after each balanced settlement, the clearing account is 0. [PerSettlement] makes these
// two bookings for each settlement and currency, with the sums of each transaction type. [PerTransaction] makes a booking for each row.
//
// The [Chart] has the names of the accounts. A transaction type that it doesn't have goes to its suspense account, and so does the
// difference of a row that doesn't add up. Nothing is left out. [Writer.Problems] lists both.
//
// # Dates and ids
//
// A booking has the date of its row, in the row's own offset from UTC. The booking of a settlement has the date of its last row. Its id
// never changes: <settlement>-<currency> and <settlement>-<currency>-payout, or <settlement>-<currency>-<n> for the nth row of a
// settlement. So an import can recognize bookings that it already has.
package journal
