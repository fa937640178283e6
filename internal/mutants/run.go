package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fate is what became of a mutant.
type fate string

const (
	failed       fate = "killed"
	timedOut     fate = "timed out"
	survived     fate = "SURVIVED"
	notCompiling fate = "no Go"
)

type fates map[fate]int

// fate builds and runs the tests of the mutant's package.
func (l *lab) fate(ctx context.Context, m mutant, number int) (fate, error) {
	dir := filepath.Join(l.dir, strconv.Itoa(number))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, filepath.Base(file))
	overlay := filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(changed, m.apply(l.sources[m.file]), 0o600), os.WriteFile(overlay, text, 0o600)); err != nil {
		return "", err
	}
	goflags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -overlay=" + overlay)
	binary, _, err := build(ctx, dir, m.pkg, goflags)
	if err != nil {
		return notCompiling, ctx.Err()
	}
	output, err := l.test(ctx, binary, m.pkg, goflags, l.limits[m.pkg])
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, nil
	case !errors.As(err, &exit):
		return "", err
	case bytes.Contains(output, []byte("panic: test timed out")) || !exit.Exited():
		return timedOut, nil
	}
	return failed, nil
}

// calibrate sees the tests of an unchanged package pass, and how long they take.
func (l *lab) calibrate(ctx context.Context, pkg string) error {
	binary, output, err := build(ctx, l.dir, pkg, os.Getenv("GOFLAGS"))
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", pkg, err, output)
	}
	started := time.Now()
	if output, err = l.test(ctx, binary, pkg, os.Getenv("GOFLAGS"), 10*time.Minute); err != nil {
		return fmt.Errorf("%s, unchanged: %w\n%s", pkg, err, output)
	}
	l.limits[pkg] = 30*time.Second + 5*time.Since(started)
	return nil
}

// build compiles the tests of a package. GOFLAGS has the overlay, also for what the tests build.
func build(ctx context.Context, dir, pkg, goflags string) (binary string, output []byte, err error) {
	binary = filepath.Join(dir, "test.exe")
	command := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, pkg)
	command.Env = append(os.Environ(), "GOFLAGS="+goflags)
	output, err = command.CombinedOutput()
	return binary, output, err
}

func (l *lab) test(ctx context.Context, binary, pkg, goflags string, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit+10*time.Second) // the tests should have ended by themselves
	defer cancel()
	command := exec.CommandContext(ctx, binary, "-test.failfast", "-test.short", "-test.run="+l.tests, "-test.timeout="+limit.String())
	command.Dir = pkg
	command.Env = append(os.Environ(), "GOFLAGS="+goflags)
	command.WaitDelay = time.Second
	return command.CombinedOutput()
}
