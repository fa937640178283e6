package signing

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// sentMethod returns the method that net/http sends: "" means GET.
func sentMethod(req *http.Request) string { return cmp.Or(req.Method, http.MethodGet) }

// sentHost returns the host that net/http sends, without the port.
func sentHost(req *http.Request) (string, error) {
	if req.URL == nil {
		return "", errors.New("signing: the request has no URL")
	}
	if req.URL.Opaque != "" { // net/http would send this instead of the path that is signed
		return "", errors.New("signing: the request's URL has Opaque set: set Path instead, and RawPath if the path has special escapes")
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if withoutPort, _, err := net.SplitHostPort(host); err == nil {
		host = withoutPort
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		return "", errors.New("signing: the request's URL has no host")
	}
	return strings.ToLower(host), nil
}

func (s *Signer) setHeaders(req *http.Request, host string, t time.Time) error {
	h := req.Header
	h["Accept"] = []string{"application/json"}
	h["Content-Type"] = []string{"application/json"}
	h[HeaderDate] = []string{t.UTC().Format(dateLayout)}
	h[HeaderHost] = []string{host}
	if strings.TrimSpace(h.Get(HeaderRegion)) == "" {
		region := s.region
		if region == "" {
			region = regionOf(host)
		}
		if region == "" {
			return fmt.Errorf("signing: the region of the host %q isn't known: pass WithRegion with na, eu or jp to NewSigner, or set the header x-amz-pay-region", clip(host))
		}
		h[HeaderRegion] = []string{region}
	}
	if _, given := h[HeaderIdempotencyKey]; req.Method == http.MethodPost && !given {
		var random [16]byte
		if _, err := io.ReadFull(s.random, random[:]); err != nil {
			return fmt.Errorf("signing: can't generate an idempotency key: %w", err)
		}
		h[HeaderIdempotencyKey] = []string{hex.EncodeToString(random[:])}
	}
	if key, given := h[HeaderIdempotencyKey]; given && (len(key) != 1 || !idempotencyKey.MatchString(key[0])) {
		return fmt.Errorf("signing: the idempotency key %q is invalid: use 1 to 32 letters, digits, - and _ (such as a UUID without its dashes)", clip(strings.Join(key, ",")))
	}
	return nil
}

func regionOf(host string) string {
	switch host {
	case "pay-api.amazon.com":
		return "na"
	case "pay-api.amazon.eu":
		return "eu"
	case "pay-api.amazon.jp":
		return "jp"
	default:
		return ""
	}
}

// canonicalizeNames gives the headers that are set or signed here their canonical names. A map entry in another case would be sent in addition, and
// it wouldn't be signed. Entries without a value are removed, because they aren't sent.
func canonicalizeNames(h http.Header) {
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !strings.HasPrefix(canonical, headerPrefix) && canonical != "Accept" && canonical != "Content-Type" && canonical != "Authorization":
		case len(values) == 0:
			delete(h, name)
		case canonical != name:
			delete(h, name)
			h[canonical] = slices.Concat(h[canonical], values)
		}
	}
}

// namesToSign returns the names of the signed headers, in lower case and sorted. It also makes their values canonical in the request.
func namesToSign(h http.Header) ([]string, error) {
	names := make([]string, 0, 8)
	for name, values := range h {
		if !strings.HasPrefix(name, headerPrefix) {
			continue
		}
		if len(values) != 1 {
			return nil, fmt.Errorf("signing: the header %s has %d values: it must have only one", strings.ToLower(name), len(values))
		}
		if strings.ContainsAny(values[0], "\r\n\x00") {
			return nil, fmt.Errorf("signing: the header %s has a line break or a NUL byte in its value", strings.ToLower(name))
		}
		if canonical := CanonicalValue(values[0]); canonical != values[0] {
			h[name] = []string{canonical}
		}
		names = append(names, strings.ToLower(name))
	}
	names = append(names, "accept", "content-type")
	slices.Sort(names)
	return names, nil
}

// canonicalizeURL makes the URL's path and query canonical. It sets both Path and RawPath, because net/http uses RawPath only if it is an encoding
// of Path.
func canonicalizeURL(u *url.URL) (path, query string) {
	path = CanonicalPath(u.EscapedPath())
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	query = CanonicalQuery(u.RawQuery)
	u.RawQuery, u.ForceQuery = query, false
	return path, query
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	source := req.Body
	if req.GetBody != nil {
		var err error
		if source, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("signing: the request's body can't be read: %w", err)
		}
	}
	defer source.Close()
	body, err := io.ReadAll(io.LimitReader(source, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("signing: the request's body can't be read: %w", err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("signing: the request's body is longer than %d MiB", maxBody>>20)
	}
	if req.GetBody == nil && len(body) == 0 {
		req.Body, req.ContentLength = http.NoBody, 0 // net/http would send an empty body of unknown length in chunks
	} else if req.GetBody == nil {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
		req.ContentLength = int64(len(body))
	}
	return body, nil
}
