// Package statement writes what settlement reports hold as a page for people: one HTML file that needs nothing besides itself.
//
// # What is on the page
//
// For each currency: what was sold, refunded, charged (percentage and fixed fees apart), held in reserve, adjusted and paid out, as
// totals, by month with a chart, and by settlement with the file that it is in. Transaction types that have no name of their own on the
// page appear under the name that the report gives them: nothing is dropped. A month is that of a row's posted date in the row's own
// offset from UTC. Then what package reconcile found, differences first. Amounts are exact and have at least their currency's minor
// digits. Nothing on the page names a buyer.
//
// # The file
//
// The page has no script and loads nothing; a content security policy in it keeps it so. It prints on A4 and Letter, has a light and a
// dark form, fits screens from 360 pixels, and can be used with a keyboard and a screen reader. The same input makes the same bytes.
package statement
