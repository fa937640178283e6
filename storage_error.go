package payreports

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxStorageError bounds what is read of a refusal: S3's are below 1 KiB.
const maxStorageError = 64 << 10

// storageError is an answer of the storage that holds no file.
type storageError struct {
	status        int
	code, message string // the storage's own, "" if it sent none
	body          string // what was sent instead of them
}

func (e *storageError) Error() string {
	text := fmt.Sprintf("the storage answered %d", e.status)
	switch {
	case e.code != "" && e.message != "":
		return text + " " + e.code + ": " + e.message
	case e.code != "":
		return text + " " + e.code
	case e.message != "":
		return text + ": " + e.message
	default:
		return text + e.body
	}
}

// expired reports whether the permission in the URL has run out, so that a new URL is all it takes. S3 answers 403 for the
// signature's own time, and 400 for that of the credentials that it was made with.
func (e *storageError) expired() bool {
	return e.status == http.StatusForbidden ||
		e.status == http.StatusBadRequest && slices.Contains([]string{"ExpiredToken", "TokenRefreshRequired", "RequestExpired"}, e.code)
}

// temporary reports whether the same request may succeed later. S3 answers 400 RequestTimeout for a connection that was idle.
func (e *storageError) temporary() bool {
	return retryableStatus(e.status) || e.status == http.StatusBadRequest && e.code == "RequestTimeout"
}

// refusal reads the storage's own reason. The URL's secrets are taken out of it, because S3 echoes what it was sent.
func (d *download) refusal(resp *http.Response) *storageError {
	body, _ := io.ReadAll(io.LimitReader(&d.connection, maxStorageError)) // what came of a reason that was cut is better than none
	e := &storageError{status: resp.StatusCode}
	if e.code, e.message = parseStorageError(body); e.code == "" && e.message == "" {
		e.body = describeStorageBody(body, resp.Header.Get("Content-Type"))
	}
	e.code = oneLine(redact(e.code, d.secrets), 64)
	e.message = oneLine(redact(e.message, d.secrets), 400)
	return e
}

// parseStorageError finds S3's Code and Message, which other storages use as well, also in a document that was cut.
func parseStorageError(body []byte) (code, message string) {
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	for code == "" || message == "" {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		var text string
		switch element.Name.Local {
		case "Code":
			if decoder.DecodeElement(&text, &element) == nil && code == "" {
				code = strings.TrimSpace(text)
			}
		case "Message":
			if decoder.DecodeElement(&text, &element) == nil && message == "" {
				message = strings.TrimSpace(text)
			}
		}
	}
	return code, message
}

func describeStorageBody(body []byte, contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "unknown type"
	}
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return " without a reason"
	case kind == "text/html" || kind == "application/xhtml+xml" || http.DetectContentType(body) == "text/html; charset=utf-8":
		return " with an HTML page, which the storage doesn't send: it came from something in between, such as a proxy, a firewall or a login page"
	default:
		return fmt.Sprintf(" with a body of %s, which isn't the storage's error document", oneLine(kind, 64))
	}
}
