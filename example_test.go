package payreports_test

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

// exampleTB is the simulator.TB of an Example.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper()                        {}
func (tb *exampleTB) Cleanup(f func())            { tb.cleanups = append(tb.cleanups, f) }
func (*exampleTB) Fatalf(format string, a ...any) { log.Fatalf(format, a...) }
func (tb *exampleTB) done() {
	for _, f := range tb.cleanups {
		f()
	}
}

// Example creates a report in the sandbox, waits until it is ready and reads its first lines.
func Example() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb, simulator.Config{Speed: 1000}) // creates reports a thousand times faster

	ctx := context.Background()
	client, err := payreports.New(sim.Region, sim.SandboxSigner, sim.ClientOptions()...)
	if err != nil {
		log.Fatal(err)
	}
	created, err := client.CreateReport(ctx, payreports.CreateReportRequest{
		Type:  payreports.ReportTypeSandboxSettlement,
		Start: time.Date(2026, 8, 4, 0, 0, 0, 0, time.UTC),
		End:   time.Date(2026, 8, 4, 23, 59, 59, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	report, err := client.WaitForReport(ctx, created.ReportID)
	if err != nil {
		log.Fatal(err)
	}
	content, err := client.OpenReport(ctx, report.ReportID)
	if err != nil {
		log.Fatal(err)
	}
	defer content.Close()
	lines := bufio.NewScanner(content)
	for range 5 {
		lines.Scan()
		fmt.Println(strings.TrimPrefix(lines.Text(), "\ufeff"))
	}
	// Output:
	// "Amazon Payments Advanced",
	// "Settlement Report",
	// "SellerId","A0SIMULATOR0"
	// "SettlementStartDate","2026-08-03T17:00:00 -0700"
	// "SettlementEndDate","2026-08-04T16:59:59 -0700"
}

// The generated client needs only the signer. It doesn't retry. If you send a request again, sign it again.
func Example_generatedClient() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb)
	key := sim.Key

	signer, err := signing.NewSigner("SANDBOX-SIMULATOR", key, signing.WithRegion("na"))
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.NewClientWithResponses(sim.URL+"/v2", api.WithRequestEditorFn(signer.SignRequest))
	if err != nil {
		log.Fatal(err)
	}
	created, err := client.CreateReportWithResponse(context.Background(), &api.CreateReportParams{}, api.CreateReportRequest{
		ReportType: api.ReportTypeSandboxSettlement,
		StartTime:  wire.NewTimestamp(time.Date(2026, 8, 4, 0, 0, 0, 0, time.UTC)),
		EndTime:    wire.NewTimestamp(time.Date(2026, 8, 4, 23, 59, 59, 0, time.UTC)),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(created.StatusCode(), created.JSON201.ReportID)
	// Output:
	// 201 50000000001
}

func ExampleClient_AllReports() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb, simulator.Config{Start: time.Date(2026, 8, 4, 12, 0, 0, 0, time.UTC)})

	reports := sim.Client().AllReports(context.Background(), payreports.GetReportsOptions{
		Types: []payreports.ReportType{payreports.ReportTypeSettlement},
		Since: time.Date(2026, 8, 2, 0, 0, 0, 0, time.UTC),
	})
	for report, err := range reports {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(report.ProcessingStatus, report.EndTime)
	}
	// Output:
	// COMPLETED 20260804T070000Z
	// COMPLETED 20260803T070000Z
	// COMPLETED 20260802T070000Z
}

func ExampleClient_WaitForReport() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb, simulator.Config{Speed: 1000, TransactionsPerDay: -1}) // nothing is sold
	client := sim.SandboxClient()

	created, err := client.CreateReport(context.Background(), payreports.CreateReportRequest{
		Type: payreports.ReportTypeSandboxSettlement, Start: time.Now().Add(-24 * time.Hour), End: time.Now(),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	report, err := client.WaitForReport(ctx, created.ReportID)
	switch {
	case errors.Is(err, payreports.ErrNoData):
		fmt.Println("nothing was sold:", report.ProcessingStatus)
	case err != nil:
		log.Fatal(err)
	}
	// Output:
	// nothing was sold: CANCELLED
}

func ExampleClient_DownloadReport() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb)
	client := sim.Client()

	download := func() string {
		for report, err := range client.AllReports(context.Background(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
			if err != nil {
				log.Fatal(err)
			}
			hash := sha256.New()
			if _, err := client.DownloadReport(context.Background(), report.ReportID, hash); err != nil {
				log.Fatal(err)
			}
			return hex.EncodeToString(hash.Sum(nil))
		}
		return ""
	}
	undisturbed := download()
	sim.Inject(simulator.FaultTruncate, "document", 1)   // the connection is cut in the middle,
	sim.Inject(simulator.FaultExpiredURL, "document", 1) // and the next URL has expired
	fmt.Println("the same file:", download() == undisturbed)
	// Output:
	// the same file: true
}

