package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"strings"

	"gocloud.dev/gcerrors"
)

// explain says what is wrong with a bucket, or with an object if name isn't "". The drivers' errors can hold addresses with
// signatures and run over several lines, so their texts are taken only where nothing better is known.
func explain(ctx context.Context, bucket, name string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch code := gcerrors.Code(err); {
	case has(err, "NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "bucket doesn't exist"):
		return noBucket(bucket)
	case has(err, "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException", "StatusCode: 301"):
		return otherRegion(bucket, err)
	case has(err, "Missing Region", "missing AWS region", "an AWS region is required"):
		return fmt.Errorf("mirror: %s: no region is set: add region=… to the URL, such as region=eu-central-1, or set AWS_REGION", bucket)
	case has(err, "failed to refresh cached credentials", "could not find default credentials", "failed to acquire a token", "no EC2 IMDS role found", "DefaultAzureCredential", "private key should be a PEM", "AccountName is required"):
		return fmt.Errorf("mirror: %s: no credentials were found, or they can't be used: %s", bucket, credentialsHint(bucket))
	case code == gcerrors.PermissionDenied, has(err, "InvalidAccessKeyId", "XAdminUserNotFound", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AccessDenied", "Error 401", "Error 403", "AuthorizationFailure", "AuthorizationPermissionMismatch", "StatusCode: 403", "StatusCode: 401"):
		return fmt.Errorf("mirror: %s: the storage refuses these credentials: check that they are right, and that they may list, read, write and delete there: %w", object(bucket, name), fs.ErrPermission)
	case code == gcerrors.NotFound && name != "":
		return fmt.Errorf("mirror: %s: %w", object(bucket, name), fs.ErrNotExist)
	case has(err, "unknown query parameter"):
		_, parameter, _ := strings.Cut(err.Error(), "unknown query parameter ")
		return fmt.Errorf("mirror: %s: the URL's query has the parameter %.40s, which this kind of bucket doesn't know", bucket, parameter)
	default:
		return &storageError{"mirror: " + object(bucket, name) + ": " + reason(err), err}
	}
}

// explainMissing is explain where an answer of "not found" is about the bucket.
func explainMissing(ctx context.Context, bucket string, err error) error {
	if ctx.Err() == nil && gcerrors.Code(err) == gcerrors.NotFound && !has(err, "Error 403", "StatusCode: 301") {
		return noBucket(bucket)
	}
	return explain(ctx, bucket, "", err)
}

func object(bucket, name string) string {
	if name == "" {
		return bucket
	}
	return bucket + "/" + name
}

func noBucket(bucket string) error {
	return fmt.Errorf("mirror: %s: there is no such bucket: create it, or correct its name in the URL", bucket)
}

var expectedRegion = regexp.MustCompile(`expecting '([a-z0-9-]+)'`)

func otherRegion(bucket string, err error) error {
	region := "…"
	hint := ", with the region that the bucket's page shows"
	if match := expectedRegion.FindStringSubmatch(err.Error()); match != nil {
		region, hint = match[1], ""
	}
	return fmt.Errorf("mirror: %s: the bucket is in another region: add region=%s to the URL%s", bucket, region, hint)
}

func credentialsHint(bucket string) string {
	switch scheme, _, _ := strings.Cut(bucket, "://"); scheme {
	case "gs":
		return "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account"
	case "azblob":
		return "set AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, or log in with az login"
	default:
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or add profile=NAME to the URL"
	}
}

// isConflict reports whether an object wasn't written because there is one, or because another run is writing it.
func isConflict(err error) bool {
	return gcerrors.Code(err) == gcerrors.FailedPrecondition || has(err, "ConditionalRequestConflict")
}

// mayPass reports whether an error may be another one, or none, if the request is repeated.
func mayPass(ctx context.Context, err error) bool {
	var unknown *storageError
	return !isConflict(err) && gcerrors.Code(err) != gcerrors.NotFound && errors.As(explain(ctx, "", "", err), &unknown) && !has(err, "connection refused", "no such host")
}

// has looks for one of several words. The drivers' types would bring their SDKs.
func has(err error, words ...string) bool {
	text := err.Error()
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// storageError is an error of the storage in one line without secrets.
type storageError struct {
	text string
	err  error
}

func (e *storageError) Error() string { return e.text }

func (e *storageError) Unwrap() error { return e.err }

var (
	query      = regexp.MustCompile(`\?[^\s"']+`)
	whitespace = regexp.MustCompile(`\s+`)
)

// reason is what happened, by the innermost error that says it, on one line and without the queries of addresses.
func reason(err error) string {
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	var network *net.OpError
	var address *url.Error
	text := err.Error()
	switch {
	case errors.As(err, &api):
		text = fmt.Sprintf("the storage answers %s (%s)", api.ErrorCode(), api.ErrorMessage())
	case errors.As(err, &network):
		text = "the storage can't be reached: " + network.Error()
	case errors.As(err, &address):
		text = "the storage can't be reached: " + address.Err.Error()
	}
	text = whitespace.ReplaceAllString(query.ReplaceAllString(text, ""), " ")
	const longest = 300
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
