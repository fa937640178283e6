// Proof runs all tests that compare this project with something that nobody here wrote, and writes a table of them.
//
//	go run ./internal/proof -to dist/proof.md
//
// A test takes part by calling compared.With. The exit code is 1 if a comparison failed or didn't take place. One that was
// skipped, because a program isn't installed, is named with the reason.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	to := flag.String("to", "dist/proof.md", "the file to write")
	only := flag.String("only", "", "run only tests whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	rows, err := prove(ctx, os.Stderr, ".", *only)
	if err == nil {
		err = write(ctx, *to, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(2)
	}
	counts := count(rows)
	fmt.Fprintf(os.Stderr, "proof: %s: %s\n", *to, counts)
	if counts.failed > 0 || counts.passed == 0 {
		os.Exit(1)
	}
}

// prove runs the tests that it finds, and returns their rows.
func prove(ctx context.Context, log io.Writer, root, only string) ([]row, error) {
	found, err := find(root)
	if err != nil {
		return nil, err
	}
	type group struct{ dir, tag string }
	tests := make(map[group][]comparison)
	var order []group
	for _, test := range found {
		if !strings.Contains(test.test, only) {
			continue
		}
		of := group{test.dir, test.tag}
		if tests[of] == nil {
			order = append(order, of)
		}
		tests[of] = append(tests[of], test)
	}
	var rows []row
	for _, of := range order {
		rows = append(rows, run(ctx, log, of.dir, of.tag, tests[of])...)
	}
	return rows, ctx.Err()
}

type counts struct{ passed, skipped, failed int }

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d skipped, %d failed", c.passed, c.skipped, c.failed)
}

func count(rows []row) counts {
	var c counts
	for _, r := range rows {
		switch r.result {
		case passed:
			c.passed++
		case skipped:
			c.skipped++
		default:
			c.failed++
		}
	}
	return c
}

func write(ctx context.Context, name string, rows []row) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // as all of dist
		return err
	}
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil { // such as an unpacked archive
		commit = []byte("an unknown commit")
	}
	return os.WriteFile(name, []byte(table(rows, fmt.Sprintf("%s with %s on %s/%s, %s",
		strings.TrimSpace(string(commit)), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().UTC().Format(time.RFC3339)))), 0o644) //nolint:gosec // as all of dist
}

// table writes the rows in Markdown: what failed first, then what was skipped.
func table(rows []row, about string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# What was compared\n\nEach line is a test that compares this project with something that nobody here wrote. `make proof` ran them and wrote this page:\n%s.\n\n**%s**\n\n", about, count(rows))
	out.WriteString("| What | Compared with | Version | How many | Result | Test |\n|---|---|---|---|---|---|\n")
	for _, wanted := range []func(row) bool{
		func(r row) bool { return !r.ok() },
		func(r row) bool { return r.result == skipped },
		func(r row) bool { return r.result == passed },
	} {
		for _, r := range rows {
			if !wanted(r) {
				continue
			}
			result := r.result
			if !r.ok() {
				result = "**" + result + "**"
			}
			if r.notes != "" {
				result += ": " + r.notes
			}
			cells := []string{r.What, r.With, r.Version, r.count, result, "`" + r.test + "` in `" + filepath.ToSlash(r.dir) + "`"}
			for i, cell := range cells {
				cells[i] = strings.NewReplacer("|", `\|`, "\n", " ").Replace(cell)
			}
			out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
	}
	return out.String()
}
