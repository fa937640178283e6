package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/api"
)

// documentPath is the beginning of a document's path. Like the service's, it has an encoded slash that clients must keep.
const documentPath = "/%2FNinetyDays/"

// documentLifetime is how long a document's URL is valid (documentation, Report Document object).
const documentLifetime = 30 * time.Second

// presign returns the download URL of a document, on the host that the client called. Anyone who has the URL can read the document.
func (s *Simulator) presign(r *http.Request, scope string, id api.ReportDocumentID, wall time.Time) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	date := wall.UTC().Format("20060102T150405Z")
	query := url.Values{
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":    {"SIMULATOR/" + scope + "/s3/aws4_request"},
		"X-Amz-Date":          {date},
		"X-Amz-Expires":       {strconv.Itoa(int(documentLifetime / time.Second))},
		"X-Amz-Signature":     {s.documentSignature(scope, string(id), date)},
		"X-Amz-SignedHeaders": {"host"},
	}
	return scheme + "://" + r.Host + documentPath + url.PathEscape(string(id)) + "?" + query.Encode()
}

func (s *Simulator) documentSignature(scope, id, date string) string {
	key := sha256.Sum256(fmt.Appendf(nil, "simulator %d", s.config.Seed)) // hashed, because FIPS 140 refuses keys below 112 bits
	mac := hmac.New(sha256.New, key[:])
	fmt.Fprintf(mac, "%s\n%s\n%s", scope, id, date)
	return hex.EncodeToString(mac.Sum(nil))
}

// serveDocument serves a download like S3: the URL is the only permission, errors are XML, and ranges work.
func (s *Simulator) serveDocument(w http.ResponseWriter, x *exchange) {
	r := x.request
	x.draw = s.faults.draw(operationDocument)
	if x.draw.has(FaultLatency) {
		delay(r.Context(), time.Duration(x.draw.random.Int64N(int64(s.config.Latency))+1))
	}
	switch {
	case x.draw.has(FaultCutBefore):
		panic(http.ErrAbortHandler)
	case x.draw.has(FaultUnavailable):
		storageError(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		storageError(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return
	}
	id, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), documentPath))
	if err != nil {
		storageError(w, http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
		return
	}
	query := r.URL.Query()
	scope, _, _ := strings.Cut(strings.TrimPrefix(query.Get("X-Amz-Credential"), "SIMULATOR/"), "/")
	signed, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	account := s.tenants.byScope(scope)
	switch {
	case r.Header.Get("Authorization") != "" || hasPayHeader(r.Header):
		storageError(w, http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed: the URL is the permission, so don't send headers of the Amazon Pay API.")
		return
	case err != nil || account == nil ||
		!hmac.Equal([]byte(query.Get("X-Amz-Signature")), []byte(s.documentSignature(scope, id, query.Get("X-Amz-Date")))):
		storageError(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
		return
	case x.draw.has(FaultExpiredURL) || x.wall.Sub(signed) > documentLifetime+time.Second: // the date has no fraction
		storageError(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	s.mu.Lock()
	document := account.byDocument[api.ReportDocumentID(id)]
	s.mu.Unlock()
	if document == nil {
		storageError(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	s.serveFile(w, x, document)
}

func hasPayHeader(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Pay-") {
			return true
		}
	}
	return false
}

// serveFile streams the document, or the rest of it from the start of a range. The bytes are generated each time, and are always the same.
func (s *Simulator) serveFile(w http.ResponseWriter, x *exchange, document *report) {
	r := x.request
	size := s.sizeOf(document)
	digest := sha256.Sum256([]byte(document.documentID))
	etag := `"` + hex.EncodeToString(digest[:16]) + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Type", "text/csv")
	first, status := int64(0), http.StatusOK
	if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && (r.Header.Get("If-Range") == "" || r.Header.Get("If-Range") == etag) {
		start, open := strings.CutSuffix(from, "-")
		value, err := strconv.ParseInt(start, 10, 64)
		switch {
		case err != nil || !open || value < 0:
			// HTTP allows sending the whole file for other forms of ranges.
		case value >= size:
			h.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			storageError(w, http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
			return
		default:
			first, status = value, http.StatusPartialContent
			h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, size-1, size))
		}
	}
	h.Set("Content-Length", strconv.FormatInt(size-first, 10))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	section := &sectionWriter{to: w, skip: first, left: size - first}
	if x.draw.has(FaultTruncate) && size > first {
		section.left = x.draw.random.Int64N(size - first)
	}
	err := s.writeFile(section, document)
	if err != nil || x.draw.has(FaultTruncate) {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// Flush makes sure that the client receives a truncated download before the connection is cut.
func (w *statusWriter) Flush() {
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

// sectionWriter passes on at most left bytes, after skipping skip.
type sectionWriter struct {
	to   io.Writer
	skip int64
	left int64
}

func (w *sectionWriter) Write(p []byte) (int, error) {
	all := len(p)
	if w.skip >= int64(len(p)) {
		w.skip -= int64(len(p))
		return all, nil
	}
	p, w.skip = p[w.skip:], 0
	ends := int64(len(p)) > w.left
	if ends {
		p = p[:w.left]
	}
	n, err := w.to.Write(p)
	w.left -= int64(n)
	if err == nil && ends {
		err = errSectionEnds
	}
	return all, err
}

var errSectionEnds = errors.New("the section ends before the file does")

// sizeOf counts a file's bytes on first use.
func (s *Simulator) sizeOf(document *report) int64 {
	s.mu.Lock()
	size := document.size
	s.mu.Unlock()
	if size >= 0 {
		return size
	}
	var counter countingWriter
	if err := s.writeFile(&counter, document); err != nil {
		panic(err) // the counter never fails, and each type has a file
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	document.size = int64(counter)
	return document.size
}

type countingWriter int64

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

// writeFile writes the whole file of a report. Only the settlement and refund files are documented; the columns of the
// others are plausible.
func (s *Simulator) writeFile(w io.Writer, document *report) error {
	start, end := document.start, document.end
	if end.After(document.created) {
		end = document.created // nothing was sold in the future
	}
	switch document.reportType {
	case api.ReportTypeSettlement:
		return document.merchant.WriteSettlement(w, *document.settlement)
	case api.ReportTypeSandboxSettlement:
		return document.merchant.WriteSandboxSettlement(w, start, end)
	case api.ReportTypeRefund:
		return document.merchant.WriteRefunds(w, start, end)
	case api.ReportTypeCapture:
		return document.merchant.WriteCaptures(w, start, end)
	case api.ReportTypeAuthorization:
		return document.merchant.WriteAuthorizations(w, start, end)
	case api.ReportTypeOrderReference:
		return document.merchant.WriteOrders(w, start, end)
	case api.ReportTypeBillingAgreement:
		return document.merchant.WriteBillingAgreements(w, start, end)
	case api.ReportTypeMultiCurrency:
		return document.merchant.WriteMultiCurrency(w, start, end)
	default:
		return fmt.Errorf("simulator: no file for %s", document.reportType)
	}
}

func storageError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}
