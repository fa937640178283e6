package reportfile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// block is a megabyte of rows, made once: making them costs more than reading them.
var block = sync.OnceValue(func() []byte {
	var b []byte
	for n := 0; len(b) < 1<<20; n++ {
		b = fmt.Appendf(b, `"2030-03-01T09:%02d:%02d -0800","99000000001","P01-0022075-%07d-C000001","INV-22075-%d","Capture","P01-0022075-%07d","ORDER-22075-%d","Example Shop","USD","","%d.%02d","-%d.%02d","-0.30","-%d.%02d","%d.%02d"`+"\n",
			n/60%60, n%60, n, n, n, n, n%250, n%100, n%8, n%100, n%8+1, n%100, n%240, n%100)
	}
	return b
})

// settlementFile is a settlement report of so many megabytes.
func settlementFile(megabytes int) io.Reader {
	readers := make([]io.Reader, 0, megabytes+1)
	readers = append(readers, strings.NewReader(preamble+header))
	for range megabytes {
		readers = append(readers, bytes.NewReader(block()))
	}
	return io.MultiReader(readers...)
}

var sizes = map[string]int{"1 MB": 1, "32 MB": 32, "1 GB": 1024}

func benchmarkSizes(b *testing.B, read func(io.Reader) (rows int, err error)) {
	for _, name := range []string{"1 MB", "32 MB", "1 GB"} {
		b.Run(name, func(b *testing.B) {
			if name == "1 GB" && testing.Short() {
				b.Skip("-short leaves out 1 GB")
			}
			rows := 0
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				n, err := read(settlementFile(sizes[name]))
				if err != nil {
					b.Fatal(err)
				}
				rows += n
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(rows), "allocs/row")
			b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MiB-grown")
		})
	}
}

// BenchmarkEncodingCSV is the measure: a bare encoding/csv with ReuseRecord over the same bytes.
func BenchmarkEncodingCSV(b *testing.B) { benchmarkSizes(b, readCSV) }

func readCSV(r io.Reader) (rows int, err error) {
	records := csv.NewReader(r)
	records.ReuseRecord, records.FieldsPerRecord, records.LazyQuotes = true, -1, true // the BOM would be an error
	for {
		if _, err := records.Read(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows++
	}
}

// BenchmarkSettlements reads typed rows of the same bytes.
func BenchmarkSettlements(b *testing.B) { benchmarkSizes(b, readSettlements) }

func readSettlements(r io.Reader) (rows int, err error) {
	file, err := reportfile.Open(r)
	if err != nil {
		return 0, err
	}
	for _, err := range file.Settlements() {
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

// BenchmarkSettlementsPerEncodingCSV reads the same bytes with both in turns, and reports the median of how many times as long typed rows
// take. What else the machine does hits both.
func BenchmarkSettlementsPerEncodingCSV(b *testing.B) {
	for _, name := range []string{"1 MB", "32 MB", "1 GB"} {
		b.Run(name, func(b *testing.B) {
			if name == "1 GB" && testing.Short() {
				b.Skip("-short leaves out 1 GB")
			}
			timeOf := func(read func(io.Reader) (int, error)) float64 {
				start := time.Now()
				if _, err := read(settlementFile(sizes[name])); err != nil {
					b.Fatal(err)
				}
				return time.Since(start).Seconds()
			}
			var ratios []float64
			for b.Loop() {
				ratios = append(ratios, 1/timeOf(readCSV)*timeOf(readSettlements))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "times-csv")
		})
	}
}
