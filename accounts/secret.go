package accounts

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// maxSecret bounds what is read of a file or a command: a PEM file of 4096 bits has 3 KiB.
const maxSecret = 64 << 10

// Secret says where a private key or an auth token comes from. The zero Secret is none. Printing one never shows a secret.
type Secret struct {
	kind    secretKind
	value   string   // the path, the variable's name, or the secret itself
	command []string // with its arguments
	noun    string   // what it is, for errors
}

type secretKind int

const (
	secretNone secretKind = iota
	secretItself
	secretFile
	secretVariable
	secretCommand
)

const (
	keySecret   = "private key"
	tokenSecret = "auth token"
)

// KeySecret returns where a private key comes from that is given as one text: the key itself as PEM, base64 of PEM or PEM in JSON; env: and the
// name of a variable; else the path of a file.
func KeySecret(text string) Secret {
	secret, _ := parseSecret(text, "", keySecret)
	return secret
}

// TokenSecret returns where an auth token comes from that is given as one text: file: and a path, env: and the name of a variable, else the
// token itself.
func TokenSecret(text string) Secret {
	secret, _ := parseSecret(text, "", tokenSecret)
	return secret
}

// FileSecret returns a secret that stands in a file.
func FileSecret(path string) Secret { return Secret{kind: secretFile, value: path, noun: "secret"} }

// parseSecret reads a TOML value: a text, or a list of texts that is a command. Relative paths begin at dir.
func parseSecret(value any, dir, noun string) (Secret, error) {
	switch value := value.(type) {
	case string:
		text := clean(value)
		name, isVariable := strings.CutPrefix(text, "env:")
		path, isFile := strings.CutPrefix(text, "file:")
		switch {
		case text == "":
			return Secret{}, errors.New("it is empty")
		case isVariable:
			return Secret{kind: secretVariable, value: strings.TrimSpace(name), noun: noun}, nil
		case isFile || noun == keySecret && !isKeyMaterial(text):
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			return Secret{kind: secretFile, value: path, noun: noun}, nil
		default:
			return Secret{kind: secretItself, value: text, noun: noun}, nil
		}
	case []any:
		command := make([]string, len(value))
		for i, part := range value {
			text, ok := part.(string)
			if !ok {
				return Secret{}, errors.New("the command is a list of texts: [\"command\", \"argument\"]")
			}
			command[i] = text
		}
		if len(command) == 0 || command[0] == "" {
			return Secret{}, errors.New("the command is empty: [\"command\", \"argument\"]")
		}
		return Secret{kind: secretCommand, command: command, noun: noun}, nil
	default:
		return Secret{}, errors.New("it must be a text, or a command such as [\"command\", \"argument\"]")
	}
}

// isKeyMaterial tells a key from a path: PEM, PEM in JSON, or base64 that is longer than any path is likely to be.
func isKeyMaterial(text string) bool {
	if strings.Contains(text, "-----BEGIN ") || strings.HasPrefix(text, "{") {
		return true
	}
	const shortest = 512
	packed := strings.Join(strings.Fields(text), "")
	_, err := base64.StdEncoding.DecodeString(packed)
	return len(packed) >= shortest && err == nil
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.kind == secretNone }

func (s Secret) inline() bool { return s.kind == secretItself }

// identity tells two sources apart. It may hold a secret, and goes nowhere.
func (s Secret) identity() string { return fmt.Sprint(int(s.kind), s.value, s.command) }

// String says where the secret is, and nothing of it.
func (s Secret) String() string {
	switch s.kind {
	case secretItself:
		return "given itself"
	case secretFile:
		return "file " + s.value
	case secretVariable:
		return "variable " + s.value
	case secretCommand:
		return "command " + filepath.Base(s.command[0]) // arguments may be secret
	default:
		return "none"
	}
}

// Format is String for every verb.
func (s Secret) Format(state fmt.State, _ rune) { io.WriteString(state, s.String()) }

// Path returns the file that holds the secret, "" if it isn't in a file.
func (s Secret) Path() string {
	if s.kind != secretFile {
		return ""
	}
	return s.value
}

// Read returns the secret, trimmed. The context bounds a command, and a file that is a pipe nobody writes to. The error says where the secret
// should have come from, and never quotes it or what a command printed.
func (s Secret) Read(ctx context.Context) ([]byte, error) {
	var text []byte
	var err error
	switch s.kind {
	case secretItself:
		text = []byte(s.value)
	case secretVariable:
		text = []byte(os.Getenv(s.value))
		if len(text) == 0 {
			err = fmt.Errorf("the variable %s is not set", s.value)
		}
	case secretFile:
		text, err = readFile(ctx, s.value)
	case secretCommand:
		text, err = s.run(ctx)
	default:
		err = errors.New("none is given")
	}
	if err != nil {
		return nil, fmt.Errorf("the %s: %w", s.noun, err)
	}
	text = []byte(clean(string(text)))
	if len(text) == 0 {
		return nil, fmt.Errorf("the %s: the %s holds nothing", s.noun, s)
	}
	return text, nil
}

// readFile reads a file that may be a pipe, such as a shell's <(command): opening one waits for a writer.
func readFile(ctx context.Context, path string) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		file, err := os.Open(path)
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		switch {
		case errors.Is(r.err, fs.ErrNotExist):
			return nil, fmt.Errorf("there is no file %s", path)
		case r.err != nil:
			return nil, r.err
		case len(r.text) > maxSecret:
			return nil, fmt.Errorf("%s is longer than %d KiB: it is no key", path, maxSecret>>10)
		}
		return r.text, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: nothing was read from it: %w", path, context.Cause(ctx))
	}
}

// run returns what a command prints. What it writes to standard error isn't kept: it could hold the secret.
func (s Secret) run(ctx context.Context) ([]byte, error) {
	name := filepath.Base(s.command[0])
	var stdout bytes.Buffer
	command := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	command.Stdout = &limitedBuffer{&stdout}
	command.WaitDelay = 2 * time.Second // for what it started and left running
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the command %s did not end in time: %w", name, context.Cause(ctx))
	case errors.As(err, &exit):
		return nil, fmt.Errorf("the command %s failed: %w: run it by hand to see why", name, exit)
	case err != nil:
		return nil, fmt.Errorf("the command %s can't be run: %w", name, err)
	case stdout.Len() == 0:
		return nil, fmt.Errorf("the command %s printed nothing: its standard output must be the %s", name, s.noun)
	case stdout.Len() > maxSecret:
		return nil, fmt.Errorf("the command %s printed more than %d KiB: its standard output must be the %s alone", name, maxSecret>>10, s.noun)
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
