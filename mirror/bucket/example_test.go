package bucket_test

import (
	"context"
	"fmt"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
	"github.com/amazonpay-go/payreports/simulator"
)

// A copy of all settlement reports in a bucket. With a bucket of your own, import its driver and use
// bucket.Open(ctx, "s3://my-bucket/amazon-pay?region=eu-central-1").
func Example() {
	sim := simulator.StartInMemory(exampleTB{}, simulator.Config{Seed: 21, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	store := bucket.New(memblob.OpenBucket(nil), "mem://example")
	defer store.Close()

	ctx := context.Background()
	summary, err := mirror.SyncStore(ctx, sim.Client(), store, mirror.Options{Since: sim.Now().AddDate(0, 0, -2)})
	if err != nil {
		fmt.Println(err) // one line for each report that is missing
	}
	fmt.Println(len(summary.New), "new reports")
	for report, err := range mirror.OpenStore(store).Reports(ctx, mirror.Filter{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(report.Path)
	}
	// Output:
	// 2 new reports
	// type=settlement/date=2026-11-23/50000000089.csv
	// type=settlement/date=2026-11-24/50000000090.csv
}

// exampleTB takes the place of testing.TB, which an example doesn't have.
type exampleTB struct{}

func (exampleTB) Helper()                           {}
func (exampleTB) Cleanup(func())                    {}
func (exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
