package dataset

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/amazonpay-go/payreports/reportfile"
)

// textFormat is the format of the other tables: each cell is the text that stands in the file, and NULL if the file lacks the column.
type textFormat struct{}

func (textFormat) kind() reportfile.Kind { return reportfile.KindTable }

// ownColumns are those that each row has besides its cells.
var ownColumns = []string{"report_id", "line"}

// columns are the columns of all reports of a month, in the order in which they first appear, nil if no report can be read.
func (g *group) columns(month string) ([]string, error) {
	if g.format.kind() != reportfile.KindTable {
		return nil, nil
	}
	var columns []string
	for _, in := range g.inputs {
		if in.err != nil || !in.mayHold(month) {
			continue
		}
		if in.columns == nil {
			if err := in.findColumns(g.run.ctx, g.run.options.Reading); err != nil {
				if err := g.fail(in, err); err != nil {
					return nil, err
				}
				continue
			}
		}
		for _, column := range in.columns {
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
		}
	}
	return columns, nil
}

func (in *input) findColumns(ctx context.Context, options reportfile.Options) error {
	file, err := in.entry.Open(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	options.Name = in.entry.Path
	reader, err := options.Open(file)
	if err != nil {
		return err
	}
	in.columns = columnNames(reader.Columns())
	return nil
}

// columnNames are the names of a header in snake case. No two are the same, and none is that of a column of every table.
func columnNames(header []string) []string {
	taken := map[string]bool{"account": true, "month": true} // the partitions
	for _, name := range ownColumns {
		taken[name] = true
	}
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = snakeCase(name)
		for n := 2; taken[names[i]] || names[i] == ""; n++ {
			names[i] = fmt.Sprintf("%s_%d", snakeCase(name), n)
		}
		taken[names[i]] = true
	}
	return names
}

func (textFormat) read(in *input, reader *reportfile.Reader, to func(string) (*part, error)) error {
	var current *part
	first := true
	var encoder *textEncoder
	for row, err := range reader.Rows() {
		if err != nil {
			return err
		}
		if first {
			first = false
			if current, err = to(in.home); err != nil {
				return err
			}
			if current != nil {
				encoder = current.encoder.(*textEncoder) //nolint:forcetypeassert // made by this format
				encoder.begin(columnNames(reader.Columns()))
			}
		}
		if current == nil {
			continue
		}
		if err := encoder.add(in.reportID, row); err != nil {
			return err
		}
		current.count(in)
	}
	return nil
}

// encoder makes a schema of a struct, because a parquet.Group sorts its columns by name.
func (textFormat) encoder(p *part, columns []string) encoder {
	fields := []reflect.StructField{
		{Name: "ReportID", Type: reflect.TypeFor[string](), Tag: `parquet:"report_id,dict"`},
		{Name: "Line", Type: reflect.TypeFor[int64](), Tag: `parquet:"line"`},
	}
	at := make(map[string]int, len(columns))
	for i, column := range columns {
		at[column] = len(fields)
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("Column%d", i), Type: reflect.TypeFor[string](), Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", column+",optional,dict")),
		})
	}
	schema := parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
	return &textEncoder{w: parquet.NewGenericWriter[any](p.draft, append(writerOptions(), schema)...), at: at, row: make(parquet.Row, len(fields))}
}

type textEncoder struct {
	w       *parquet.GenericWriter[any]
	at      map[string]int // columns of the table by name
	indices []int          // and by their place in the report
	row     parquet.Row
	rows    [1]parquet.Row
}

// begin begins a report.
func (e *textEncoder) begin(columns []string) {
	e.indices = e.indices[:0]
	for _, column := range columns {
		e.indices = append(e.indices, e.at[column])
	}
	for i := len(ownColumns); i < len(e.row); i++ {
		e.row[i] = parquet.NullValue().Level(0, 0, i)
	}
}

func (e *textEncoder) add(reportID string, row reportfile.Row) error {
	e.row[0] = parquet.ByteArrayValue([]byte(reportID)).Level(0, 0, 0)
	e.row[1] = parquet.Int64Value(int64(row.Line())).Level(0, 0, 1)
	for i, cell := range row.Cells() {
		e.row[e.indices[i]] = parquet.ByteArrayValue([]byte(cell)).Level(0, 1, e.indices[i])
	}
	e.rows[0] = e.row
	_, err := e.w.WriteRows(e.rows[:])
	return writeErrorOf(err)
}

func (e *textEncoder) close(record string) error {
	e.w.SetKeyValueMetadata(recordKey, record)
	return e.w.Close()
}

func (*textEncoder) stop() {}

func (e *textEncoder) schema() *parquet.Schema { return e.w.Schema() }
