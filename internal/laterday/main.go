// Laterday runs a go command whose programs see another day: those that it builds, and those that its tests build in turn.
//
//	go run ./internal/laterday -ahead 960h -- go test -count=1 ./...
//	go run ./internal/laterday -at 2028-02-29 -- go test -count=1 ./...
//	go run ./internal/laterday -at 2026-12-31T23:59:30Z -- go test -count=1 ./cmd/payreports
//
// It changes package time by way of -overlay, and the linker sets the distance. So everything is compiled again once, and only
// linked again for another distance. The clock of testing/synctest stays as it is. Builds with -ldflags of their own see today.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ahead := flag.Duration("ahead", 0, "how far ahead the clock is, as in 960h")
	at := flag.String("at", "", "what the clock shows: a date (at this time of day), or a time in RFC 3339")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *ahead, *at, flag.Args())
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(max(exit.ExitCode(), 1))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "laterday:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, ahead time.Duration, at string, command []string) error {
	if len(command) == 0 {
		return errors.New("no command is given, such as go test ./... after --")
	}
	shift, err := distance(ahead, at, time.Now())
	if err != nil {
		return err
	}
	for _, flag := range []string{"-overlay", "-ldflags"} {
		if strings.Contains(os.Getenv("GOFLAGS"), flag) {
			return fmt.Errorf("GOFLAGS has %s already, and there can be only one", flag)
		}
	}
	dir, err := os.MkdirTemp("", "laterday-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := writeOverlay(ctx, dir)
	if err != nil {
		return err
	}
	flags := fmt.Sprintf("%s -overlay=%s -ldflags=-X=time.laterday=%d", os.Getenv("GOFLAGS"), overlay, int64(shift/time.Second))
	environment := append(os.Environ(), "GOFLAGS="+strings.TrimSpace(flags))
	shown, err := prove(ctx, dir, environment, shift)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "laterday: it is %s\n", shown.UTC().Format(time.RFC1123))
	return start(ctx, environment, command, os.Stdout)
}

// distance returns how far the asked day is from now, in whole seconds.
func distance(ahead time.Duration, at string, now time.Time) (time.Duration, error) {
	if (ahead == 0) == (at == "") {
		return 0, errors.New("use one of -ahead and -at")
	}
	shift := ahead
	if at != "" {
		then, err := time.Parse(time.RFC3339, at)
		if err != nil {
			day, dateErr := time.Parse(time.DateOnly, at)
			if dateErr != nil {
				return 0, fmt.Errorf("-at is %q: use a date (2028-02-29) or a time (2028-02-29T12:00:00Z)", at)
			}
			then = day.Add(now.Sub(now.Truncate(24 * time.Hour)))
		}
		shift = then.Sub(now)
	}
	shift = shift.Round(time.Second)
	if shift == 0 {
		return 0, errors.New("that is now: there is nothing to change")
	}
	return shift, nil
}

// writeOverlay writes a copy of package time's time.go whose clock can be shifted, and the file that -overlay takes.
func writeOverlay(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	path := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	shifted, err := shiftNow(string(source))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	replaced := filepath.Join(dir, "time.go")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: replaced}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, errors.Join(os.WriteFile(replaced, []byte(shifted), 0o600), os.WriteFile(overlay, text, 0o600))
}

// shiftNow changes what time.Now reads from the operating system. The clock of a testing/synctest bubble comes by the same
// way, begins in 2000, and is left alone.
func shiftNow(source string) (string, error) {
	before, now, found := strings.Cut(source, "\nfunc Now() Time {\n")
	if !found {
		return "", errors.New("there is no func Now: laterday doesn't know this version of Go")
	}
	body, after, _ := strings.Cut(now, "\n}\n")
	const reads = "\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(body, reads) != 1 {
		return "", errors.New("func Now doesn't read the clock as expected: laterday doesn't know this version of Go")
	}
	line := fmt.Sprintf("\tif sec > %d {\n\t\tsec += laterdaySeconds\n\t}\n", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	return before + "\nfunc Now() Time {\n" + strings.Replace(body, reads, reads+line, 1) + "\n}\n" + after + linked, nil
}

// linked is added to package time. The linker's -X sets the first variable.
const linked = `
var laterday string

var laterdaySeconds = func() int64 {
	seconds, err := atoi(laterday)
	if err != nil {
		panic("laterday: " + laterday)
	}
	return int64(seconds)
}()
`

// prove builds and runs a program that shows the time, and compares it with this program's.
func prove(ctx context.Context, dir string, environment []string, shift time.Duration) (time.Time, error) {
	program := filepath.Join(dir, "clock.go")
	if err := os.WriteFile(program, []byte("package main\n\nimport \"time\"\n\nfunc main() { print(time.Now().Unix()) }\n"), 0o600); err != nil {
		return time.Time{}, err
	}
	binary := filepath.Join(dir, "clock.exe")
	if err := start(ctx, environment, []string{"go", "build", "-o", binary, program}, os.Stderr); err != nil {
		return time.Time{}, err
	}
	before := time.Now().Add(shift)
	output, err := exec.CommandContext(ctx, binary).CombinedOutput() // print writes to standard error
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(string(output), 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	shown := time.Unix(seconds, 0)
	if late := shown.Sub(before); late < -2*time.Second || late > time.Minute {
		return time.Time{}, fmt.Errorf("the overlay didn't move the clock: a program shows %s, not %s", shown.UTC(), before.UTC())
	}
	return shown, nil
}

func start(ctx context.Context, environment, command []string, stdout *os.File) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Env = environment
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, stdout, os.Stderr
	return c.Run()
}
