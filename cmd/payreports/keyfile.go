package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/amazonpay-go/payreports/signing"
)

// unquote undoes what env files, pipelines and copying do to a value: spaces, line ends and one pair of quotes around it.
func unquote(text string) string {
	text = trimSpace(text)
	for _, pair := range []string{`""`, `''`, "``", "“”", "‘’"} {
		open, end := string([]rune(pair)[0]), string([]rune(pair)[1])
		if inner, ok := strings.CutPrefix(text, open); ok {
			if inner, ok = strings.CutSuffix(inner, end); ok {
				return trimSpace(inner)
			}
		}
	}
	return text
}

func trimSpace(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == 0 })
}

// holdsKey reports whether a value is the text of a key, in a form that [signing.ParsePrivateKey] reads or explains, and not a path.
func holdsKey(value string) bool {
	if strings.Contains(value, "-----BEGIN") || strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
		return true
	}
	const leastKey = 200 // characters of base64; a key of 2048 bits has 1600
	if len(value) < leastKey {
		return false
	}
	_, err := signing.ParsePrivateKey([]byte(value))
	return err == nil || !strings.Contains(err.Error(), "not PEM")
}

// mayBeKey reports whether a value could be a part of a key, which no message may show.
func mayBeKey(value string) bool {
	if holdsKey(value) || strings.Contains(value, "---") || strings.Contains(value, "PRIVATE KEY") || strings.ContainsFunc(value, unicode.IsControl) {
		return true
	}
	// In base64 capitals, small letters and digits follow each other at random; in names a capital begins a word.
	const leastLength, leastLetters = 24, 5
	var capitals, small, changes int
	var last rune
	for _, r := range value {
		switch {
		case unicode.IsUpper(r):
			capitals++
			if unicode.IsLower(last) || unicode.IsDigit(last) {
				changes++
			}
		case unicode.IsLower(r):
			small++
			if unicode.IsDigit(last) {
				changes++
			}
		case unicode.IsDigit(r) && unicode.IsLetter(last):
			changes++
		}
		last = r
	}
	return len(value) >= leastLength && capitals >= leastLetters && small >= leastLetters && 4*changes > len(value)
}

// readKey returns the text of the private key and the path it is from, which is "" if it was given itself.
func (s *settings) readKey(ctx context.Context) (text []byte, path string, err error) {
	switch {
	case s.privateKey == "":
		return nil, "", usageError{errors.New("there is no private key: give --private-key PATH or set AMAZON_PAY_PRIVATE_KEY")}
	case holdsKey(s.privateKey):
		return []byte(s.privateKey), "", nil
	}
	text, err = readFile(ctx, s.privateKey)
	if err == nil {
		return text, s.privateKey, nil
	}
	// A key that lost its first line on the way here is taken for a path.
	what := "the private key " + s.privateKey
	if mayBeKey(s.privateKey) {
		what = "the private key"
	}
	return nil, "", fmt.Errorf("%s can't be read: --private-key and AMAZON_PAY_PRIVATE_KEY name a PEM file, or the variable holds the PEM text from -----BEGIN on: %w", what, err)
}

// readFile reads a small file that may be a pipe or a device: the end of the context ends the waiting for one that nobody writes to.
// Its errors don't name the file.
func readFile(ctx context.Context, path string) ([]byte, error) {
	const most = 1 << 20
	return bounded(ctx, func() ([]byte, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, withoutPath(err)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, errors.New("it is a directory: give the path of a file")
		}
		text, err := io.ReadAll(io.LimitReader(file, most+1))
		switch {
		case err != nil:
			return nil, withoutPath(err)
		case len(text) > most:
			return nil, errors.New("it is longer than 1 MiB, so it is no key")
		}
		return text, nil
	})
}

func withoutPath(err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// bounded runs what can wait for ever in a system call. When the context ends, it returns after a moment in which the function can
// return by itself; the function then goes on until the command exits.
func bounded[T any](ctx context.Context, run func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := run()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(time.Second):
		var none T
		return none, context.Cause(ctx)
	}
}

// keyPermissions says what is wrong with who may read the key file.
func keyPermissions(path string) string {
	if path == "" {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("the private key %s can be read by others (%v): chmod 600 it", path, info.Mode().Perm())
}
