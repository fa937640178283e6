package payreports_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Nothing can be read after Close, even if part of the file is buffered.
func TestReadingAfterClose(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		read int
	}{
		"nothing read":           {fileA, 0},
		"small, all of it kept":  {fileA, 5},
		"large":                  {strings.Repeat(fileA, 5000), 10},
		"compressed":             {string(zipped([]byte(fileA))), 5},
		"read to the end":        {fileA, len(fileA) + 1},
		"empty, read to the end": {"", 1},
	} {
		content, err := newClient(t, &exchanges{answers: []func(*http.Request) *http.Response{sent(200, test.file)}}).OpenReportDocument(t.Context(), "D1")
		if err != nil {
			t.Fatal(err)
		}
		io.ReadFull(content, make([]byte, test.read))
		for range 2 {
			if err := content.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			n, err := content.Read(make([]byte, 10))
			if n != 0 || !errors.Is(err, fs.ErrClosed) || !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "D1") {
				t.Errorf("%s: %d bytes, error %v, want one that wraps fs.ErrClosed and names the document", name, n, err)
			}
		}
	}
}

// When a connection is cut, its request's context must end too, and not only with the whole download.
func TestAnotherRequestEndsTheFirst(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var first *http.Request
		e := &exchanges{answers: []func(*http.Request) *http.Response{
			func(req *http.Request) *http.Response {
				first = req
				return cutAt(5, sent(200, fileA))(req)
			},
			func(req *http.Request) *http.Response {
				if first.Context().Err() == nil {
					t.Error("the first request's context still lives")
				}
				return sent(200, fileA)(req)
			},
		}}
		if got, err := e.download(t); err != nil || got != fileA {
			t.Errorf("%q, %v", got, err)
		}
	})
}

var errShutdown = errors.New("the process shuts down")

// Nothing can be read after the context ends. The error is the context's, with its cause.
func TestReadingAfterTheContextsEnd(t *testing.T) {
	ends := map[string]struct {
		context func(context.Context) (context.Context, func())
		want    []error
	}{
		"cancelled": {func(ctx context.Context) (context.Context, func()) { return context.WithCancel(ctx) }, []error{context.Canceled}},
		"cancelled with a cause": {func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(errShutdown) }
		}, []error{context.Canceled, errShutdown}},
		"timed out": {func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			return ctx, func() { <-ctx.Done(); cancel() }
		}, []error{context.DeadlineExceeded}},
	}
	for kind, file := range map[string]string{
		"small, all of it kept": fileA, "large": strings.Repeat(fileA, 5000), "compressed": string(zipped([]byte(fileA))),
	} {
		for name, test := range ends {
			t.Run(kind+", "+name, func(t *testing.T) {
				inFakeTime(t, func(t *testing.T) {
					ctx, end := test.context(t.Context())
					content, err := newClient(t, &exchanges{answers: []func(*http.Request) *http.Response{sent(200, file)}}).OpenReportDocument(ctx, "D1")
					if err != nil {
						t.Fatal(err)
					}
					defer content.Close()
					if _, err := io.ReadFull(content, make([]byte, 5)); err != nil {
						t.Fatal(err)
					}
					end()
					for range 2 {
						n, err := content.Read(make([]byte, 10))
						for _, want := range test.want {
							if n != 0 || !errors.Is(err, want) || !strings.Contains(err.Error(), "D1") {
								t.Errorf("%d bytes, error %v, want %v", n, err, want)
							}
						}
					}
				})
			})
		}
	}
}

// A file that has been read to its end remains complete.
func TestTheEndStaysTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	content, err := newClient(t, &exchanges{answers: []func(*http.Request) *http.Response{sent(200, fileA)}}).OpenReportDocument(ctx, "D1")
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	got, err := io.ReadAll(content)
	cancel()
	if _, end := content.Read(make([]byte, 1)); err != nil || string(got) != fileA || !errors.Is(end, io.EOF) {
		t.Errorf("%q, %v, then %v", got, err, end)
	}
}
