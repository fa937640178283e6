package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show a whole exchange with the embedded simulator: no key and no network needed",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout())
		},
	}
}

// scope lets the demo start a simulator as a test does.
type scope struct{ cleanups []func() }

type startError struct{ error }

func (*scope) Helper()                           {}
func (s *scope) Cleanup(f func())                { s.cleanups = append(s.cleanups, f) }
func (*scope) Fatalf(format string, args ...any) { panic(startError{fmt.Errorf(format, args...)}) }

func demo(ctx context.Context, out io.Writer) (err error) {
	s := new(scope)
	defer func() {
		for _, f := range s.cleanups {
			f()
		}
		switch caught := recover().(type) {
		case nil:
		case startError:
			err = caught.error
		default:
			panic(caught)
		}
	}()
	const speed = 4 // so that nobody waits for long
	sim := simulator.Start(s, simulator.Config{Speed: speed, Seed: 7})
	client := sim.Client()
	fmt.Fprintf(out, "The simulator listens on %s, verifies signatures and knows the public key id %s.\n\n", sim.URL, sim.Signer.PublicKeyID())

	day := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	key := strings.ToLower(rand.Text()) + "-demo"
	fmt.Fprintf(out, "1. Create a sandbox settlement report of %s, with idempotency key %s\n", day.Format(time.DateOnly), key)
	var info payreports.ResponseInfo
	created, err := client.CreateReport(ctx, payreports.CreateReportRequest{
		Type: payreports.ReportTypeSandboxSettlement, Start: day, End: day.Add(24*time.Hour - time.Second),
	}, payreports.WithIdempotencyKey(key), payreports.WithResponseInfo(&info))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "   %d, report id %s (request id %s)\n\n", info.StatusCode, created.ReportID, info.RequestID)

	fmt.Fprintln(out, "2. Wait until it is made")
	report, err := client.WaitForReport(ctx, created.ReportID, payreports.WithProgress(func(r payreports.Report) {
		fmt.Fprintf(out, "   %s\n", r.ProcessingStatus)
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(out)

	fmt.Fprintf(out, "3. Download document %s\n", report.ReportDocumentID)
	var file bytes.Buffer
	hash := sha256.New()
	n, err := client.DownloadReport(ctx, report.ReportID, io.MultiWriter(&file, hash))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "   %d bytes, SHA-256 %s\n\n", n, hex.EncodeToString(hash.Sum(nil)))

	fmt.Fprintln(out, "4. The file's first lines, as they are")
	lines := bufio.NewScanner(&file)
	for range 9 {
		if !lines.Scan() {
			break
		}
		fmt.Fprintf(out, "   %s\n", strings.TrimPrefix(lines.Text(), "\ufeff"))
	}
	return lines.Err()
}
