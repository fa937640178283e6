// Package statement writes settlement reports as a page for people: a single HTML file.
//
// # What is on the page
//
// For each currency, the page shows what was sold, refunded, charged (percentage and fixed fees separately), held in reserve, adjusted
// and paid out: as totals, by month with a chart, and by settlement with the name of its file. Unknown transaction types appear under
// the name in the report, so nothing is left out. A row belongs to the month of its posted date, in the row's own offset from UTC. Then
// come the results of package reconcile, differences first. Amounts are exact and have at least their currency's minor digits. The page
// doesn't name buyers.
//
// # The file
//
// The page has no script and loads nothing, and a content security policy enforces this. It prints on A4 and Letter, has a light and a
// dark color scheme, fits screens from 360 pixels, and works with a keyboard and a screen reader. The same input always gives the same
// bytes.
package statement
