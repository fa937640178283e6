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

// validator is by what a storage says which version of a file it sent.
type validator struct {
	etag     string // "" unless it is strong: a weak one doesn't promise the same bytes
	modified string // has a second's resolution, so it can tell versions apart but never prove that they are one
}

var strongETag = regexp.MustCompile(`^"[\x21\x23-\x7e\x80-\xff]+"$`)

func validatorOf(header http.Header) validator {
	v := validator{etag: joined(header, "ETag"), modified: header.Get("Last-Modified")}
	if !strongETag.MatchString(v.etag) {
		v.etag = ""
	}
	return v
}

// joined returns all values of a header, so that two that contradict each other are not taken for one.
func joined(header http.Header, name string) string {
	return strings.TrimSpace(strings.Join(header.Values(name), ", "))
}

// proves reports whether both are of one version of the file, byte by byte.
func (v validator) proves(other validator) bool {
	return v.etag != "" && v.etag == other.etag && (v.modified == "" || other.modified == "" || v.modified == other.modified)
}

// resumable reports whether to ask for the rest of the file alone.
func (d *download) resumable() bool { return d.offset > 0 && d.ranges && d.is.etag != "" }

// unusableRangeError says why the rest of a file, or the word that there is none, can't be joined to what was read. The file from its
// beginning can, if it is still the same.
type unusableRangeError struct{ reason string }

func (e *unusableRangeError) Error() string { return e.reason }

func unusableRange(format string, args ...any) error {
	return &unusableRangeError{fmt.Sprintf(format, args...)}
}

// acceptFile takes an answer that holds the file from its beginning.
func (d *download) acceptFile(resp *http.Response) error {
	if encoding := joined(resp.Header, "Content-Encoding"); changesBytes(encoding) {
		return fmt.Errorf("the storage sent the file encoded as %q, which was not asked for", oneLine(encoding, 64))
	}
	if header := joined(resp.Header, "Content-Range"); header != "" {
		if part, err := parseContentRange(header); err == nil && (part.first > 0 || part.size >= 0 && part.last != part.size-1) {
			return fmt.Errorf("the storage sent a part of the file (%s) as the whole", oneLine(header, 64))
		}
	}
	if resp.ContentLength < 0 && resp.ProtoMajor == 1 && len(resp.TransferEncoding) == 0 && !resp.Uncompressed {
		return errors.New("the storage doesn't say how long the file is, so it could be cut unnoticed")
	}
	switch size := resp.ContentLength; {
	case d.offset == 0:
		d.size = -1 // nothing was handed on, so this may as well be another version
		d.info = documentInfo(resp.Header)
	case size >= 0 && d.size >= 0 && size != d.size, size >= 0 && size < d.offset:
		return fmt.Errorf("the file had %d bytes and now has %d: it was changed during the download", max(d.size, d.offset), size)
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
		d.is = validator{} // by the transport: a range would count the compressed bytes
	}
	return nil
}

// skip reads over the bytes that the reader has got already, and checks that they are the same.
func (d *download) skip() error {
	again := sha256.New()
	if n, err := io.CopyN(again, &d.connection, d.offset); err != nil {
		return &retryableError{fmt.Errorf("the connection was cut while reading the first %d bytes again, at %d: %w", d.offset, n, err)}
	}
	if !bytes.Equal(again.Sum(nil), d.hash.Sum(nil)) {
		return fmt.Errorf("the first %d bytes of the file are not what they were: it was changed during the download", d.offset)
	}
	return nil
}

// acceptRest takes an answer that holds the file from d.offset on.
func (d *download) acceptRest(resp *http.Response) error {
	if !d.resumable() {
		return errors.New("the storage answered 206, a part of the file, though all of it was asked for")
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
		return unusableRange("the storage sent the rest of the file in parts")
	case changesBytes(encoding) || strings.Contains(strings.ToLower(encoding), "gzip") || resp.Uncompressed:
		return unusableRange("the storage sent the rest of the file encoded as %q", oneLine(encoding, 64))
	case !d.is.proves(is):
		return unusableRange("the storage doesn't prove that the rest is of the same file: its ETag was %s and now is %s, its Last-Modified was %s and now is %s",
			d.is.etag, oneLine(cmp.Or(resp.Header.Get("ETag"), "missing"), 128), oneLine(cmp.Or(d.is.modified, "missing"), 64), oneLine(cmp.Or(is.modified, "missing"), 64))
	case part.first != d.offset:
		return unusableRange("the storage answered from byte %d instead of %d", part.first, d.offset)
	case size < 0:
		return unusableRange("the storage doesn't say how long the file is, so it could be cut unnoticed")
	case d.size >= 0 && size != d.size:
		return unusableRange("the file had %d bytes and now has %d", d.size, size)
	case part.last != size-1:
		return unusableRange("the storage answered to byte %d, which is not the rest of %d bytes", part.last, size)
	case resp.ContentLength >= 0 && resp.ContentLength != size-d.offset:
		return unusableRange("the storage sent %d bytes as the last %d", resp.ContentLength, size-d.offset)
	}
	d.size, d.sized = size, true
	return nil
}

// acceptEnd takes a 416 for the word that there are no more bytes, which is so if it is about the same file: the connection was
// lost after the last byte, and no size was announced.
func (d *download) acceptEnd(resp *http.Response) error {
	if header := joined(resp.Header, "Content-Range"); header != "" {
		if part, err := parseContentRange(header); err != nil || part.size != d.offset {
			return unusableRange("the storage answered 416 with the Content-Range %q to a request from byte %d", oneLine(header, 64), d.offset)
		}
	}
	if d.size >= 0 || !d.is.proves(validatorOf(resp.Header)) {
		return unusableRange("the storage answered 416 to a request from byte %d", d.offset)
	}
	d.body.Close()
	d.body = http.NoBody
	d.size, d.sized = d.offset, true
	return nil
}

// contentRange is a Content-Range header: last is -1 for "bytes */200", size for "bytes 100-199/*".
type contentRange struct{ first, last, size int64 }

var contentRangePattern = regexp.MustCompile(`(?i)^bytes[ \t]+(?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)$`)

func parseContentRange(header string) (contentRange, error) {
	match := contentRangePattern.FindStringSubmatch(header)
	if match == nil {
		return contentRange{}, unusableRange("the storage's Content-Range %q can't be read", oneLine(header, 64))
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

// harmlessEncoding are the words that storages put into Content-Encoding without having changed a byte: names of character sets,
// of transfer encodings, and S3's of an upload. gzip is told by the bytes themselves.
var harmlessEncoding = regexp.MustCompile(`(?i)^(?:|identity|none|null|binary|[78]bit|aws-chunked|gzip|x-gzip|(?:charset=)?"?(?:utf-?(?:7|8|16|32)(?:[lb]e)?|utf8mb4|unicode|(?:us-)?ascii|ansi|iso[-_]?8859[-_]?\d+|latin-?\d+|(?:windows|cp)-?\d+|macintosh|(?:x-)?(?:shift[-_]?jis|sjis)|ms932|iso-2022-[a-z]+|euc-[a-z]+|gb(?:k|2312|18030)|big5|koi8-[ru])"?)$`)

// changesBytes reports whether a body with this Content-Encoding isn't the file as it was stored.
func changesBytes(encoding string) bool {
	for coding := range strings.SplitSeq(encoding, ",") {
		if !harmlessEncoding.MatchString(strings.TrimSpace(coding)) {
			return true
		}
	}
	return false
}
