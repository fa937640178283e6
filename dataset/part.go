package dataset

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Rows are written in groups, so that memory is bounded, and pages are small, because there is one of each column in memory. What a file
// holds must not depend on anything but its rows.
const (
	rowsPerGroup   = 1 << 15
	pageSize       = 64 << 10
	rowsPerWrite   = 256
	createdBy      = "payreports"
	createdVersion = "1"
)

// Snappy, version 1 of pages, and plain text are what every engine reads, and the fastest. Statistics are in the column index, where engines
// look for them, and not in the headers of pages as well.
func writerOptions() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(&parquet.Snappy), parquet.DataPageVersion(1), parquet.DataPageStatistics(false), parquet.MaxRowsPerRowGroup(rowsPerGroup), parquet.PageBufferSize(pageSize),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain), parquet.CreatedBy(createdBy, createdVersion, ""),
	}
}

// encoder writes the rows of a partition.
type encoder interface {
	// close writes the rest, with the record in the file's metadata.
	close(record string) error
	// stop ends the work of one that isn't closed. It does nothing after close.
	stop()
	schema() *parquet.Schema
}

// part is a partition that is being written.
type part struct {
	month string
	draft mirror.Draft
	encoder
	last   int // the index of the last report that may have rows of it
	closed bool

	in     *input // the report of the last row
	rows   []int64
	inputs []*input // with rows, as in rows
	sums   []*currencySum
	record record
}

// create begins the partition of a month. It returns nil if that can't be, because of a report.
func (g *group) create(month string) (*part, error) {
	columns, err := g.columns(month)
	if err != nil || columns == nil && g.format.kind() == reportfile.KindTable {
		return nil, err
	}
	draft, err := g.run.target.Create(g.run.ctx, g.partition(month))
	if err != nil {
		return nil, g.unwritable(month, err)
	}
	p := &part{month: month, draft: draft}
	p.encoder = g.format.encoder(p, columns)
	return p, nil
}

// count counts a row of a report.
func (p *part) count(in *input) {
	if p.in != in {
		p.in = in
		p.inputs, p.rows = append(p.inputs, in), append(p.rows, 0)
	}
	p.rows[len(p.rows)-1]++
}

func (p *part) rowsOf(in *input) int64 {
	if i := slices.Index(p.inputs, in); i >= 0 {
		return p.rows[i]
	}
	return 0
}

// close writes the rest, and what the partition was made from.
func (p *part) close(inputs []*input, options reportfile.Options) error {
	p.record = record{Version: recordVersion, Reading: readingOf(options), Reports: []reportRecord{}}
	for _, in := range inputs {
		p.record.Reports = append(p.record.Reports, reportRecord{in.entry.Path, in.sha256, p.rowsOf(in), in.months, in.settlements, in.unbalanced})
	}
	for _, sum := range p.sums {
		p.record.Sums = append(p.record.Sums, sum.text())
	}
	slices.SortFunc(p.record.Sums, func(a, b CurrencySums) int { return strings.Compare(a.Currency, b.Currency) })
	text, err := json.Marshal(p.record)
	if err != nil {
		return err
	}
	if err := p.encoder.close(string(text)); err != nil {
		return err
	}
	return p.draft.Sync()
}

// commit gives the partition its name.
func (p *part) commit(g *group) (*stored, error) {
	size, err := p.draft.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	if err := p.draft.Replace(g.run.ctx); err != nil {
		return nil, err
	}
	var rows int64
	for _, n := range p.rows {
		rows += n
	}
	return &stored{
		Partition: Partition{
			Path: g.partition(p.month), Table: g.table, Account: g.account, Month: p.month, Rows: rows, Bytes: size,
			Reports: len(p.record.Reports), Sums: p.record.Sums,
		},
		columns: columnsOf(p.schema()), record: &p.record, current: true, written: true,
	}, nil
}

func (p *part) discard() {
	p.stop()
	p.draft.Discard()
}

// CurrencySums are the sums of a partition in one currency, as exact decimals with at least the currency's minor digits.
type CurrencySums struct {
	// Currency is the ISO 4217 code.
	Currency string `json:"currency"`
	// Rows is how many rows are in the currency.
	Rows int64 `json:"rows"`
	// Amount is the sum of the amounts. TotalFee and Net are those of settlements, and "" for refunds.
	Amount   string `json:"amount"`
	TotalFee string `json:"totalFee,omitempty"`
	Net      string `json:"net,omitempty"`
}

type currencySum struct {
	currency          string
	rows              int64
	settlement        bool
	amount, fees, net units
}

// sum finds the sums of a currency, of which there are few.
func (p *part) sum(currency string, settlement bool) *currencySum {
	for _, sum := range p.sums {
		if sum.currency == currency {
			return sum
		}
	}
	p.sums = append(p.sums, &currencySum{currency: currency, settlement: settlement})
	return p.sums[len(p.sums)-1]
}

func (s *currencySum) text() CurrencySums {
	sums := CurrencySums{Currency: s.currency, Rows: s.rows, Amount: s.amount.text(s.currency)}
	if s.settlement {
		sums.TotalFee, sums.Net = s.fees.text(s.currency), s.net.text(s.currency)
	}
	return sums
}
