package reportfile

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Preamble is what stands in front of the header of a settlement report.
type Preamble struct {
	// SellerID is the merchant's id.
	SellerID string
	// Start and End bound the settlement, with the file's own offset. They are zero if the file doesn't say.
	Start, End time.Time
}

// Preamble returns what stands in front of the header. It is zero for files without one. The error is about a date that
// can't be read; the rest is there all the same, and so are the rows.
func (f *Reader) Preamble() (Preamble, error) { return f.preamble, f.preambleErr }

// readPreamble reads the lines up to the header's. A line that is nearly as wide as the header is something else than
// a title, and so are two lines of three cells or more that have as many: they must not be left out.
func (f *Reader) readPreamble(headerLine, names int) error {
	r, before := f.records, 0 // cells in the last line that isn't empty
	for r.lines+1 < headerLine {
		n := bytes.IndexByte(r.head(), '\n') + 1
		line := r.head()[:n]
		var cells []string
		for _, cell := range cellsOf(line, r.comma) {
			if cell = trimInvisible(cell); cell != "" {
				cells = append(cells, cell)
			}
		}
		r.take(n, 1)
		if len(cells) > 2 && (2*len(cells) > names || len(cells) == before) {
			return &RowError{Line: r.line, Problem: fmt.Sprintf("there are rows before the header on line %d: these are two reports in one file; split it", headerLine)}
		}
		if len(cells) > 0 {
			before = len(cells)
		}
		if len(cells) == 2 {
			f.setPreamble(cells[0], cells[1])
		}
	}
	return nil
}

func trimInvisible(text string) string { return strings.TrimFunc(text, isInvisible) }

// preambleNames are what the first cells of a settlement file's preamble hold.
var preambleNames = []string{"amazonpaymentsadvanced", "amazonpay", "settlementreport", "sellerid", "settlementstartdate", "settlementenddate"}

func (f *Reader) setPreamble(name, value string) {
	var err error
	switch plainName(name) {
	case "sellerid":
		f.preamble.SellerID = value
	case "settlementstartdate":
		f.preamble.Start, err = f.locations.time(value, f.header.values.layout)
	case "settlementenddate":
		f.preamble.End, err = f.locations.time(value, f.header.values.layout)
	}
	if err != nil && f.preambleErr == nil {
		f.preambleErr = &RowError{File: f.header.file, Line: f.records.line, Column: name, Problem: err.Error()}
	}
}
