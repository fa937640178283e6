package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// run returns what a command prints. What it writes to standard error isn't kept: it could hold the secret. Its errors follow the command's name.
func run(ctx context.Context, words []string) ([]byte, error) {
	var stdout bytes.Buffer
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Stdout = &limitedBuffer{&stdout}
	command.WaitDelay = 2 * time.Second // for what it started and left running
	err := command.Run()
	var exit *exec.ExitError
	var start *exec.Error
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("did not end in time: %w", context.Cause(ctx))
	case errors.As(err, &exit):
		return nil, fmt.Errorf("failed (%w): run it by hand to see why", exit)
	case errors.As(err, &start):
		return nil, fmt.Errorf("can't be run: %w", start.Err) // start itself quotes its path
	case err != nil:
		return nil, fmt.Errorf("can't be run: %w", withoutPath(err))
	case len(bytes.TrimSpace(stdout.Bytes())) == 0:
		return nil, errors.New("printed nothing: it must print the secret on standard output")
	case stdout.Len() > maxSecret:
		return nil, errors.New("printed more than 1 MiB: it must print the secret alone on standard output")
	}
	return stdout.Bytes(), nil
}

// limitedBuffer drops what is beyond the limit, so that a command that prints for ever doesn't fill the memory before the context ends it.
type limitedBuffer struct{ buffer *bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if room := maxSecret + 1 - b.buffer.Len(); room > 0 {
		b.buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