func ExampleClient_EnsureReportSchedule() {
	tb := new(exampleTB)
	defer tb.done()
	client := simulator.Start(tb).Client()

	for range 2 { // whenever a program starts
		result, err := client.EnsureReportSchedule(context.Background(), payreports.CreateReportScheduleRequest{
			Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: time.Now().Add(time.Hour),
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.Action)
	}
	// Output:
	// created
	// unchanged
}

// The text of an error says what to do. Programs use errors.Is and errors.As.
func ExampleError() {
	tb := new(exampleTB)
	defer tb.done()
	client := simulator.Start(tb).SandboxClient()

	_, err := client.CreateReport(context.Background(), payreports.CreateReportRequest{
		Type: payreports.ReportTypeSettlement, Start: time.Now().Add(-time.Hour), End: time.Now(),
	})
	var failure *payreports.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.StatusCode, failure.ReasonCode, failure.Message)
	}
	_, err = client.GetReportByID(context.Background(), "..")
	fmt.Println(err)
	// Output:
	// 400 InvalidParameterValue The value provided for [reportType] is invalid: settlement reports are created with each settlement and can't be requested.
	// payreports: getReportById: reportId is "..", which would address another resource (nothing was sent)
}

// remoteKey represents the client of a KMS or an HSM: the private key is never in the program.
type remoteKey struct{ kms *rsa.PrivateKey }

func (k remoteKey) Public() crypto.PublicKey { return k.kms.Public() }

func (k remoteKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.kms.Sign(random, digest, opts) // calls the KMS with RSASSA_PSS_SHA_256
}

// The key can be any crypto.Signer.
func ExampleNew_remoteKey() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb)

	signer, err := signing.NewSigner("SANDBOX-SIMULATOR", remoteKey{sim.Key})
	if err != nil {
		log.Fatal(err)
	}
	client, err := payreports.New(regions.NA, signer, sim.ClientOptions()...)
	if err != nil {
		log.Fatal(err)
	}
	page, err := client.GetReports(context.Background(), payreports.GetReportsOptions{})
	fmt.Println(len(page.Reports), err)
	// Output:
	// 0 <nil>
}

// countingTransport represents a transport for tracing or metrics, such as OpenTelemetry's otelhttp.NewTransport.
type countingTransport struct {
	next  http.RoundTripper
	count int
}

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.count++
	return t.next.RoundTrip(req)
}

// The Transport of your own http.Client sees every attempt as it is sent.
func ExampleWithHTTPClient() {
	tb := new(exampleTB)
	defer tb.done()
	sim := simulator.Start(tb)
	sim.Inject(simulator.FaultUnavailable, "getReports", 2)

	traced := &countingTransport{next: http.DefaultTransport} // otelhttp.NewTransport(http.DefaultTransport)
	client := sim.SandboxClient(payreports.WithHTTPClient(&http.Client{Transport: traced, Timeout: 10 * time.Second}),
		payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Millisecond}))
	_, err := client.GetReports(context.Background(), payreports.GetReportsOptions{})
	fmt.Println(traced.count, err)
	// Output:
	// 3 <nil>
}

func ExampleWithAuthToken() {
	tb := new(exampleTB)
	defer tb.done()
	client := simulator.Start(tb).SandboxClient()

	// A solution provider calls on behalf of a merchant who has granted it a token.
	_, err := client.GetReports(context.Background(), payreports.GetReportsOptions{}, payreports.WithAuthToken("the merchant's token"))
	fmt.Println(err)
	// Output:
	// <nil>
}
