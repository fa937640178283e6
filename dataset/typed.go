package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/govalues/decimal"
	"github.com/parquet-go/parquet-go"

	"github.com/amazonpay-go/payreports/reportfile"
)

// typedFormat is the format of a table whose rows become records.
type typedFormat[Row, Record any] struct {
	of   reportfile.Kind
	rows func(*reportfile.Reader) iter.Seq2[Row, error]
	// posted is the time that decides the month.
	posted func(*Row) time.Time
	// other is the cell of a column that the row has no field for.
	other func(row *Row, column string) (string, bool)
	// note keeps what has to be known of the report besides its months, if it isn't nil.
	note func(*input, *Row) error
	// fill fills an empty record, and adds it to the sums.
	fill func(p *part, row *Row, in *input, other string, record *Record) error
}

func (f typedFormat[Row, Record]) kind() reportfile.Kind { return f.of }

func (f typedFormat[Row, Record]) encoder(p *part, _ []string) encoder {
	return newTypedEncoder[Record](p.draft)
}

func (f typedFormat[Row, Record]) read(in *input, reader *reportfile.Reader, to func(string) (*part, error)) error {
	var others []string
	var month calendarMonth
	var current *part
	var records *typedEncoder[Record]
	first := true
	var row Row // one for all: what is pointed at is allocated
	for read, err := range f.rows(reader) {
		if err != nil {
			return err
		}
		row = read
		if first {
			others, first = f.others(&row, reader.Columns()), false
		}
		if f.note != nil && !in.read {
			if err := f.note(in, &row); err != nil {
				return err
			}
		}
		if posted := f.posted(&row); !month.contains(posted) {
			month = monthOf(posted)
			if current, err = to(month.name); err != nil {
				return err
			}
			if current != nil {
				records = current.encoder.(*typedEncoder[Record]) //nolint:forcetypeassert // made by this format
			}
		}
		if current == nil {
			continue
		}
		other, err := f.otherCells(&row, others)
		if err != nil {
			return err
		}
		if err := f.fill(current, &row, in, other, records.next()); err != nil {
			return err
		}
		current.count(in)
		if err := records.added(); err != nil {
			return err
		}
	}
	return nil
}

// others are the columns that a row has no field for.
func (f typedFormat[Row, Record]) others(row *Row, columns []string) (others []string) {
	for _, column := range columns {
		if _, other := f.other(row, column); other {
			others = append(others, column)
		}
	}
	return others
}

// otherCells are the cells of other columns as a JSON object, "" if there are none.
func (f typedFormat[Row, Record]) otherCells(row *Row, columns []string) (string, error) {
	if len(columns) == 0 {
		return "", nil
	}
	cells := make(map[string]string, len(columns))
	for _, column := range columns {
		cells[column], _ = f.other(row, column)
	}
	text, err := json.Marshal(cells) // sorted by column
	return string(text), err
}

// typedEncoder writes records, some at a time, while others are read.
type typedEncoder[Record any] struct {
	w           *parquet.GenericWriter[Record]
	batch       []Record
	full, empty chan []Record
	written     chan struct{} // closed once all is written
	err         atomic.Pointer[writeError]
	ended       bool
}

func newTypedEncoder[Record any](out io.Writer) *typedEncoder[Record] {
	const batches = 3
	e := &typedEncoder[Record]{
		w: parquet.NewGenericWriter[Record](out, append(writerOptions(), schemaOf[Record]())...), batch: make([]Record, 0, rowsPerWrite),
		full: make(chan []Record, batches), empty: make(chan []Record, batches), written: make(chan struct{}),
	}
	for range batches - 1 {
		e.empty <- make([]Record, 0, rowsPerWrite)
	}
	go func() {
		defer close(e.written)
		for batch := range e.full {
			if e.err.Load() == nil {
				if _, err := e.w.Write(batch); err != nil {
					e.err.Store(&writeError{err})
				}
			}
			e.empty <- batch[:0]
		}
	}()
	return e
}

// next is the record to be filled. It counts once added is called.
func (e *typedEncoder[Record]) next() *Record {
	record := &e.batch[:len(e.batch)+1][len(e.batch)]
	*record = *new(Record)
	return record
}

func (e *typedEncoder[Record]) added() error {
	e.batch = e.batch[:len(e.batch)+1]
	if len(e.batch) < cap(e.batch) {
		return nil
	}
	e.full <- e.batch
	e.batch = <-e.empty
	if err := e.err.Load(); err != nil {
		return err
	}
	return nil
}

func (e *typedEncoder[Record]) close(record string) error {
	e.full <- e.batch
	e.stop()
	if err := e.err.Load(); err != nil {
		return err
	}
	e.w.SetKeyValueMetadata(recordKey, record)
	return e.w.Close()
}

func (e *typedEncoder[Record]) stop() {
	if !e.ended {
		e.ended = true
		close(e.full)
		<-e.written
	}
}

func (e *typedEncoder[Record]) schema() *parquet.Schema { return e.w.Schema() }

// writeError is an error of the data set, while a report is read.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

func writeErrorOf(err error) error {
	if err == nil {
		return nil
	}
	return &writeError{err}
}

// calendarMonth is a month in an offset from UTC.
type calendarMonth struct {
	name        string
	offset      int
	begin, next int64 // seconds since 1970, UTC
}

func monthOf(t time.Time) calendarMonth {
	_, offset := t.Zone()
	begin := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return calendarMonth{t.Format(monthLayout), offset, begin.Unix(), begin.AddDate(0, 1, 0).Unix()}
}

// contains is quick, because it is asked for each row.
func (m *calendarMonth) contains(t time.Time) bool {
	seconds := t.Unix()
	if m.name == "" || seconds < m.begin || seconds >= m.next {
		return false
	}
	_, offset := t.Zone()
	return offset == m.offset
}

// microseconds is a time as Parquet has it. What it can't hold is an error.
func microseconds(t time.Time, file string, line int, column string) (int64, error) {
	if t.Nanosecond()%1000 != 0 {
		return 0, &reportfile.RowError{File: file, Line: line, Column: column, Problem: "the time is more exact than a microsecond, which the data set can't hold"}
	}
	return t.UnixMicro(), nil
}

func offsetMinutes(t time.Time) int32 {
	_, offset := t.Zone()
	return int32(offset / 60)
}

// amountOf converts an amount, whose error names file, line and column.
func amountOf(amount decimal.Decimal, file string, line int, column string) (units, error) {
	u, err := unitsOf(amount)
	if err != nil {
		return u, &reportfile.RowError{File: file, Line: line, Column: column, Problem: fmt.Sprintf("the amount is %s: %v", amount, err)}
	}
	return u, nil
}
