package main_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// requestLog counts the simulator's requests by public key id and operation, and those of documents by path.
type requestLog struct {
	slog.Handler
	mu   sync.Mutex
	seen map[string]int
}

func (l *requestLog) Handle(_ context.Context, record slog.Record) error {
	values := make(map[string]string)
	record.Attrs(func(a slog.Attr) bool {
		values[a.Key] = a.Value.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[values["operation"]]++
	l.seen[values["operation"]+" "+values["publicKeyId"]]++
	if values["operation"] == "document" {
		l.seen[values["path"]]++
	}
	return nil
}

// take returns what was counted, and begins again.
func (l *requestLog) take() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.seen
	l.seen = make(map[string]int)
	return seen
}

// mostMemory is what a process may have in memory at any time, in KiB.
const mostMemory = 128 << 10

// Three processes share many accounts: each account is synced by one of them, each report is downloaded once, and each process needs little
// memory.
func TestChaosShards(t *testing.T) {
	count, found := map[string]int{"long": 1000, "short": 100}[os.Getenv("PAYREPORTS_CHAOS")]
	if !found {
		count = 30
	}
	keys := make([]*rsa.PublicKey, 4)
	files := make([]string, len(keys))
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = &key.PublicKey
		files[i] = writeFile(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	}
	var toml strings.Builder
	config := simulator.Config{TransactionsPerDay: 5}
	for i := range count {
		id := fmt.Sprintf("LIVE-MERCHANT-%04d", i)
		toml.WriteString(accountTable(fmt.Sprintf("merchant-%04d", i), id, "'"+files[i%len(files)]+"'", "na", ""))
		config.Merchants = append(config.Merchants, simulator.Merchant{Keys: map[string]*rsa.PublicKey{id: keys[i%len(keys)]}})
	}
	log := &requestLog{Handler: slog.NewTextHandler(io.Discard, nil), seen: make(map[string]int)}
	config.Logger = slog.New(log)
	s := newService(t, config).withAccounts(t, toml.String())
	dir := filepath.Join(t.TempDir(), "reports")

	const reports = 2 // of each account since then
	owners := make(map[string]int)
	for shard, r := range syncShards(t, s, dir) {
		if r.ExitCode != 0 || r.New != reports*len(r.Accounts) {
			t.Errorf("shard %d: exit code %d, %d accounts, %d new reports", shard, r.ExitCode, len(r.Accounts), r.New)
		}
		for _, a := range r.Accounts {
			if other, taken := owners[a.Account]; taken {
				t.Errorf("account %s is in the shards %d and %d", a.Account, other, shard)
			}
			owners[a.Account] = shard
		}
	}
	seen := log.take()
	if len(owners) != count || seen["getReports"] != count || seen["getReportDocument"] != reports*count || seen["document"] != reports*count {
		t.Errorf("%d accounts, %d lists, %d documents, %d downloads", len(owners), seen["getReports"], seen["getReportDocument"], seen["document"])
	}
	for request, times := range seen {
		if strings.HasPrefix(request, "getReports LIVE-MERCHANT-") && times != 1 || strings.HasPrefix(request, "/") && times != 1 {
			t.Errorf("%s: %d times", request, times)
		}
	}
	copies, err := fs.Glob(os.DirFS(dir), "account=merchant-*/type=settlement/date=*/*.csv")
	if err != nil || len(copies) != reports*count {
		t.Errorf("%d reports, %v", len(copies), err)
	}
	for shard, r := range syncShards(t, s, dir) {
		if r.ExitCode != 0 || r.New != 0 || r.AlreadyPresent != reports*len(r.Accounts) || r.Attempts != len(r.Accounts) {
			t.Errorf("shard %d again: exit code %d, %d new, %d present, %d attempts", shard, r.ExitCode, r.New, r.AlreadyPresent, r.Attempts)
		}
	}
}

// syncShards runs three processes at once.
func syncShards(t *testing.T, s *service, dir string) []syncResult {
	t.Helper()
	results := make([]syncResult, 3)
	var running sync.WaitGroup
	for i := range results {
		running.Go(func() {
			command := exec.CommandContext(t.Context(), binary, "sync", "--all-accounts", "--shard", fmt.Sprintf("%d/3", i), "--to", dir,
				"--since", "2026-11-23", "--concurrency", "8", "--output", "json")
			command.Env = s.environment
			var stderr bytes.Buffer
			command.Stderr = &stderr
			stdout, err := command.StdoutPipe()
			if err != nil {
				t.Error(err)
				return
			}
			if err := command.Start(); err != nil {
				t.Error(err)
				return
			}
			// The result comes at the end. Until all of it is read, the process can't end, unless the result fits into the pipe.
			reader := bufio.NewReader(stdout)
			reader.Peek(1)
			memory := peakMemory(command.Process.Pid)
			text, err := io.ReadAll(reader)
			if waitErr := command.Wait(); err != nil || waitErr != nil {
				t.Errorf("shard %d: %v, %v: %s", i, err, waitErr, stderr.String())
				return
			}
			const pipe = 64 << 10
			if memory > mostMemory || memory == 0 && len(text) > 2*pipe {
				t.Errorf("shard %d had %d MiB in memory", i, memory>>10)
			}
			results[i] = syncJSON(t, result{stdout: string(text)})
			t.Logf("shard %d: %d accounts, %d new reports, %d MiB", i, len(results[i].Accounts), results[i].New, memory>>10)
		})
	}
	running.Wait()
	return results
}

// peakMemory returns the most that a process has had in memory, in KiB. The rusage of a child isn't it: it begins with its parent's.
// It is 0 if the process has ended.
func peakMemory(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			return kib
		}
	}
	return 0
}
