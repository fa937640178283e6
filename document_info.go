package payreports

import (
	"errors"
	"mime"
	"net/http"
	"strings"
)

// DocumentInfo is what the storage states about a report's file; see [WithDocumentInfo]. The client checks none of it: a
// storage can mislabel a file, so look at the bytes before you trust them.
type DocumentInfo struct {
	// ContentType is the Content-Type header, such as "text/plain; charset=Shift_JIS". It is "" if there was none.
	ContentType string
	// Charset is the charset parameter of ContentType in lower case, such as "shift_jis". It is "" if there was none. Amazon
	// documents no charset, so a file may use another one than is stated here.
	Charset string
	// Compressed reports whether the storage keeps the file as gzip. What the client hands out is uncompressed.
	Compressed bool
}

// WithDocumentInfo makes [Client.OpenReport], [Client.OpenReportDocument] and [Client.DownloadReport] fill info with what the
// storage states about the file. It is complete when OpenReport or OpenReportDocument returns without an error, and doesn't
// change while the file is read. It must not be shared by concurrent calls. Other methods ignore it.
func WithDocumentInfo(info *DocumentInfo) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if info == nil {
			return errors.New("WithDocumentInfo: the pointer is nil")
		}
		o.documentInfo = info
		return nil
	})
}

// documentInfo reads what a storage's answer states. Its text ends up in metadata and on terminals, so it is kept to one
// printable line.
func documentInfo(header http.Header) DocumentInfo {
	info := DocumentInfo{ContentType: oneLine(header.Get("Content-Type"), 128)}
	if _, params, err := mime.ParseMediaType(info.ContentType); err == nil {
		info.Charset = strings.ToLower(params["charset"])
	}
	return info
}
