package payreports

import (
	"errors"
	"mime"
	"net/http"
	"strings"
)

// DocumentInfo is what the storage service says about a report's file. See [WithDocumentInfo]. The client doesn't check it, and it may
// be wrong: look at the bytes before you rely on it.
type DocumentInfo struct {
	// ContentType is the Content-Type header, such as "text/plain; charset=Shift_JIS". It is "" if there was none.
	ContentType string
	// Charset is the charset parameter of ContentType in lower case, such as "shift_jis". It is "" if there was none. Amazon doesn't document
	// it, so the file may use another charset.
	Charset string
	// Compressed reports whether the file is stored as gzip. The client uncompresses it.
	Compressed bool
}

// WithDocumentInfo stores in info what the storage service says about the file. [Client.OpenReport], [Client.OpenReportDocument] and
// [Client.DownloadReport] use it; other methods ignore it. OpenReport and OpenReportDocument set info before they return without an error,
// and it doesn't change while the file is read. Concurrent calls must not share it.
func WithDocumentInfo(info *DocumentInfo) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if info == nil {
			return errors.New("WithDocumentInfo: the pointer is nil")
		}
		o.documentInfo = info
		return nil
	})
}

// documentInfo reads the headers of the storage service's response. Their text ends up in metadata and on terminals, so it is limited to one printable
// line.
func documentInfo(header http.Header) DocumentInfo {
	info := DocumentInfo{ContentType: oneLine(header.Get("Content-Type"), 128)}
	if _, params, err := mime.ParseMediaType(info.ContentType); err == nil {
		info.Charset = strings.ToLower(params["charset"])
	}
	return info
}
