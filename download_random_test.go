package payreports_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/amazonpay-go/payreports"
)

// unreliable is a storage service that cuts, changes, re-encodes and mislabels files at random. But it never uses a strong
// ETag again for different bytes.
type unreliable struct {
	*rand.Rand
	faults   float64 // how likely each fault is
	versions [][]byte
	now      int  // the current version
	strong   bool // whether it sends strong ETags
	ranges   bool
}

func (u *unreliable) chance(p float64) bool { return u.Float64() < p*u.faults }

// newUnreliable makes similar versions of a report: with the same beginning, the same length, or only a different end.
func newUnreliable(seed uint64) *unreliable {
	u := &unreliable{Rand: rand.New(rand.NewPCG(seed, 13))}
	u.faults = []float64{0.3, 0.6, 1}[u.IntN(3)]
	u.strong, u.ranges = u.IntN(3) > 0, u.IntN(4) > 0
	file := []byte("settlement-id,amount\n")
	for range u.IntN(400) {
		file = fmt.Appendf(file, "%d,%d.00\n", u.IntN(1e6), u.IntN(1e4))
	}
	u.versions = [][]byte{file}
	for range 2 {
		next := bytes.Clone(file)
		for i := u.IntN(len(next)); i < len(next); i++ {
			next[i] ^= 1
		}
		switch u.IntN(3) {
		case 0:
			next = next[:len(next)-u.IntN(min(20, len(next)))]
		case 1:
			next = append(next, "1,1.00\n"...)
		}
		u.versions = append(u.versions, next)
	}
	if u.IntN(3) == 0 { // stored compressed
		for i, version := range u.versions {
			u.versions[i] = zipped(version)
		}
	}
	return u
}

// is reports whether content is a complete version of the report.
func (u *unreliable) is(content []byte) bool {
	for _, version := range u.versions {
		if r, err := gzip.NewReader(bytes.NewReader(version)); err == nil {
			version, _ = io.ReadAll(r)
		}
		if bytes.Equal(version, content) {
			return true
		}
	}
	return false
}

func (u *unreliable) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case strings.HasPrefix(req.URL.Path, "/v2/"):
		return response(req, answer{status: 200, body: `{"reportDocumentId":"D1","url":"https://storage.example/D1?X-Amz-Signature=5ec7e7"}`}), nil
	case u.chance(0.1):
		return nil, cut{io.ErrUnexpectedEOF}.err
	case u.chance(0.1):
		return sent([]int{403, 500, 503}[u.IntN(3)], "<Error><Code>Busy</Code></Error>")(req), nil
	}
	if u.chance(0.2) {
		u.now = u.IntN(len(u.versions))
	}
	file := u.versions[u.now]
	header := http.Header{"Content-Type": {"text/csv"}}
	etag := fmt.Sprintf(`"%d"`, u.now)
	switch {
	case u.strong && !u.chance(0.2):
		header.Set("ETag", etag)
	case u.IntN(3) > 0:
		header.Set("ETag", []string{"W/" + etag, `W/"same"`, `same`, `""`}[u.IntN(4)])
	}
	if u.IntN(2) == 0 {
		header.Set("Last-Modified", "Tue, 04 Aug 2026 10:00:00 GMT")
	}
	from, status := 0, 200
	ifRange := req.Header.Get("If-Range")
	asked, ranged := strings.CutPrefix(req.Header.Get("Range"), "bytes=")
	if ranged && u.ranges && (ifRange == "" || ifRange == header.Get("ETag") || u.chance(0.3)) {
		fmt.Sscanf(asked, "%d-", &from)
		if from > len(file) || u.chance(0.05) {
			resp := sent(416, "<Error><Code>InvalidRange</Code></Error>")(req)
			resp.Header.Set("Content-Range", fmt.Sprintf("bytes */%d", len(file)))
			return resp, nil
		}
		if u.chance(0.1) {
			from = u.IntN(from + 1)
		}
		status = 206
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(file)-1, len(file)))
	}
	u.mislabel(header, from, len(file))
	body := file[from:]
	switch {
	case u.chance(0.1): // by a proxy
		body = zipped(body)
		header.Set("Content-Encoding", "gzip")
		header.Del("ETag")
	case u.chance(0.05):
		header.Set("Content-Encoding", []string{"utf-8", "aws-chunked", "gzip", "br", "none"}[u.IntN(5)])
	}
	if u.chance(0.05) {
		status = []int{200, 206}[u.IntN(2)]
	}
	resp := sent(status, string(body))(req)
	resp.Header = header
	if u.chance(0.4) {
		resp.ContentLength, resp.TransferEncoding = -1, []string{"chunked"}
	}
	if u.chance(0.5) {
		resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, u.Int64N(int64(len(body))+1)), cut{io.ErrUnexpectedEOF}))
	}
	return resp, nil
}

// mislabel damages the headers of a range, so that they are unreadable or contradictory.
func (u *unreliable) mislabel(header http.Header, from, size int) {
	if !u.chance(0.1) {
		return
	}
	switch u.IntN(6) {
	case 0:
		header.Del("Content-Range")
	case 1:
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from+1, size-1, size))
	case 2:
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, size, size+1))
	case 3:
		header.Set("Content-Range", fmt.Sprintf("items %d-%d/%d", from, size-1, size))
	case 4:
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, size/2, size))
	case 5:
		header.Set("Content-Type", "multipart/byteranges; boundary=x")
	}
}

// Whatever the storage service does, a download is either one complete version of the report or an error, and never a mixture.
func TestDownloadsFromAnUnreliableStorage(t *testing.T) {
	t.Parallel()
	privateKey()
	whole, failed := 0, 0
	for seed := range uint64(scale(5000, 1000, 400)) {
		synctest.Test(t, func(t *testing.T) {
			u := newUnreliable(seed)
			var got bytes.Buffer
			content, err := newClient(t, u, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 8})).OpenReportDocument(t.Context(), "D1")
			if err == nil {
				defer content.Close()
				_, err = io.Copy(&got, content)
			}
			switch {
			case err != nil && strings.Contains(err.Error(), "5ec7e7"):
				t.Errorf("seed %d: the error %v holds a secret", seed, err)
			case err != nil:
				failed++
			case !u.is(got.Bytes()):
				t.Errorf("seed %d: %d bytes that are no version of the report", seed, got.Len())
			default:
				whole++
			}
		})
	}
	t.Logf("%d downloads were whole, %d failed", whole, failed)
	if whole < 3*failed/2 || failed == 0 {
		t.Errorf("%d downloads were whole and %d failed: the test shows little", whole, failed)
	}
}
