package dataset_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/internal/merchant"
)

// Engines don't read row groups and pages whose statistics say that no row matches, so those of amounts must be in the order of signed
// numbers, as Parquet has it.
func TestStatisticsOfAmounts(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	m := newMerchant(t, merchant.Config{TransactionsPerDay: 20_000}) // for more than one row group
	for s := range m.Settlements(date(1, 10), date(1, 13)) {
		var text bytes.Buffer
		if err := m.WriteSettlement(&text, s); err != nil {
			t.Fatal(err)
		}
		put(t, reports, reportOf(payreports.ReportTypeSettlement, "S"+s.ID, s.Start, s.End), text.Bytes())
	}
	var refunds bytes.Buffer
	if err := m.WriteRefunds(&refunds, date(1, 10), date(1, 11)); err != nil {
		t.Fatal(err)
	}
	for _, amount := range []string{"0", "-0.000000001", "9999999999.999999999", "-9999999999.999999999"} {
		fmt.Fprintf(&refunds, "\"R\",\"r\",\"C\",\"O\",%q,\"USD\",\"\",\"SellerInitiated\",\"Completed\",\"2030-01-10T10:00:00 +0000\",\"\",\"2030-01-10T10:00:00 +0000\"\n", amount)
	}
	put(t, reports, reportOf(payreports.ReportTypeRefund, "R", date(1, 10), date(1, 11)), refunds.Bytes())
	for _, p := range build(t, reports, target, dataset.Options{}).Written {
		if groups := checkPartition(t, target, p); p.Table == "settlements" && groups < 2 {
			t.Errorf("%s has %d row groups", p.Path, groups)
		}
	}
}

// Amounts of one sign, and none at all, have right statistics too.
func TestStatisticsOfFewAmounts(t *testing.T) {
	t.Parallel()
	for name, amounts := range map[string][]string{
		"none": nil, "zero": {"0"}, "negative": {"-0.01"}, "negatives": {"-1.00", "-2.00", "-0.000000001"}, "positives": {"2.00", "1.00"}, "both": {"1.00", "-1.00", "0"},
	} {
		reports, target := t.TempDir(), t.TempDir()
		text := refundHeader
		for _, amount := range amounts {
			text += fmt.Sprintf("\"R\",\"r\",\"C\",\"O\",%q,\"USD\",\"\",\"SellerInitiated\",\"Completed\",\"2030-01-10T10:00:00 +0000\",\"\",\"2030-01-10T10:00:00 +0000\"\n", amount)
		}
		put(t, reports, reportOf(payreports.ReportTypeRefund, "R", date(1, 10), date(1, 11)), []byte(text))
		written := build(t, reports, target, dataset.Options{}).Written
		if len(written) != 1 || written[0].Rows != int64(len(amounts)) {
			t.Fatalf("%s: %+v", name, written)
		}
		checkPartition(t, target, written[0])
	}
}

// checkPartition checks the statistics of all amounts of a partition, and returns how many row groups it has.
func checkPartition(t *testing.T, target string, p dataset.Partition) (groups int) {
	t.Helper()
	file, err := os.Open(filepath.Join(target, filepath.FromSlash(p.Path)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := parquet.OpenFile(file, p.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	amounts := 0
	for g, group := range content.RowGroups() {
		for c, chunk := range group.ColumnChunks() {
			if logical := chunk.Type().LogicalType(); logical == nil || chunk.Type().Kind() != parquet.FixedLenByteArray {
				continue
			}
			amounts++
			checkStatistics(t, content, g, c, chunk)
		}
	}
	if amounts == 0 && p.Rows > 0 {
		t.Errorf("%s has no amounts", p.Path)
	}
	return len(content.RowGroups())
}

// A partition of an older version of the format is written again.
func TestOlderVersion(t *testing.T) {
	t.Parallel()
	reports, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(reports, "a.csv"), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	build(t, reports, target, dataset.Options{})
	before := hashes(t, target)
	partition := filepath.Join(target, filepath.FromSlash(settlementsIn("2030-01")))
	content, err := os.ReadFile(partition)
	older := bytes.Replace(content, []byte(`{"version":2,`), []byte(`{"version":1,`), 1)
	if err != nil || bytes.Equal(older, content) {
		t.Fatalf("the partition doesn't say its version: %v", err)
	}
	write(t, partition, older)
	if again := build(t, reports, target, dataset.Options{}); len(again.Written) != 1 {
		t.Errorf("%+v", again)
	}
	if diff := cmp.Diff(before, hashes(t, target)); diff != "" {
		t.Errorf("%s", diff)
	}
}

// checkStatistics compares what a column says of its values with the values.
func checkStatistics(t *testing.T, file *parquet.File, group, column int, chunk parquet.ColumnChunk) {
	t.Helper()
	name := file.Schema().Columns()[column][0]
	index, err := chunk.ColumnIndex()
	if err != nil {
		t.Fatal(err)
	}
	pages := chunk.Pages()
	defer pages.Close()
	var all bounds
	for n := range index.NumPages() {
		page, err := pages.ReadPage()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]parquet.Value, page.NumValues())
		if n, err := page.Values().ReadValues(values); n != len(values) {
			t.Fatalf("%d of %d values, %v", n, len(values), err)
		}
		var own bounds
		for _, value := range values {
			own.add(value.ByteArray())
			all.add(value.ByteArray())
		}
		if minimum, maximum := index.MinValue(n).ByteArray(), index.MaxValue(n).ByteArray(); !bytes.Equal(minimum, own.least) || !bytes.Equal(maximum, own.most) {
			t.Errorf("%s, row group %d, page %d: from %x to %x, and the statistics say %x to %x", name, group, n, own.least, own.most, minimum, maximum)
		}
		parquet.Release(page)
	}
	if said := file.Metadata().RowGroups[group].Columns[column].MetaData.Statistics; !bytes.Equal(said.MinValue, all.least) || !bytes.Equal(said.MaxValue, all.most) {
		t.Errorf("%s, row group %d: from %x to %x, and the statistics say %x to %x", name, group, all.least, all.most, said.MinValue, said.MaxValue)
	}
}

// bounds are the least and the most of big-endian integers in two's complement.
type bounds struct{ least, most []byte }

func (b *bounds) add(value []byte) {
	if b.least == nil || less(value, b.least) {
		b.least = bytes.Clone(value)
	}
	if b.most == nil || less(b.most, value) {
		b.most = bytes.Clone(value)
	}
}

func less(a, b []byte) bool {
	if negative := a[0] >= 0x80; negative != (b[0] >= 0x80) {
		return negative
	}
	return bytes.Compare(a, b) < 0
}
