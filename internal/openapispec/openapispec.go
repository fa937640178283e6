// Package openapispec loads openapi.yaml for the parts of this module that hold exchanges against it: the simulator and the conformance
// tests. It is the one place where the spec's own string formats are made known to kin-openapi.
package openapispec

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/amazonpay-go/payreports"
)

var decimalPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// kin-openapi keeps formats in a global table.
var defineFormats = sync.OnceFunc(func() {
	openapi3.DefineStringFormatValidator("iso8601-basic", openapi3.NewCallbackValidator(func(value string) error {
		if _, err := time.Parse("20060102T150405Z", value); err != nil {
			return fmt.Errorf("not a time in the form YYYYMMDDTHHMMSSZ")
		}
		return nil
	}))
	openapi3.DefineStringFormatValidator("decimal", openapi3.NewRegexpFormatValidator(decimalPattern.String()))
})

// Load parses and validates openapi.yaml, strictly: formats, patterns, examples and defaults are checked. Each call returns a document of its
// own.
func Load() (*openapi3.T, error) {
	defineFormats()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(payreports.Spec))
	if err != nil {
		return nil, fmt.Errorf("openapispec: openapi.yaml can't be parsed: %w", err)
	}
	err = doc.Validate(context.Background(),
		openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(),
		openapi3.EnableSchemaFormatValidation(), openapi3.EnableSchemaPatternValidation(), openapi3.EnableMultiError(),
		openapi3.ProhibitExtensionsWithRef())
	if err != nil {
		return nil, fmt.Errorf("openapispec: openapi.yaml is not valid: %w", err)
	}
	return doc, nil
}

// Router finds the operation of a request whose path begins with base, such as "" or "/v2", on any host.
func Router(doc *openapi3.T, base string) (routers.Router, error) {
	local := *doc
	local.Servers = nil
	if base != "" {
		local.Servers = openapi3.Servers{{URL: base}}
	}
	return gorillamux.NewRouter(&local)
}

// FilterOptions are the options that exchanges are validated with. Defaults are not written into requests, because that would break their
// signatures and the rule that nextToken stands alone; an undeclared status is a finding; security is not checked here.
func FilterOptions() *openapi3filter.Options {
	return &openapi3filter.Options{
		AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
		SkipSettingDefaults:               true,
		IncludeResponseStatus:             true,
		RejectWhenRequestBodyNotSpecified: true,
	}
}
