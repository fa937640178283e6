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

// maxAnswer bounds what is read of an answer: a page of reports has some 50 KiB.
const maxAnswer = 32 << 20

// maxRefusal bounds what is read of an answer that isn't 2xx: gateways send pages of HTML.
const maxRefusal = 1 << 20

// answer is what came back: an http.Response whose body has been read whole, because a connection that is cut in the
// middle of the body is as good a reason to try again as one that is cut before it.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	truncated  bool // the body is longer than what was read
	retryAfter time.Duration
	sent       *http.Request
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (a *answer) requestID() string { return a.header.Get("x-amz-pay-request-id") }

// date is the service's clock, zero if it sent none.
func (a *answer) date() time.Time {
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// describeBody says what stands where the service's error should be.
func (a *answer) describeBody() string {
	if a.status >= 300 && a.status < 400 {
		return "the answer is a redirect, which is never followed: check the endpoint"
	}
	if len(bytes.TrimSpace(a.body)) == 0 {
		return "the answer has no body"
	}
	return fmt.Sprintf("the answer is not an error of this API but %s, perhaps from a proxy or gateway", a.describeContent())
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

// isPage reports whether the body is made for people: it doesn't even begin like JSON.
func (a *answer) isPage() bool {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\ufeff")))
	return len(body) > 0 && !json.Valid(body) && body[0] != '{' && body[0] != '['
}
