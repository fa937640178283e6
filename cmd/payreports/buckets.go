package main

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
)

// bucketRule is what the help says of URLs.
const bucketRule = `

In place of a directory, give the URL of a bucket: s3://BUCKET/PREFIX?region=eu-central-1, gs://BUCKET/PREFIX or
azblob://CONTAINER/PREFIX. Credentials are found as by the vendor's own tools, such as in AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY. For other stores with the interface of S3, add endpoint=https://… and use_path_style=true.`

var bucketURL = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+://`)

// isBucket reports whether an argument is the URL of a bucket and not a path.
func isBucket(arg string) bool { return bucketURL.MatchString(arg) }

// storeOf is where an argument says that a mirror is.
func storeOf(ctx context.Context, arg string) (store mirror.Store, closeStore func(), err error) {
	if !isBucket(arg) {
		return mirror.Directory(arg), func() {}, nil
	}
	opened, err := bucket.Open(ctx, arg)
	if err != nil {
		return nil, nil, err
	}
	return opened, func() { _ = opened.Close() }, nil
}

// openMirror opens a mirror for reading.
func openMirror(ctx context.Context, arg string) (opened *mirror.Mirror, closeStore func(), err error) {
	if !isBucket(arg) { // which must exist
		opened, err = mirror.Open(arg)
		return opened, func() {}, err
	}
	store, closeStore, err := storeOf(ctx, arg)
	if err != nil {
		return nil, nil, err
	}
	return mirror.OpenStore(store), closeStore, nil
}

// addBucket adds what a URL names to the files to be read: all reports below it, or the only one whose name it ends with. It returns
// the name that stands for the URL in errors.
func addBucket(ctx context.Context, files *mirror.Mirror, rawURL string) (name string, err error) {
	var only []string
	if u, err := url.Parse(rawURL); err == nil && reportName.MatchString(u.Path) {
		only = []string{path.Base(u.Path)}
		u.Path, u.RawPath = path.Dir(u.Path), ""
		rawURL = u.String()
	}
	store, err := bucket.Open(ctx, rawURL) // the process ends before it must be closed
	if err != nil {
		return "", err
	}
	files.AddStore(store.String(), store, only...)
	return store.String(), nil
}

var reportName = regexp.MustCompile(`(?i)[^/]\.csv(\.gz)?$`)

// withoutQuery is how messages name an argument: the query of a URL can hold what nobody else should see.
func withoutQuery(arg string) string {
	if isBucket(arg) {
		arg, _, _ = strings.Cut(arg, "?")
	}
	return arg
}

// oneFile is the file of a command that takes one.
func oneFile(ctx context.Context, arg string) (mirror.Entry, error) {
	if !isBucket(arg) {
		return mirror.Entry{Path: arg, Named: true}, nil
	}
	files := mirror.OpenFiles()
	if _, err := addBucket(ctx, files, arg); err != nil {
		return mirror.Entry{}, err
	}
	var found []mirror.Entry
	for file, err := range files.Reports(ctx, mirror.Filter{}) {
		if err != nil {
			return mirror.Entry{}, err
		}
		found = append(found, file)
	}
	if len(found) != 1 {
		return mirror.Entry{}, usageError{fmt.Errorf("%s holds %d reports: give the URL of one", withoutQuery(arg), len(found))}
	}
	return found[0], nil
}
