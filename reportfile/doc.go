// Package reportfile reads what is inside the files of Amazon Pay reports: settlement and refund reports as typed rows with exact amounts,
// all others as tables with named columns. It reads from a stream in constant memory.
//
// [Open] finds out by itself what a file is: byte order mark, gzip, delimiter (comma, tab or semicolon), preamble and
// header. Columns are found by name, so their order doesn't matter, and columns and transaction types that this package
// doesn't know are kept.
//
//	file, err := reportfile.Open(r)
//	for row, err := range file.Settlements() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Posted, row.Type, row.Net, row.Currency)
//	}
//
// # Amounts
//
// An amount is digits with a dot, a minus sign in front of it where it is negative, and perhaps commas between groups
// of three digits. Anything else, a decimal comma or more than 19 digits among it, is an error and never a guess or a
// rounding.
//
// # Errors
//
// What can't be read is a [*RowError] that names line and column and quotes the offending amount or date; other cells,
// which may hold a buyer's name or address, are never quoted. It is about one row: a loop that goes on after it gets
// the rows that follow, and [Reader.BadRows] counts what was left out. A quote that is missing at the end of a field is
// found at the next one only, so that the lines up to there are left out with its row, as one. Any other error ends the
// loop. A data row has exactly as many fields as the header has names.
package reportfile
