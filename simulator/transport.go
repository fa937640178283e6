package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// RoundTripper returns a transport that passes requests to the simulator without a socket, so that the client and the simulator can run in the
// same testing/synctest bubble. As with a socket, a cut connection is an error of the request or of reading the body, and response bodies must be
// closed. If the request's context ends, the error is the context's cause.
func (s *Simulator) RoundTripper() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ simulator *Simulator }

var errCut = errors.New("simulator: the connection was cut")

func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	received := req.Clone(req.Context())
	received.GetBody = nil // servers don't have it, and kin-openapi would read the body with it
	if req.Body == nil {
		received.Body = http.NoBody
	}
	defer received.Body.Close()
	received.RequestURI = req.URL.RequestURI()
	if received.Host == "" {
		received.Host = req.URL.Host
	}
	body, writer := io.Pipe()
	answer := &pipedAnswer{header: make(http.Header), writer: writer, ready: make(chan struct{})}
	go t.serve(answer, received)
	select {
	case <-answer.ready:
	case <-req.Context().Done():
		cause := context.Cause(req.Context())
		body.CloseWithError(cause)
		return nil, cause
	}
	if answer.status == 0 {
		return nil, errCut
	}
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)), StatusCode: answer.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.sent, Body: &pipedBody{PipeReader: body, ctx: req.Context()}, ContentLength: -1, Request: req,
	}
	if length, err := strconv.ParseInt(answer.sent.Get("Content-Length"), 10, 64); err == nil {
		resp.ContentLength = length
	}
	return resp, nil
}

// serve runs the simulator. A panic other than a cut connection is a bug and isn't recovered. Otherwise a client would mistake it for a cut
// connection and retry.
func (t roundTripper) serve(answer *pipedAnswer, received *http.Request) {
	defer func() {
		switch caught := recover(); caught {
		case nil:
			answer.WriteHeader(http.StatusOK)
			answer.writer.Close()
		case http.ErrAbortHandler:
			answer.WriteHeader(0)
			answer.writer.CloseWithError(io.ErrUnexpectedEOF)
		default:
			panic(caught)
		}
	}()
	t.simulator.ServeHTTP(answer, received)
}

// pipedBody ends with the request's context. It is enough to check before each read, because the simulator doesn't pause during a response.
type pipedBody struct {
	*io.PipeReader
	ctx context.Context
}

func (b *pipedBody) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.PipeReader.Read(p)
}

// pipedAnswer is an http.ResponseWriter without a socket.
type pipedAnswer struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	writer *io.PipeWriter
	once   sync.Once
	ready  chan struct{}
}

func (a *pipedAnswer) Header() http.Header { return a.header }

func (a *pipedAnswer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.ready)
	})
}

func (a *pipedAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.writer.Write(p)
}
