package payreports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer limits how much of a 2xx response is read. A page of reports has about 50 KiB.
const maxAnswer = 32 << 20

// maxRefusal limits how much of any other response is read. Gateways send HTML pages.
const maxRefusal = 1 << 20

// answer is an http.Response whose body has been read. The body is read as part of the attempt, so that a connection that is cut in the
// middle of it is retried too.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	truncated  bool // the body is longer than the limit
	retryAfter time.Duration
	sent       *http.Request
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (a *answer) requestID() string { return a.header.Get("x-amz-pay-request-id") }

// date returns the service's time, or zero if the response has no Date header.
func (a *answer) date() time.Time {
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// describeBody describes a body that isn't one of the service's errors.
func (a *answer) describeBody() string {
	if a.status >= 300 && a.status < 400 {
		return "the response is a redirect, and redirects are never followed: check the endpoint"
	}
	if len(bytes.TrimSpace(a.body)) == 0 {
		return "the response has no body"
	}
	return fmt.Sprintf("the response is not an error of this API but %s, perhaps from a proxy or gateway", a.describeContent())
}

func (a *answer) describeContent() string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		kind = "unknown type"
	}
	size := strconv.Itoa(len(a.body))
	if a.truncated {
		size = "more than " + size
	}
	return fmt.Sprintf("%s bytes of %s", size, oneLine(kind, 64))
}

// isPage reports whether the body is a page for people: it doesn't even start like JSON.
func (a *answer) isPage() bool {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\ufeff")))
	return len(body) > 0 && !json.Valid(body) && body[0] != '{' && body[0] != '['
}
