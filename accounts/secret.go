package accounts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// maxSecret bounds what is read of a file or a command: a PEM file of 4096 bits has 3 KiB.
const maxSecret = 1 << 20

// ErrNoSecret means that a private key or an auth token can't be read: its file or its variable is missing, or its command failed.
var ErrNoSecret = errors.New("the secret can't be read")

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
// name of a variable; else the path of a file, with or without file: in front. Spaces, line ends and one pair of quotes around it are ignored.
func KeySecret(text string) Secret { return secretOf(clean(text), "", keySecret) }

// TokenSecret returns where an auth token comes from that is given as one text: file: and a path, env: and the name of a variable, else the
// token itself. Spaces, line ends and one pair of quotes around it are ignored.
func TokenSecret(text string) Secret { return secretOf(clean(text), "", tokenSecret) }

// KeyFile returns a private key that is in a file. TokenFile is the same for an auth token.
func KeyFile(path string) Secret { return fileSecret(path, keySecret) }

// TokenFile returns an auth token that is in a file.
func TokenFile(path string) Secret { return fileSecret(path, tokenSecret) }

func fileSecret(path, noun string) Secret {
	if path == "" {
		return Secret{}
	}
	return Secret{kind: secretFile, value: path, noun: noun}
}

func secretOf(text, dir, noun string) Secret {
	name, isVariable := strings.CutPrefix(text, "env:")
	path, isFile := strings.CutPrefix(text, "file:")
	switch {
	case text == "":
		return Secret{}
	case isVariable:
		return Secret{kind: secretVariable, value: strings.TrimSpace(name), noun: noun}
	case isFile || noun == keySecret && !holdsKey(text):
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return Secret{kind: secretFile, value: path, noun: noun}
	default:
		return Secret{kind: secretItself, value: text, noun: noun}
	}
}

// parseSecret reads a TOML value: a text, or a list of texts that is a command. Relative paths begin at dir.
func parseSecret(value any, dir, noun string) (Secret, error) {
	switch value := value.(type) {
	case string:
		secret := secretOf(clean(value), dir, noun)
		if secret.IsZero() {
			return Secret{}, errors.New("it is empty")
		}
		return secret, nil
	case []any:
		command := make([]string, len(value))
		for i, part := range value {
			text, ok := part.(string)
			if !ok {
				return Secret{}, errors.New("a command is a list of texts: [\"command\", \"argument\"]")
			}
			command[i] = text
		}
		if len(command) == 0 || command[0] == "" {
			return Secret{}, errors.New("the command is empty: write [\"command\", \"argument\"]")
		}
		return Secret{kind: secretCommand, command: command, noun: noun}, nil
	default:
		return Secret{}, errors.New("it must be a text, or a command such as [\"command\", \"argument\"]")
	}
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.kind == secretNone }

func (s Secret) inline() bool { return s.kind == secretItself }

// Equal reports whether two secrets come from the same place.
func (s Secret) Equal(other Secret) bool { return s.identity() == other.identity() }

// identity tells two sources apart. It may hold a secret, and goes nowhere.
func (s Secret) identity() string { return fmt.Sprint(int(s.kind), s.value, s.command) }

// String says where the secret is, and nothing of it.
func (s Secret) String() string {
	switch s.kind {
	case secretItself:
		return "given itself"
	case secretFile:
		return "file " + s.Path()
	case secretVariable:
		return "variable " + s.shown()
	case secretCommand:
		return "command " + filepath.Base(s.command[0]) // arguments may be secret
	default:
		return "none"
	}
}

// Format is String for every verb.
func (s Secret) Format(state fmt.State, _ rune) { io.WriteString(state, s.String()) }

// Path returns the file that holds the secret. It is "" if the secret isn't in a file, and "(not shown)" if the path looks like a part of a
// key, because a key that has lost its first line is taken for a path.
func (s Secret) Path() string {
	if s.kind != secretFile {
		return ""
	}
	return s.shown()
}

func (s Secret) shown() string {
	if MayBeKey(s.value) {
		return "(not shown)"
	}
	return s.value
}

// Exposure says who else can read the file that holds the secret, and what to do. It is "" if only the owner can, if the secret isn't in a
// file, and on Windows, which keeps permissions elsewhere.
func (s Secret) Exposure() string {
	if s.kind != secretFile || runtime.GOOS == "windows" {
		return ""
	}
	info, err := os.Stat(s.value)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("the %s %s can be read by others (%v): chmod 600 it", s.noun, s.shown(), info.Mode().Perm())
}

// readTimeout keeps a command that hangs from holding up other accounts.
const readTimeout = 2 * time.Minute

// Read returns the secret without spaces, line ends and one pair of quotes around it. The context bounds a command, and a file that is a pipe
// nobody writes to, and so does a limit of two minutes. The error is an [ErrNoSecret], says where the secret should have come from, and never quotes it or what a command printed.
func (s Secret) Read(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readTimeout, fmt.Errorf("nothing came in %v: %w", readTimeout, context.DeadlineExceeded))
	defer cancel()
	text, err := s.read(ctx)
	if err == nil {
		if text = []byte(clean(string(text))); len(text) == 0 {
			err = fmt.Errorf("the %s (%s) is empty", s.noun, s)
		}
	}
	if err != nil {
		return nil, &unreadable{err}
	}
	return text, nil
}

func (s Secret) read(ctx context.Context) (text []byte, err error) {
	switch s.kind {
	case secretItself:
		return []byte(s.value), nil
	case secretVariable:
		value, set := os.LookupEnv(s.value)
		if !set {
			return nil, fmt.Errorf("the variable %s is not set: it should hold the %s", s.shown(), s.noun)
		}
		return []byte(value), nil
	case secretFile:
		if text, err = readFile(ctx, s.value); err != nil && MayBeKey(s.value) {
			return nil, fmt.Errorf("the %s can't be read: give the path of its file, or the PEM text from -----BEGIN on: %w", s.noun, err)
		} else if err != nil {
			return nil, fmt.Errorf("the %s %s can't be read: %w", s.noun, s.value, err)
		}
		return text, nil
	case secretCommand:
		if text, err = run(ctx, s.command); err != nil {
			return nil, fmt.Errorf("the %s: the command %s %w", s.noun, filepath.Base(s.command[0]), err)
		}
		return text, nil
	default:
		return nil, errors.New("there is none")
	}
}

type unreadable struct{ error }

func (e *unreadable) Unwrap() []error { return []error{e.error, ErrNoSecret} }

// readFile reads a file that may be a pipe, such as a shell's <(command): opening one waits for a writer. Its errors don't name the file.
func readFile(ctx context.Context, path string) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := readSmall(path)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a directory: give the path of a file")
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case len(text) > maxSecret:
		return nil, errors.New("it is longer than 1 MiB, so it is no secret")
	}
	return text, nil
}

func withoutPath(err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
