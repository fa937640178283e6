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

// maxStorageError limits how much of an error response is read. S3's have less than 1 KiB.
const maxStorageError = 64 << 10

// storageError is an error response of the storage service.
type storageError struct {
	status        int
	code, message string // from the storage service, or "" if it sent none
	body          string // a description of the body, if it had neither
}

func (e *storageError) Error() string {
	text := fmt.Sprintf("the storage service returned %d", e.status)
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

// expired reports whether the URL has expired, so that a new one will work. S3 returns 403 if the signature has expired, and 400 if the
// credentials behind it have.
func (e *storageError) expired() bool {
	return e.status == http.StatusForbidden ||
		e.status == http.StatusBadRequest && slices.Contains([]string{"ExpiredToken", "TokenRefreshRequired", "RequestExpired"}, e.code)
}

// temporary reports whether the same request may succeed later. S3 returns 400 RequestTimeout for an idle connection.
func (e *storageError) temporary() bool {
	return retryableStatus(e.status) || e.status == http.StatusBadRequest && e.code == "RequestTimeout"
}

// refusal reads the storage service's error and removes the URL's secrets from it, because S3 echoes the request.
func (d *download) refusal(resp *http.Response) *storageError {
	body, _ := io.ReadAll(io.LimitReader(&d.connection, maxStorageError)) // a body that was cut is better than none
	e := &storageError{status: resp.StatusCode}
	if e.code, e.message = parseStorageError(body); e.code == "" && e.message == "" {
		e.body = describeStorageBody(body, resp.Header.Get("Content-Type"))
	}
	e.code = oneLine(redact(e.code, d.secrets), 64)
	e.message = oneLine(redact(e.message, d.secrets), 400)
	return e
}

// parseStorageError finds Code and Message in an error document of S3. Other storage services use the same format. The document may have been cut.
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
		return " without an error message"
	case kind == "text/html" || kind == "application/xhtml+xml" || http.DetectContentType(body) == "text/html; charset=utf-8":
		return " with an HTML page, probably from a proxy, a firewall or a login page: the storage service doesn't send HTML"
	default:
		return fmt.Sprintf(" with a body of %s, which isn't the storage service's error document", oneLine(kind, 64))
	}
}
