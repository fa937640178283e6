package payreports

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// validator identifies the version of a file that a storage service sent.
type validator struct {
	etag     string // "" unless it is strong: a weak one doesn't guarantee the same bytes
	modified string // only to the second: it can show that versions differ, but not that they are the same
}

var strongETag = regexp.MustCompile(`^"[\x21\x23-\x7e\x80-\xff]+"$`)

func validatorOf(header http.Header) validator {
	v := validator{etag: joined(header, "ETag"), modified: header.Get("Last-Modified")}
	if !strongETag.MatchString(v.etag) {
		v.etag = ""
	}
	return v
}

// joined returns all values of a header, so that contradicting values don't go unnoticed.
func joined(header http.Header, name string) string {
	return strings.TrimSpace(strings.Join(header.Values(name), ", "))
}

// proves reports whether both identify the same version of the file, byte for byte.
func (v validator) proves(other validator) bool {
	return v.etag != "" && v.etag == other.etag && (v.modified == "" || other.modified == "" || v.modified == other.modified)
}

// resumable reports whether to request only the rest of the file.
func (d *download) resumable() bool { return d.offset > 0 && d.ranges && d.is.etag != "" }

// unusableRangeError says why a response to a range request can't be used. A request for the whole file may still succeed.
type unusableRangeError struct{ reason string }

func (e *unusableRangeError) Error() string { return e.reason }

func unusableRange(format string, args ...any) error {
	return &unusableRangeError{fmt.Sprintf(format, args...)}
}

// acceptFile handles a response with the whole file.
func (d *download) acceptFile(resp *http.Response) error {
	if encoding := joined(resp.Header, "Content-Encoding"); changesBytes(encoding) {
		return fmt.Errorf("the storage service sent the file encoded as %q, which was not requested", oneLine(encoding, 64))
	}
	if header := joined(resp.Header, "Content-Range"); header != "" {
		if part, err := parseContentRange(header); err == nil && (part.first > 0 || part.size >= 0 && part.last != part.size-1) {
			return fmt.Errorf("the storage service sent part of the file (%s) as if it were all of it", oneLine(header, 64))
		}
	}
	if resp.ContentLength < 0 && resp.ProtoMajor == 1 && len(resp.TransferEncoding) == 0 && !resp.Uncompressed {
		return errors.New("the storage service doesn't say how long the file is, so a truncated download would go unnoticed")
	}
	switch size := resp.ContentLength; {
	case d.offset == 0:
		d.size = -1 // the reader has nothing yet, so this may be another version
		d.info = documentInfo(resp.Header)
	case size >= 0 && d.size >= 0 && size != d.size, size >= 0 && size < d.offset:
		return fmt.Errorf("the file had %d bytes and now has %d: it changed during the download", max(d.size, d.offset), size)
	default:
		if err := d.skip(); err != nil {
			return err
		}
	}
	if resp.ContentLength >= 0 {
		d.size, d.sized = resp.ContentLength, true
	}
	d.is = validatorOf(resp.Header)
	if resp.Uncompressed {
		d.is = validator{} // the transport uncompressed it, but a range would count compressed bytes
	}
	return nil
}

// skip skips the bytes that the reader already has, and checks that they are the same.
func (d *download) skip() error {
	again := sha256.New()
	if n, err := io.CopyN(again, &d.connection, d.offset); err != nil {
		return &retryableError{fmt.Errorf("the connection was cut while reading the first %d bytes again, at %d: %w", d.offset, n, err)}
	}
	if !bytes.Equal(again.Sum(nil), d.hash.Sum(nil)) {
		return fmt.Errorf("the first %d bytes of the file are different now: it changed during the download", d.offset)
	}
	return nil
}

