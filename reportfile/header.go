package reportfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// The documented columns.
var (
	settlementColumns = []string{
		"TransactionPostedDate", "SettlementId", "AmazonTransactionId", "SellerReferenceId", "TransactionType", "AmazonOrderReferenceId",
		"SellerOrderId", "StoreName", "CurrencyCode", "TransactionDescription", "TransactionAmount", "TransactionPercentageFee",
		"TransactionFixedFee", "TotalTransactionFee", "NetTransactionAmount",
	}
	refundColumns = []string{
		"AmazonRefundId", "RefundReferenceId", "AmazonCaptureId", "AmazonOrderReferenceId", "RefundAmount", "CurrencyCode",
		"SellerRefundNote", "RefundType", "RefundStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp",
	}
	// settlementOnly are the columns that no other report is known to have.
	settlementOnly = []string{
		"TransactionPostedDate", "SettlementId", "TransactionPercentageFee", "TransactionFixedFee", "TotalTransactionFee", "NetTransactionAmount",
	}
	documented = map[Kind]map[string]string{KindSettlement: byPlainName(settlementColumns), KindRefund: byPlainName(refundColumns)}
)

// values is what the options say about values.
type values struct {
	decimalComma bool
	layout       string // of package time
}

// header is what the rows of a file share: its name, its columns, and what the options say about values.
type header struct {
	file   string
	values values
	names  []string
	index  map[string]int // by the names, and by the documented names
	// repeated allows names that are empty or repeated, which find then doesn't find.
	repeated bool

	conversions []conversion // of the columns
}

func (h *header) find(name string) int {
	if i, ok := h.index[name]; ok {
		return i
	}
	return -1
}

// documentedName returns the documentation's spelling of a column's name, or the name if it isn't documented.
func documentedName(kind Kind, name string) string {
	if known := documented[kind][plainName(name)]; known != "" {
		return known
	}
	return name
}

// plainName is a name without case, spaces and marks that can't be seen.
func plainName(name string) string {
	if strings.ContainsFunc(name, isInvisible) {
		name = strings.Map(func(c rune) rune {
			if isInvisible(c) {
				return -1
			}
			return c
		}, name)
	}
	return strings.ToLower(name)
}

func isInvisible(c rune) bool {
	return unicode.IsSpace(c) || c > unicode.MaxASCII && unicode.Is(unicode.Cf, c)
}

func byPlainName(names []string) map[string]string {
	byName := make(map[string]string, len(names))
	for _, name := range names {
		byName[plainName(name)] = name
	}
	return byName
}

// headerKind tells a report by its columns' names, if they are documented.
func headerKind(names []string) Kind {
	if len(names) < 2 {
		return KindTable
	}
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = documented[KindSettlement][plainName(name)]
	}
	only := 0
	for _, name := range settlementOnly {
		if slices.Contains(plain, name) {
			only++
		}
	}
	switch {
	case only >= 2 || slices.Contains(plain, "TransactionPostedDate"):
		return KindSettlement
	case slices.ContainsFunc(names, func(name string) bool { return plainName(name) == "amazonrefundid" }):
		return KindRefund
	default:
		return KindTable
	}
}

// candidates are what may separate fields, the usual one first.
var candidates = []byte{',', '\t', ';', '|'}

// readHeader finds the header by the names of documented columns, whatever stands in front of it. A file without them
// is taken for a table whose header comes first, behind a preamble if there is one.
func (f *Reader) readHeader() error {
	r := f.records
	commas := candidates
	if comma, n := separatorLine(r.head()); n > 0 {
		commas = []byte{comma}
		r.take(n, 1)
		for bytes.HasPrefix(r.head(), markUTF8) {
			r.pos += len(markUTF8)
		}
	}
	for offset, lines := 0, r.lines+1; ; lines++ {
		line := r.headLine(offset)
		if line == nil {
			break
		}
		offset += len(line)
		comma, names, kind := headerLine(line, commas)
		if kind == KindTable {
			continue
		}
		r.comma = comma
		if err := f.readPreamble(lines, len(names)); err != nil {
			return err
		}
		if err := f.next(); err != nil {
			return err
		}
		f.kind = kind
		return f.setColumns()
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) { // what the last line looks like says nothing
		return r.err
	}
	if i := bytes.Index(bytes.ToLower(r.head()), []byte("transactionposteddate")); i >= 0 {
		line := r.lines + 1 + bytes.Count(r.head()[:i], []byte("\n"))
		return &RowError{Line: line, Problem: "this looks like the header of a settlement report, but its names can't be told apart: the file looks re-saved by a spreadsheet; save it again as CSV, or take the original"}
	}
	return f.readTableHeader(commas)
}

