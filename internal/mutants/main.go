// Mutants changes the code that handles money and signatures in one small place at a time, and runs the tests of the changed package:
// a mutant that no test notices is a gap in them.
//
//	go run ./internal/mutants                                 a sample of 100, as make mutants does
//	go run ./internal/mutants -n 0 ./signing                  all of one package
//	go run ./internal/mutants -n 0 -match 'retry.go badEndpoint' .
//
// Nothing is written into the source: go test -overlay takes the changed file from elsewhere. The same seed takes the same sample. A change
// that doesn't compile isn't counted. What no test can notice, because the program does the same, is listed with the reason in equivalent.txt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

type options struct {
	n          int
	seed       string
	match      string
	run        string
	atLeast    float64
	workers    int
	equivalent string
	verbose    bool
	packages   []string
}

func main() {
	o := options{}
	flag.IntVar(&o.n, "n", 100, "how many mutants to try; 0 is all")
	flag.StringVar(&o.seed, "seed", "1", "which sample to take")
	flag.StringVar(&o.match, "match", "", "only mutants whose `regexp` matches the file, the function and the change")
	flag.StringVar(&o.run, "run", "", "only tests whose name matches the `regexp`, to see whether they do it alone")
	flag.Float64Var(&o.atLeast, "at-least", 92, "the percentage that must be killed")
	flag.IntVar(&o.workers, "workers", runtime.NumCPU(), "how many to try at a time")
	flag.StringVar(&o.equivalent, "equivalent", filepath.Join("internal", "mutants", "equivalent.txt"), "the list of mutants that change nothing")
	flag.BoolVar(&o.verbose, "v", false, "name every mutant, not only survivors")
	flag.Parse()
	o.packages = flag.Args()
	if len(o.packages) == 0 {
		o.packages = []string{".", "./signing", "./regions", "./api/wire", "./reportfile", "./reconcile", "./mirror"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) error {
	match, err := regexp.Compile(o.match)
	if err != nil {
		return err
	}
	list, err := readEquivalents(o.equivalent)
	if err != nil {
		return err
	}
	all, sources, err := find(o.packages)
	if err != nil {
		return err
	}
	if err := list.check(all, o.packages); err != nil {
		return err
	}
	equivalent := len(all)
	all = slices.DeleteFunc(all, func(m mutant) bool { _, listed := list[m.id()]; return listed })
	equivalent -= len(all)
	all = slices.DeleteFunc(all, func(m mutant) bool { return !match.MatchString(m.id()) })
	if len(all) == 0 {
		return errors.New("there is nothing to change")
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := &lab{dir: dir, sources: sources, tests: o.run, limits: make(map[string]time.Duration)}
	for _, pkg := range o.packages {
		if err := l.calibrate(ctx, pkg); err != nil {
			return err
		}
	}
	n := len(all)
	if o.n > 0 {
		n = min(n, o.n)
	}
	fmt.Fprintf(out, "%d of %d mutants, seed %s; %d equivalent ones are left out\n", n, len(all), o.seed, equivalent)
	results, err := l.try(ctx, sample(all, o.seed), n, o.workers, func(m mutant, fate fate) {
		if o.verbose || fate == survived {
			fmt.Fprintf(out, "%-9s %s:%d %s\n", fate, m.file, m.line, strings.TrimPrefix(m.id(), m.file+" "))
		}
	})
	if err != nil {
		return err
	}
	return report(out, o, results)
}

// report prints the figures of each package and in all.
func report(out io.Writer, o options, results map[string]fates) error {
	fmt.Fprintf(out, "\n%-14s %7s %7s %9s %14s\n", "PACKAGE", "KILLED", "TRIED", "SURVIVED", "NOT COMPILING")
	line := func(name string, counts fates) (killed, tried int) {
		killed = counts[failed] + counts[timedOut]
		tried = killed + counts[survived]
		fmt.Fprintf(out, "%-14s %7d %7d %9d %14d\n", name, killed, tried, counts[survived], counts[notCompiling])
		return killed, tried
	}
	sum := make(fates)
	for _, pkg := range o.packages {
		line(pkg, results[pkg])
		for fate, count := range results[pkg] {
			sum[fate] += count
		}
	}
	killed, tried := line("all", sum)
	if tried == 0 {
		return errors.New("no mutant compiles")
	}
	percentage := 100 * float64(killed) / float64(tried)
	fmt.Fprintf(out, "%.1f %% killed\n", percentage)
	if percentage < o.atLeast {
		return fmt.Errorf("%.1f %% of the mutants were killed, less than %g %%: test what the survivors change, or list them with the reason in %s", percentage, o.atLeast, o.equivalent)
	}
	return nil
}

// find returns all mutants of the packages, and the source of their files.
func find(packages []string) ([]mutant, map[string][]byte, error) {
	var all []mutant
	sources := make(map[string][]byte)
	for _, pkg := range packages {
		files, err := filepath.Glob(filepath.Join(pkg, "*.go"))
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, nil, err
			}
			if strings.HasSuffix(file, "_test.go") || !builtHere(source) {
				continue
			}
			found, err := mutants(pkg, filepath.ToSlash(file), source)
			if err != nil {
				return nil, nil, err
			}
			sources[filepath.ToSlash(file)] = source
			all = append(all, found...)
		}
	}
	return all, sources, nil
}

// builtHere tells whether nothing keeps a file from being built, and nobody generated it.
func builtHere(source []byte) bool {
	head, _, _ := strings.Cut(string(source), "\npackage ")
	return !strings.Contains(head, "//go:build") && !strings.Contains(head, "DO NOT EDIT")
}

// lab tries mutants, one at a time in each worker.
type lab struct {
	dir     string
	sources map[string][]byte
	tests   string                   // a regexp
	limits  map[string]time.Duration // how long the tests of a package may take
}

// try tries mutants in order until n of them compiled.
func (l *lab) try(ctx context.Context, order []mutant, n, workers int, tell func(mutant, fate)) (map[string]fates, error) {
	results := make(map[string]fates)
	var mu sync.Mutex
	var failure error
	next, running := 0, 0
	take := func() (mutant, int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if failure != nil || ctx.Err() != nil || next == len(order) || n <= running {
			return mutant{}, 0, false
		}
		running++
		next++
		return order[next-1], next, true
	}
	var group sync.WaitGroup
	for range max(workers, 1) {
		group.Go(func() {
			for {
				m, number, ok := take()
				if !ok {
					return
				}
				fate, err := l.fate(ctx, m, number)
				mu.Lock()
				if err != nil {
					failure = errors.Join(failure, err)
				} else {
					if fate == notCompiling {
						running-- // another takes its place
					}
					if results[m.pkg] == nil {
						results[m.pkg] = make(fates)
					}
					results[m.pkg][fate]++
					tell(m, fate)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return results, errors.Join(failure, context.Cause(ctx))
}
