// Package reportfile reads what is inside the files of Amazon Pay reports: settlement and refund reports as typed rows with exact amounts,
// all others as tables with named columns. It reads from a stream in constant memory.
//
// [Open] finds out by itself what a file is: byte order marks, UTF-16, gzip, separator (comma, tab, semicolon or bar), a line
// such as sep=; and the header, by the names of its columns, whatever stands in front of it. The case of the names, spaces
// around them and the order of the columns don't matter. Columns and transaction types that this package doesn't know are kept.
//
//	file, err := reportfile.Open(r)
//	for row, err := range file.Settlements() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Posted, row.Type, row.Net, row.Currency)
//	}
//
// What can't be known from a file is an option, never a guess: see [Options]. An error that an option mends names it.
//
// # Amounts
//
// An amount is digits with a dot, a minus sign in front of it where it is negative, and perhaps commas between groups
// of three digits. Anything else, a decimal comma or more than 19 digits among it, is an error and never a guess or a
// rounding. So are exactly three digits after the dot in a currency that has fewer, such as 1.190 EUR: a spreadsheet
// may have written 1190 so. [Options] have a decimal comma.
//
// # Rules of a settlement
//
// The net amounts of a settlement's rows add up to 0, and in each row the net amount is the amount plus the total fee, and
// the total fee is the percentage fee plus the fixed fee. Reading rows doesn't check this: [SettlementRow.Check] and
// [Summary] do.
//
// # Sums
//
// [Summary] sums up settlements by transaction type, and [Totals] all rows by currency and month, store or type. Both take rows one by one
// with Add, so that one pass over the files feeds both.
//
// # Quotes
//
// In a file whose header is quoted, fields may be quoted and hold line ends, separators and doubled quotes. In one that
// is separated by tabs and whose header isn't quoted, a quote is a character like others. In any other file whose header
// isn't quoted, fields may be quoted, but one that may have swallowed whole rows, because a text begins with a quote
// and another some rows later ends with one, is an error. Line ends within a field are read as line feeds.
//
// # Errors
//
// What can't be read is a [*RowError] that names file, line and column. It quotes a cell only if that is made of the characters
// of amounts and dates; what may be a buyer's name or address is never quoted. It is about one row: a loop that goes
// on after it gets the rows that follow, and [Reader.BadRows] counts what was left out. After a quote in the wrong place
// it goes on with the next line, so that each line of a broken field may be counted. Any other error ends the loop. A
// data row has exactly as many fields as the header has names, and perhaps an empty one behind them.
package reportfile
