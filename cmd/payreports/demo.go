package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	sim := simulator.Start(s, simulator.Config{Speed: 10, Seed: 7}) // so that nobody waits for long
	client := sim.SandboxClient()
	fmt.Fprintf(out, "The simulator listens on %s, verifies signatures and knows the public key id %s.\n\n", sim.URL, sim.SandboxSigner.PublicKeyID())

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
	if err := lines.Err(); err != nil {
		return err
	}
	return demoCommands(ctx, out, sim)
}

// demoCommands runs the nightly job as a merchant's engineer types it, against the live environment of the simulator.
func demoCommands(ctx context.Context, out io.Writer, sim *simulator.Server) error {
	dir, err := os.MkdirTemp("", "payreports-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	key := filepath.Join(dir, "private.pem")
	if err := writePEM(key, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(sim.Key)); err != nil {
		return err
	}
	reports := filepath.Join(dir, "reports")
	for _, step := range []struct {
		title string
		args  []string
	}{
		{"5. Keep a copy of the reports of 14 days", []string{"sync", "--to", "reports", "--since", "14d"}},
		{"6. Again: nothing is new", []string{"sync", "--to", "reports", "--since", "14d"}},
		{"7. Sum up the newest settlement", []string{"file", "summary", "NEWEST"}},
		{"8. Hold the settlements against the disbursements", []string{"reconcile", "--reports", "reports"}},
	} {
		newest, err := newestReport(reports)
		if err != nil {
			return err
		}
		shown := strings.ReplaceAll(strings.Join(step.args, " "), "NEWEST", filepath.Join("reports", newest))
		fmt.Fprintf(out, "\n%s\n   $ payreports %s\n", step.title, shown)
		args := slices.Clone(step.args)
		for i, arg := range args {
			switch arg {
			case "reports":
				args[i] = reports
			case "NEWEST":
				args[i] = filepath.Join(reports, newest)
			}
		}
		args = append(args, "--endpoint", sim.URL, "--public-key-id", sim.Signer.PublicKeyID(), "--private-key", key, "--region", sim.Region.String())
		indented := &indenter{out: out, indent: "   ", hide: dir + string(filepath.Separator)}
		command := newCommand()
		command.SetArgs(args)
		command.SetOut(indented)
		command.SetErr(&messages{indented})
		if err := command.ExecuteContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// newestReport returns the path of the report with the latest date, under the directory of a sync; "" if there is none yet.
func newestReport(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "type=*", "date=*", "*.csv"))
	if err != nil || found == nil {
		return "", err
	}
	return filepath.Rel(dir, slices.Max(found))
}

// indenter indents lines, and hides the name of a temporary directory.
type indenter struct {
	out    io.Writer
	indent string
	hide   string
}

func (w *indenter) Write(p []byte) (int, error) {
	for line := range strings.Lines(strings.ReplaceAll(string(p), w.hide, "")) {
		if _, err := io.WriteString(w.out, w.indent+line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
