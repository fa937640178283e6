//go:build big

// This test takes a while: make chaos runs it.

package conformance_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// bigBooks is the variable that makes a process of this test do one of the bookJobs with a directory: "job:directory".
const bigBooks = "PAYREPORTS_TEST_BIG_BOOKS"

func init() {
	job, dir, found := strings.Cut(os.Getenv(bigBooks), ":")
	if !found {
		return
	}
	if err := doBookJob(job, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// timesAllowed is how many times as long as reading the rows alone a job may take, if that isn't 1.3. The bookings of transactions are twice
// as many bytes as the reports: 1.2 to 1.8 times was measured. With orders, some 600 bytes are kept of each capture, found again by its id,
// sorted, and made into a result: 1.6 to 2.7 times was measured. The rest is for noise.
var timesAllowed = map[string]float64{"journal per transaction": 2.2, "reconcile with orders": 3.2}

// Whatever is done with 1 GiB of settlements takes at most 64 MiB, besides an entry for each order, and at most 1.3 times as long as reading
// the rows alone. The time is that of the processor, and the least of some rounds, because other work of the machine makes it longer.
//
// Not parallel, because it measures processes. They run without the race detector, which needs memory and time itself.
func TestChaosBigBooks(t *testing.T) {
	const most, perOrder, rounds = 64 << 20, 1 << 10, 4
	dir := t.TempDir()
	settlements, orders := writeBooks(t, dir, 1<<30)
	t.Logf("%d settlements, %d orders", settlements, orders)
	memory, seconds := make(map[string]int64), make(map[string]float64)
	slow := func(job string) bool { return seconds[job] > cmp.Or(timesAllowed[job], 1.3)*seconds[rowsAlone] }
	jobs := slices.Sorted(maps.Keys(bookJobs))
	for round := range rounds {
		for _, job := range jobs {
			if round > 0 && job != rowsAlone && !slow(job) {
				continue
			}
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), bigBooks+"="+job+":"+dir)
			if output, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", job, err, output)
			}
			usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
			if !ok {
				t.Fatalf("%s: its usage is a %T", job, command.ProcessState.SysUsage())
			}
			memory[job] = max(memory[job], usage.Maxrss<<10)
			took := (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
			seconds[job] = min(cmp.Or(seconds[job], took), took)
		}
	}
	for _, job := range jobs {
		allowed := int64(most)
		if job == "reconcile with orders" {
			allowed += int64(orders) * perOrder
		}
		t.Logf("%-28s %4d MiB, %5.2f s, %.2f times as long as the rows alone", job, memory[job]>>20, seconds[job], seconds[job]/seconds[rowsAlone])
		if memory[job] > allowed {
			t.Errorf("%s takes %d MiB, more than %d", job, memory[job]>>20, allowed>>20)
		}
		if slow(job) {
			t.Errorf("%s takes %.2f times as long as the rows alone", job, seconds[job]/seconds[rowsAlone])
		}
	}
}
