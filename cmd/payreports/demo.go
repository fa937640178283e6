package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
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
		Short: "Show the main job with a simulator; no key or network needed",
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
	screen := &screen{out: out}
	fmt.Fprintf(screen, "A simulator of the Reports API listens on %s. It verifies every signature, as the service does.\n", sim.URL)

	day := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	key := strings.ToLower(rand.Text()) + "-demo"
	screen.section("1. Create a sandbox settlement report of " + day.Format(time.DateOnly))
	fmt.Fprintf(screen, "idempotency key %s\n", key)
	var info payreports.ResponseInfo
	created, err := client.CreateReport(ctx, payreports.CreateReportRequest{
		Type: payreports.ReportTypeSandboxSettlement, Start: day, End: day.Add(24*time.Hour - time.Second),
	}, payreports.WithIdempotencyKey(key), payreports.WithResponseInfo(&info))
	if err != nil {
		return err
	}
	fmt.Fprintf(screen, "%d, report id %s (request id %s)\n", info.StatusCode, created.ReportID, info.RequestID)

	screen.section("2. Wait until it is ready")
	report, err := client.WaitForReport(ctx, created.ReportID, payreports.WithProgress(func(r payreports.Report) {
		fmt.Fprintln(screen, r.ProcessingStatus)
	}))
	if err != nil {
		return err
	}

	screen.section("3. Download it")
	var file bytes.Buffer
	hash := sha256.New()
	n, err := client.DownloadReport(ctx, report.ReportID, io.MultiWriter(&file, hash))
	if err != nil {
		return err
	}
	fmt.Fprintf(screen, "document %s\n%d bytes\nSHA-256 %x\n", report.ReportDocumentID, n, hash.Sum(nil))

	screen.section("4. The first lines of the file, cut to fit the screen")
	lines := bufio.NewScanner(&file)
	for range 9 {
		if !lines.Scan() {
			break
		}
		fmt.Fprintln(screen, cut(strings.TrimPrefix(lines.Text(), "\ufeff")))
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return demoCommands(ctx, screen, sim)
}

// demoCommands runs the nightly job as a merchant's engineer types it, against the live environment of the simulator.
func demoCommands(ctx context.Context, screen *screen, sim *simulator.Server) error {
	dir, err := os.MkdirTemp("", "payreports-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	before, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil { // so that paths are as short as they are typed
		return err
	}
	defer func() { _ = os.Chdir(before) }() // because Windows doesn't remove the directory that a process is in
	const key, reports = "private.pem", "reports"
	if err := writePEM(key, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(sim.Key)); err != nil {
		return err
	}
	payreports := func(args ...string) error {
		fmt.Fprintf(screen, "$ payreports %s\n", strings.Join(args, " "))
		command, _ := newCommand()
		command.SetArgs(append(args, "--endpoint", sim.URL, "--public-key-id", sim.Signer.PublicKeyID(), "--private-key", key, "--region", sim.Region.String()))
		command.SetOut(screen)
		command.SetErr(&messages{screen})
		return command.ExecuteContext(ctx)
	}

	screen.section("5. Keep a copy of the last 14 days of reports")
	if err := payreports("sync", "--to", reports, "--since", "14d"); err != nil {
		return err
	}

	screen.section("6. Run it again: nothing is new")
	if err := payreports("sync", "--to", reports, "--since", "14d"); err != nil {
		return err
	}

	newest, err := newestReport(reports)
	if err != nil {
		return err
	}
	screen.section("7. Add up the newest settlement")
	fmt.Fprint(screen, `A settlement adds up what a merchant sold, refunded and paid in fees in one
period. A reserve is money that Amazon holds back in one settlement and
releases in a later one. A transfer pays the balance of a settlement to the
merchant's bank account; the API lists it as a disbursement.
`)
	if err := payreports("file", "summary", filepath.Dir(newest)); err != nil {
		return err
	}

	screen.section("8. Reconcile the settlements with the disbursements")
	if err := payreports("reconcile", "--reports", reports); err != nil {
		return err
	}

	screen.section("9. Lose one sale, and reconcile again: the difference is found")
	lost, err := loseSale(newest)
	if err != nil {
		return err
	}
	fmt.Fprintf(screen, "The demo deletes this line of the newest report:\n%s\n", cut(lost))
	if err := payreports("reconcile", "--reports", reports); !errors.Is(err, errDifferences) {
		return fmt.Errorf("reconcile did not find the sale that was lost: %w", err)
	}
	fmt.Fprintf(screen, "exit code %d\n", exitDiffer)

	screen.section("Now try it yourself")
	fmt.Fprint(screen, `Install the command with "go install ./cmd/payreports". In one terminal, run
  payreports simulate
and paste the lines that it prints into another. There, run
  payreports sync --to reports --since 14d
  payreports reconcile --reports reports
`)
	return nil
}

// newestReport returns the path of the report with the latest date in a directory that sync has filled.
func newestReport(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "type=*", "date=*", "*.csv"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("sync found no reports")
	}
	return slices.Max(found), nil
}

// loseSale deletes the first capture of a report file, and returns its line.
func loseSale(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, `"Capture"`) {
			return line, os.WriteFile(path, []byte(strings.Replace(string(content), line, "", 1)), 0o600)
		}
	}
	return "", fmt.Errorf("%s has no sales", path)
}