// acceptRest handles a response with the file from d.offset on.
func (d *download) acceptRest(resp *http.Response) error {
	if !d.resumable() {
		return errors.New("the storage service returned 206 (part of the file), although all of it was requested")
	}
	part, err := parseContentRange(joined(resp.Header, "Content-Range"))
	size := part.size
	if size < 0 {
		size = d.size
	}
	kind, _, _ := strings.Cut(strings.ToLower(resp.Header.Get("Content-Type")), ";")
	encoding := joined(resp.Header, "Content-Encoding")
	is := validatorOf(resp.Header)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(kind) == "multipart/byteranges":
		return unusableRange("the storage service sent the rest of the file in several parts")
	case changesBytes(encoding) || strings.Contains(strings.ToLower(encoding), "gzip") || resp.Uncompressed:
		return unusableRange("the storage service sent the rest of the file encoded as %q", oneLine(encoding, 64))
	case !d.is.proves(is):
		return unusableRange("the storage service can't prove that the rest is from the same file: its ETag was %s and is now %s, its Last-Modified was %s and is now %s",
			d.is.etag, oneLine(cmp.Or(resp.Header.Get("ETag"), "missing"), 128), oneLine(cmp.Or(d.is.modified, "missing"), 64), oneLine(cmp.Or(is.modified, "missing"), 64))
	case part.first != d.offset:
		return unusableRange("the storage service sent bytes from %d on instead of %d", part.first, d.offset)
	case size < 0:
		return unusableRange("the storage service doesn't say how long the file is, so a truncated download would go unnoticed")
	case d.size >= 0 && size != d.size:
		return unusableRange("the file had %d bytes and now has %d", d.size, size)
	case part.last != size-1:
		return unusableRange("the storage service sent bytes up to %d, but the file has %d bytes", part.last, size)
	case resp.ContentLength >= 0 && resp.ContentLength != size-d.offset:
		return unusableRange("the storage service sent %d bytes instead of the last %d", resp.ContentLength, size-d.offset)
	}
	d.size, d.sized = size, true
	return nil
}

// acceptEnd handles a 416. It means that there are no more bytes, if it is about the same file: the connection was lost after the last byte,
// and the size was unknown.
func (d *download) acceptEnd(resp *http.Response) error {
	if header := joined(resp.Header, "Content-Range"); header != "" {
		if part, err := parseContentRange(header); err != nil || part.size != d.offset {
			return unusableRange("the storage service returned 416 with the Content-Range %q to a request from byte %d", oneLine(header, 64), d.offset)
		}
	}
	if d.size >= 0 || !d.is.proves(validatorOf(resp.Header)) {
		return unusableRange("the storage service returned 416 to a request from byte %d", d.offset)
	}
	d.body.Close()
	d.body = http.NoBody
	d.size, d.sized = d.offset, true
	return nil
}

// contentRange is a Content-Range header. In "bytes */200", first and last are -1. In "bytes 100-199/*", size is -1.
type contentRange struct{ first, last, size int64 }

var contentRangePattern = regexp.MustCompile(`(?i)^bytes[ \t]+(?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)$`)

func parseContentRange(header string) (contentRange, error) {
	match := contentRangePattern.FindStringSubmatch(header)
	if match == nil {
		return contentRange{}, unusableRange("the storage service's Content-Range %q can't be read", oneLine(header, 64))
	}
	number := func(text string) int64 {
		if text == "" {
			return -1
		}
		n, _ := strconv.ParseInt(text, 10, 64) // 18 digits fit
		return n
	}
	return contentRange{number(match[1]), number(match[2]), number(match[3])}, nil
}

// harmlessEncoding matches what storage services put into Content-Encoding without changing a byte: charsets, transfer encodings, and S3's encoding of
// an upload. It includes gzip, which is detected by the bytes themselves.
var harmlessEncoding = regexp.MustCompile(`(?i)^(?:|identity|none|null|binary|[78]bit|aws-chunked|gzip|x-gzip|(?:charset=)?"?(?:utf-?(?:7|8|16|32)(?:[lb]e)?|utf8mb4|unicode|(?:us-)?ascii|ansi|iso[-_]?8859[-_]?\d+|latin-?\d+|(?:windows|cp)-?\d+|macintosh|(?:x-)?(?:shift[-_]?jis|sjis)|ms932|iso-2022-[a-z]+|euc-[a-z]+|gb(?:k|2312|18030)|big5|koi8-[ru])"?)$`)

// changesBytes reports whether a body with this Content-Encoding differs from the stored file.
func changesBytes(encoding string) bool {
	for coding := range strings.SplitSeq(encoding, ",") {
		if !harmlessEncoding.MatchString(strings.TrimSpace(coding)) {
			return true
		}
	}
	return false
}
