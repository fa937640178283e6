// Package reportfile reads the files of Amazon Pay reports: settlement and refund reports as typed rows with exact amounts, and all
// others as tables with named columns. It reads from a stream, in constant memory.
//
// [Open] recognizes the format of a file: byte order marks, UTF-16, gzip, the separator (comma, tab, semicolon or bar), and a line
// such as sep=; at the top. It finds the header by the names of its columns, even if there are other lines before it. The case of the
// names, spaces around them and the order of the columns don't matter. Unknown columns and transaction types are kept.
//
//	file, err := reportfile.Open(r)
//	for row, err := range file.Settlements() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Posted, row.Type, row.Net, row.Currency)
//	}
//
// What a file doesn't say is never guessed: set it in [Options]. If an option can help, the error names it.
//
// # Amounts
//
// An amount has digits and a dot, a minus sign if it is negative, and possibly commas between groups of three digits. Everything else
// is an error, including a decimal comma and more than 19 digits. Amounts are never rounded. Exactly three digits after the dot are an
// error too if the currency has fewer, such as 1.190 EUR: a spreadsheet may have written 1190 like this. For decimal commas, see
// [Options].
//
// # Rules of a settlement
//
// The net amounts of a settlement's rows add up to 0. In each row, the net amount is the amount plus the total fee, and the total fee is
// the percentage fee plus the fixed fee. Reading rows doesn't check this, but [SettlementRow.Check] and [Summary] do.
//
// # Sums
//
// [Summary] sums up settlements by transaction type. [Totals] sums up all rows by currency and by month, store or type. Both take one
// row at a time with Add, so a single pass over the files is enough for both.
//
// # Quotes
//
// If the header of a file is quoted, fields can be quoted, and contain line ends, separators and doubled quotes. If a file is
// separated by tabs and its header isn't quoted, a quote is an ordinary character. In all other files, fields can be quoted, but a field
// that may have swallowed whole rows is an error: its text begins with a quote, and a text some rows later ends with one. Line ends
// within a field are read as line feeds.
//
// # Errors
//
// A row that can't be read is a [*RowError] with file, line and column. It quotes a cell only if the cell has only characters of amounts
// and dates, so it never contains a buyer's name or address. A loop can go on after it and gets the rows that follow;
// [Reader.BadRows] counts the rows that were left out. After a quote in the wrong place, reading goes on with the next line, so each line
// of a broken field may be counted. Any other error ends the loop. A row must have exactly as many fields as the header, and may have
// one empty field more.
package reportfile
