package dataset

import (
	"encoding/binary"
	"slices"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"
)

// Engines skip the parts of a file whose statistics rule out a match. Parquet orders decimals as signed numbers, but parquet-go 0.32.0
// orders their bytes, so a query for negative amounts would find none. The types here are needed until a release has
// https://github.com/parquet-go/parquet-go/pull/595.

// schemaOf is the schema of a record, whose decimals have statistics in the order of signed numbers.
func schemaOf[Record any]() *parquet.Schema {
	schema := parquet.SchemaOf(new(Record))
	return parquet.NewSchema(schema.Name(), recordNode{schema})
}

type recordNode struct{ parquet.Node }

// Fields returns the columns in their order.
func (n recordNode) Fields() []parquet.Field {
	fields := slices.Clone(n.Node.Fields())
	for i, field := range fields {
		if logical := field.Type().LogicalType(); logical != nil {
			if _, decimal := logical.Value.(*parquetformat.DecimalType); decimal {
				fields[i] = signedField{field}
			}
		}
	}
	return fields
}

type signedField struct{ parquet.Field }

func (f signedField) Type() parquet.Type { return signedType{f.Field.Type()} }

// signedType is a decimal of 16 bytes. It has no dictionary, whose bounds would need the same.
type signedType struct{ parquet.Type }

func (signedType) Compare(a, b parquet.Value) int {
	return unitsOfBytes(a.ByteArray()).compare(unitsOfBytes(b.ByteArray()))
}

func (t signedType) NewColumnBuffer(column, values int) parquet.ColumnBuffer {
	return signedColumn{t.Type.NewColumnBuffer(column, values)}
}

func (t signedType) NewColumnIndexer(limit int) parquet.ColumnIndexer {
	return unorderedIndexer{t.Type.NewColumnIndexer(limit)}
}

type signedColumn struct{ parquet.ColumnBuffer }

func (c signedColumn) Page() parquet.Page { return signedPage{c.ColumnBuffer.Page()} }

type signedPage struct{ parquet.Page }

// Bounds returns the least and the greatest value.
func (p signedPage) Bounds() (least, greatest parquet.Value, ok bool) {
	data := p.Data()
	values, size := data.FixedLenByteArray()
	if len(values) == 0 {
		return least, greatest, false
	}
	low := unitsOfBytes(values)
	high := low
	for value := range slices.Chunk(values, size) {
		u := unitsOfBytes(value)
		if u.compare(low) < 0 {
			low = u
		}
		if u.compare(high) > 0 {
			high = u
		}
	}
	return low.value(p.Column()), high.value(p.Column()), true
}

// Slice returns a part of the page.
func (p signedPage) Slice(from, to int64) parquet.Page { return signedPage{p.Page.Slice(from, to)} }

// unorderedIndexer doesn't say in which order pages are, because it would be that of the bytes.
type unorderedIndexer struct{ parquet.ColumnIndexer }

func (i unorderedIndexer) ColumnIndex() parquetformat.ColumnIndex {
	index := i.ColumnIndexer.ColumnIndex()
	index.BoundaryOrder = parquetformat.Unordered
	return index
}

func unitsOfBytes(b []byte) units {
	return units{int64(binary.BigEndian.Uint64(b[:8])), binary.BigEndian.Uint64(b[8:16])}
}

func (u units) value(column int) parquet.Value {
	b := u.bytes()
	return parquet.FixedLenByteArrayValue(b[:]).Level(0, 0, column)
}
