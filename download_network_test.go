package payreports_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/amazonpay-go/payreports"
)

// The same over real connections, where net/http decides how a body ends.
func TestDownloadOverTheNetwork(t *testing.T) {
	t.Parallel()
	file := strings.Repeat(fileA, 10_000)
	type handler = func(w http.ResponseWriter, r *http.Request, n int)
	cutAndResume := func(length bool) handler {
		return func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("ETag", `"e1"`)
			if n > 1 {
				http.ServeContent(w, r, "", day, strings.NewReader(file))
				return
			}
			if length {
				w.Header().Set("Content-Length", fmt.Sprint(len(file)))
			}
			io.WriteString(w, file[:100_000])
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	whole := func(w http.ResponseWriter, _ *http.Request, _ int) {
		for i := 0; i < len(file); i += 100_000 {
			io.WriteString(w, file[i:min(len(file), i+100_000)])
			http.NewResponseController(w).Flush()
		}
	}
	closed := func(status string, header ...string) handler { // sends this header and closes the connection
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprintf(buffered, "%s\r\n%s\r\n\r\n%s", status, strings.Join(header, "\r\n"), file)
			buffered.Flush()
		}
	}
	for name, test := range map[string]struct {
		http2   bool
		storage handler
		wantErr string
		asked   int
	}{
		"cut":                          {storage: cutAndResume(true), asked: 2},
		"cut, chunks":                  {storage: cutAndResume(false), asked: 2},
		"cut, HTTP/2":                  {http2: true, storage: cutAndResume(true), asked: 2},
		"cut, HTTP/2 without length":   {http2: true, storage: cutAndResume(false), asked: 2},
		"whole, chunks":                {storage: whole, asked: 1},
		"whole, HTTP/2 without length": {http2: true, storage: whole, asked: 1},
		"HTTP/1.0 with length":         {storage: closed("HTTP/1.0 200 OK", fmt.Sprintf("Content-Length: %d", len(file))), asked: 1},
		"HTTP/1.0 without length":      {storage: closed("HTTP/1.0 200 OK", "Content-Type: text/csv"), wantErr: "doesn't say how long the file is", asked: 1},
		"HTTP/1.1 until it closes":     {storage: closed("HTTP/1.1 200 OK", "Connection: close"), wantErr: "doesn't say how long the file is", asked: 1},
		"longer than it is":            {storage: closed("HTTP/1.1 200 OK", fmt.Sprintf("Content-Length: %d", len(file)+1)), wantErr: "unexpected EOF (gave up after 1 attempt)", asked: 1},
		"last chunk missing":           {storage: closed("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", fmt.Sprintf("%x", len(file))), wantErr: "the connection was cut", asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			var server *httptest.Server
			server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/v2/") {
					fmt.Fprintf(w, `{"reportDocumentId":"D1","url":"%s/D1?X-Amz-Signature=5ec7e7"}`, server.URL)
					return
				}
				n := int(asked.Add(1))
				if test.http2 != (r.ProtoMajor == 2) {
					t.Errorf("the request came over %s", r.Proto)
				}
				test.storage(w, r, n)
			}))
			server.EnableHTTP2 = test.http2
			server.StartTLS()
			defer server.Close()
			retries := payreports.RetryPolicy{}
			if test.wantErr != "" {
				retries.MaxAttempts = 1
			}
			client, err := payreports.New("eu", newSigner(t, keyID), payreports.WithEndpoint(server.URL), payreports.WithHTTPClient(server.Client()), payreports.WithRetry(retries))
			if err != nil {
				t.Fatal(err)
			}
			content, err := client.OpenReportDocument(t.Context(), "D1")
			var got []byte
			if err == nil {
				defer content.Close()
				got, err = io.ReadAll(content)
			}
			switch {
			case test.wantErr != "":
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Errorf("%d bytes, error %v, want one with %q", len(got), err, test.wantErr)
				}
			case err != nil || string(got) != file:
				t.Errorf("%d of %d bytes, error %v", len(got), len(file), err)
			}
			if n := int(asked.Load()); n != test.asked {
				t.Errorf("the storage service was asked %d times, want %d", n, test.asked)
			}
		})
	}
}
