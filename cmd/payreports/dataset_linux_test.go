package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
)

// A data set of 1 GiB of reports needs at most 96 MiB of memory. Without PAYREPORTS_CHAOS=long it is 64 MiB of reports, in reports
// as large as those.
func TestChaosDatasetMemory(t *testing.T) {
	t.Parallel()
	const mostMemory = 96 << 10 // KiB
	size := int64(64 << 20)
	if os.Getenv("PAYREPORTS_CHAOS") == "long" {
		size = 1 << 30
	}
	m, err := merchant.New(merchant.Config{TransactionsPerDay: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	reports := t.TempDir()
	start := time.Date(2030, 1, 29, 0, 0, 0, 0, time.UTC) // so that two months are written at once
	written := int64(0)
	for settlement := range m.Settlements(start, start.AddDate(1, 0, 0)) {
		file, err := os.Create(filepath.Join(reports, settlement.ID+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.WriteSettlement(file, settlement); err != nil {
			t.Fatal(err)
		}
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		if written += info.Size(); written >= size {
			break
		}
	}
	command := exec.CommandContext(t.Context(), binary, "dataset", "--reports", reports, "--to", t.TempDir())
	var stderr bytes.Buffer
	command.Stderr = &stderr
	began := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	memory := 0
	for tick, running := time.NewTicker(time.Millisecond), true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
			running = false
		case <-tick.C:
			memory = max(memory, peakMemory(command.Process.Pid))
		}
	}
	t.Logf("%d MiB of reports: %v, %d MiB of memory", written>>20, time.Since(began).Round(time.Second/10), memory>>10)
	if (memory > mostMemory || memory == 0) && os.Getenv("GOCOVERDIR") == "" {
		t.Errorf("%d MiB of reports needed %d MiB of memory", written>>20, memory>>10)
	}
}
