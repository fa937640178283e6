package mirror_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// A nightly copy of all settlement reports, and one pass over what is in it.
func Example() {
	sim := simulator.StartInMemory(exampleTB{}, simulator.Config{Seed: 21, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	client := sim.Client() // with your own keys: payreports.New(regions.EU, signer)
	dir, err := os.MkdirTemp("", "reports")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	settlements := []payreports.ReportType{payreports.ReportTypeSettlement}
	summary, err := mirror.Sync(ctx, client, dir, mirror.Options{Types: settlements, Since: sim.Now().AddDate(0, 0, -3)})
	if err != nil {
		fmt.Println(err) // one line for each report that is missing
	}
	fmt.Println(len(summary.New), "new reports")

	copied, err := mirror.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := make(map[string]int)
	for row, err := range copied.Settlements(ctx, mirror.Filter{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		rows[row.SettlementID]++
	}
	fmt.Println(rows)
	verified, err := copied.Verify(ctx, mirror.VerifyOptions{Client: client, Types: settlements, Since: sim.Now().AddDate(0, 0, -3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(verified.Files, "files checked,", len(verified.Findings), "problems")
	// Output:
	// 3 new reports
	// map[20021020778:24 20021020779:24 20021020780:24]
	// 3 files checked, 0 problems
}

// exampleTB takes the place of testing.TB, which an example doesn't have.
type exampleTB struct{}

func (exampleTB) Helper()                           {}
func (exampleTB) Cleanup(func())                    {}
func (exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
