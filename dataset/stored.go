package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// recordKey is where a partition's metadata holds its record.
const recordKey = "payreports.dataset"

// recordVersion changes when the same reports come to give other rows or columns.
const recordVersion = 2

// record says what a partition was made from.
type record struct {
	Version int            `json:"version"`
	Reading *reading       `json:"reading,omitempty"`
	Reports []reportRecord `json:"reports"`
	Sums    []CurrencySums `json:"sums,omitempty"`
}

// reading are the options that files were read with, if they were any.
type reading struct {
	Encoding     string `json:"encoding,omitempty"`
	DecimalComma bool   `json:"decimalComma,omitempty"`
	DateLayout   string `json:"dateLayout,omitempty"`
}

func readingOf(options reportfile.Options) *reading {
	r := reading{options.Encoding, options.DecimalComma, options.DateLayout}
	if r == (reading{}) {
		return nil
	}
	return &r
}

// reportRecord is a report that a partition was made from.
type reportRecord struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	// Rows is how many rows of it are in this partition, Months where all of its rows are.
	Rows        int64              `json:"rows"`
	Months      []string           `json:"months"`
	Settlements []string           `json:"settlements,omitempty"` // id and currency
	Unbalanced  []unbalancedRecord `json:"unbalanced,omitempty"`
}

func (r *reportRecord) sameReport(other *reportRecord) bool {
	return r.SHA256 == other.SHA256 && slices.Equal(r.Months, other.Months) && slices.Equal(r.Settlements, other.Settlements)
}

// stored is a partition that the data set has.
type stored struct {
	Partition
	columns []Column
	record  *record // nil if it isn't one of ours
	current bool    // it was written in the same way as one would be written now
	written bool    // by this run
}

// Column is a column of a table.
type Column struct {
	// Name is in snake case.
	Name string `json:"name"`
	// Type is its type in the words of Parquet and SQL, such as DECIMAL(38,9).
	Type string `json:"type"`
	// Nullable says that it can be NULL.
	Nullable bool `json:"nullable,omitempty"`
}

// load reads what a partition says about itself.
func (s *stored) load(ctx context.Context, target mirror.Store, now *reading) error {
	content, size, err := target.Open(ctx, s.Path)
	if err != nil {
		return fmt.Errorf("dataset: %s can't be read: %w", s.Path, err)
	}
	defer content.Close()
	seeker, ok := content.(io.ReadSeeker)
	if !ok {
		return fmt.Errorf("dataset: %s can't be read: what the store opens has no Seek", s.Path)
	}
	end := &endOfFile{content: seeker, size: size}
	file, err := parquet.OpenFile(end, size, parquet.SkipMagicBytes(true), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if end.err != nil {
		return fmt.Errorf("dataset: %s can't be read: %w", s.Path, end.err)
	}
	if err != nil {
		return nil // it is somebody else's file
	}
	text, found := file.Lookup(recordKey)
	var r record
	if !found || json.Unmarshal([]byte(text), &r) != nil {
		return nil
	}
	s.Rows, s.Bytes, s.Sums, s.Reports, s.record = file.NumRows(), size, r.Sums, len(r.Reports), &r
	s.columns = columnsOf(file.Schema())
	was, is := r.Reading, now
	s.current = r.Version == recordVersion && (was == nil) == (is == nil) && (was == nil || *was == *is)
	return nil
}

// endOfFile reads a file in which little but the end is needed: a part of it at once, because a request to a bucket takes long.
type endOfFile struct {
	content io.ReadSeeker
	size    int64
	end     []byte
	err     error
}

const endLength = 64 << 10

func (f *endOfFile) ReadAt(p []byte, offset int64) (int, error) {
	if f.end == nil {
		f.end = make([]byte, min(f.size, endLength))
		if _, err := f.readAt(f.end, f.size-int64(len(f.end))); err != nil {
			return 0, err
		}
	}
	if begin := f.size - int64(len(f.end)); offset >= begin {
		return bytes.NewReader(f.end).ReadAt(p, offset-begin)
	}
	return f.readAt(p, offset)
}

func (f *endOfFile) readAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("the file is shorter than it says")
	}
	if _, err = f.content.Seek(offset, io.SeekStart); err == nil {
		n, err = io.ReadFull(f.content, p)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.err = err
	}
	return n, err
}

func columnsOf(schema *parquet.Schema) []Column {
	var columns []Column
	for _, field := range schema.Fields() {
		columns = append(columns, Column{Name: field.Name(), Type: typeName(field.Type()), Nullable: field.Optional()})
	}
	return columns
}

func typeName(t parquet.Type) string {
	logical := t.LogicalType()
	if logical == nil {
		return t.Kind().String()
	}
	switch value := logical.Value.(type) {
	case *parquetformat.StringType:
		return "STRING"
	case *parquetformat.IntType:
		return fmt.Sprintf("INT%d", value.BitWidth)
	case *parquetformat.DecimalType:
		return fmt.Sprintf("DECIMAL(%d,%d)", value.Precision, value.Scale)
	case *parquetformat.TimestampType:
		return "TIMESTAMP(MICROS, UTC)"
	default:
		return t.String()
	}
}
