// Package journal writes settlement reports as double-entry bookings, for hledger and Ledger, for Beancount, and as CSV.
//
// # Bookings
//
// A [Writer] takes the rows of settlement reports, one pass, and writes bookings that balance to zero in each currency. What a
// settlement earned goes to the clearing account, against sales, refunds, fees and the like; what it paid out goes from the
// clearing account to the bank account, as a booking of its own. So the clearing account is 0 after each balanced settlement.
// [PerSettlement] makes these two bookings for each settlement and currency, with the sums of each transaction type.
// [PerTransaction] makes a booking of each row.
//
// The [Chart] says which account is whose. A transaction type that it doesn't have goes to its suspense account, and so does
// what is left of a row that doesn't add up: nothing is dropped. [Writer.Problems] lists both.
//
// # Dates and ids
//
// A booking has the date of its row in the row's own offset from UTC; the booking of a settlement has the date of its last row.
// Its id stays the same however often it is written: <settlement>-<currency> and <settlement>-<currency>-payout, or
// <settlement>-<currency>-<n> for the nth row of a settlement. An import that meets an id again can tell that it has it already.
package journal