// separatorLine reads a first line such as sep=; which tells spreadsheets what separates fields.
func separatorLine(head []byte) (comma byte, n int) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	text := bytes.Trim(withoutReturn(line), `"`)
	if len(text) == len("sep=;") && bytes.EqualFold(text[:4], []byte("sep=")) && bytes.IndexByte(candidates, text[4]) >= 0 {
		return text[4], min(len(line)+1, len(head))
	}
	return 0, 0
}

// headerLine tells whether a line is a documented header, with the separator that gives the most names.
func headerLine(line []byte, commas []byte) (comma byte, names []string, kind Kind) {
	kind = KindTable
	for _, c := range commas {
		if bytes.IndexByte(line, c) < 0 { // a report has several columns
			continue
		}
		cells := cellsOf(line, c)
		if k := headerKind(cells); k != KindTable && len(cells) > len(names) {
			comma, names, kind = c, cells, k
		}
	}
	return comma, names, kind
}

// cellsOf splits a line by itself.
func cellsOf(line []byte, comma byte) []string {
	r := records{comma: comma}
	if n, problem := r.split(line); n == 0 || problem != "" {
		return nil
	}
	r.evaluate(string(line), false)
	return r.fields()
}

// readTableHeader reads the header of a report whose columns aren't documented.
func (f *Reader) readTableHeader(commas []byte) error {
	f.records.comma = commas[0]
	if len(commas) > 1 {
		f.records.comma = delimiter(f.records.head())
	}
	f.kind = KindTable
	for {
		err := f.next()
		if errors.Is(err, io.EOF) {
			return errors.New("reportfile: the file ends before a header: it was cut, or is not a report")
		}
		if err != nil {
			return err
		}
		var cells []string
		for _, cell := range f.records.fields() {
			if cell = trimInvisible(cell); cell != "" {
				cells = append(cells, cell)
			}
		}
		if len(cells) == 0 {
			continue
		}
		if slices.Contains(preambleNames, plainName(cells[0])) {
			f.kind = KindSettlement // it must not be taken for another report and left out, whatever its columns are
		}
		if f.kind == KindTable || len(cells) > 2 {
			return f.setColumns()
		}
		if len(cells) == 2 {
			f.setPreamble(cells[0], cells[1])
		}
	}
}

// delimiter returns what separates the fields of the header, or of a line of the preamble before it: a comma, unless
// there are more tabs or semicolons outside quotes. What is in rows says nothing: it may be text.
func delimiter(head []byte) byte {
	for line := range bytes.Lines(head) {
		counts := make(map[byte]int)
		quoted := false
		for _, b := range line {
			if b == '"' {
				quoted = !quoted
			}
			if !quoted {
				counts[b]++
			}
		}
		best := byte(',')
		for _, b := range []byte{'\t', ';'} {
			if counts[b] > counts[best] {
				best = b
			}
		}
		name := plainName(strings.Trim(string(line), "\"\r\n"))
		if counts[best] > 0 {
			return best
		}
		if name != "" && !slices.Contains(preambleNames, name) {
			break
		}
	}
	return ','
}

// setColumns takes the record that was just read for the header.
func (f *Reader) setColumns() error {
	r, names := f.records, f.records.fields()
	for len(names) > 1 && trimInvisible(names[len(names)-1]) == "" { // a spreadsheet makes all lines as long as the longest
		names = names[:len(names)-1]
	}
	r.width, r.spare = len(names), len(r.extents)-len(names)
	if r.width > 1 { // a single column's text may end with a comma
		r.spare = max(r.spare, 1)
	}
	f.header.index = make(map[string]int, len(names))
	for i, name := range names {
		if strings.Contains(name, "\r") {
			return &RowError{Line: r.line, Problem: "the lines end with a carriage return alone, so they can't be told apart: save the file with line feeds"}
		}
		names[i] = trimInvisible(name)
		keys := []string{names[i]}
		if known := documentedName(f.kind, names[i]); known != names[i] {
			keys = append(keys, known)
		}
		for _, key := range keys {
			if _, twice := f.header.index[key]; twice || key == "" {
				if f.header.repeated && f.kind == KindTable {
					f.header.index[key] = -1
					continue
				}
				return &RowError{Line: r.line, Problem: fmt.Sprintf("the header's name %d of %d is empty or there twice, so its column can't be told from others", i+1, len(names))}
			}
			f.header.index[key] = i
		}
	}
	f.header.names = names
	f.header.conversions = f.conversions()
	switch quoted := slices.ContainsFunc(r.extents, func(e extent) bool { return e.quoted }); {
	case !quoted && r.comma == '\t':
		r.quoting = noQuotes
	case !r.allQuoted():
		r.quoting = quotesDoubtful
	}
	return nil
}
