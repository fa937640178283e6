// Package openapispec loads openapi.yaml for the parts of this module that compare exchanges with it: the simulator and
// the conformance tests. It is the one place where the spec's own string formats are registered with kin-openapi.
package openapispec

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/amazonpay-go/payreports"
)

const (
	basicTime    = "iso8601-basic"
	notBasicTime = "not a time in the form YYYYMMDDTHHMMSSZ"
)

var decimalPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// kin-openapi keeps formats in a global table.
var defineFormats = sync.OnceFunc(func() {
	openapi3.DefineStringFormatValidator(basicTime, openapi3.NewCallbackValidator(func(value string) error {
		if _, err := time.Parse("20060102T150405Z", value); err != nil {
			return errors.New(notBasicTime)
		}
		return nil
	}))
	openapi3.DefineStringFormatValidator("decimal", openapi3.NewRegexpFormatValidator(decimalPattern.String()))
})

// Load parses and validates openapi.yaml, strictly: formats, patterns, examples and defaults are checked. Each call
// returns a document of its own.
func Load() (*openapi3.T, error) { return load(payreports.Spec()) }

func load(spec string) (*openapi3.T, error) {
	defineFormats()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(spec))
	if err != nil {
		return nil, fmt.Errorf("openapispec: openapi.yaml can't be parsed: %w", err)
	}
	err = doc.Validate(context.Background(),
		openapi3.EnableSchemaFormatValidation(), openapi3.EnableMultiError(), openapi3.ProhibitExtensionsWithRef())
	if err != nil {
		return nil, fmt.Errorf("openapispec: openapi.yaml is not valid: %w", err)
	}
	return doc, nil
}

// Router finds the operation of a request whose path begins with base, such as "" or "/v2", on any host.
func Router(doc *openapi3.T, base string) (routers.Router, error) {
	local := *doc
	local.Servers = openapi3.Servers{{URL: base}}
	return gorillamux.NewRouter(&local)
}

// FilterOptions are the options that exchanges are validated with. Requests stay as they are, an undeclared status is a
// finding, and security is not checked here.
func FilterOptions() *openapi3filter.Options {
	return &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		SkipSettingDefaults:   true,
		IncludeResponseStatus: true,
	}
}

// Violation is where and how a value breaks a schema.
type Violation struct {
	// Path leads to the value, a member's name or an element's index each.
	Path []string
	// Keyword is what of the schema is broken, such as "required" or "pattern"; "properties" is a member that a closed object doesn't have.
	Keyword string
	// Reason says it for people, without the value.
	Reason string
}

// pointerEscape writes a step of a JSON Pointer as RFC 6901 asks for.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer returns the path as a JSON Pointer, "" for the value as a whole.
func (v Violation) Pointer() string {
	var pointer strings.Builder
	for _, step := range v.Path {
		pointer.WriteString("/" + pointerEscape.Replace(step))
	}
	return pointer.String()
}

// Name returns the last step of the path, which is a member's name, or "body" for the value as a whole.
func (v Violation) Name() string {
	if len(v.Path) == 0 {
		return "body"
	}
	return v.Path[len(v.Path)-1]
}

var unsupportedProperty = regexp.MustCompile(`^property "(.*)" is unsupported$`)

// ViolationOf finds the violation of a schema in an error of kin-openapi. Where the error is about an allOf, the
// violation is that of its part: the spec uses allOf only to describe a member that is a reference.
func ViolationOf(err error) (Violation, bool) {
	var violation Violation
	for {
		var schema *openapi3.SchemaError
		if !errors.As(err, &schema) {
			return violation, violation.Keyword != ""
		}
		violation.Path = schema.JSONPointer() // of an origin, too, it is the whole path
		violation.Keyword, violation.Reason = schema.SchemaField, schema.Reason
		if schema.Schema != nil && schema.Schema.Format == basicTime && schema.SchemaField == "pattern" {
			violation.Reason = notBasicTime // its pattern knows every calendar, and no reader would
		}
		if match := unsupportedProperty.FindStringSubmatch(schema.Reason); match != nil {
			violation.Path = append(violation.Path, match[1])
		}
		if schema.SchemaField != "allOf" || schema.Origin == nil {
			return violation, true
		}
		err = schema.Origin
	}
}

// Query returns the parameters of a raw query as openapi.yaml defines them: a declared parameter with an empty value is
// absent, and a list that is given by repeating its name is one comma-separated value. Undeclared parameters stay as they
// are, and so does a parameter that is no list and has several values: both are for the caller to refuse.
func Query(operation *openapi3.Operation, rawQuery string) (url.Values, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, err
	}
	for name, values := range query {
		parameter := operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
		if parameter == nil {
			continue
		}
		values = slices.DeleteFunc(values, func(value string) bool { return value == "" })
		switch {
		case len(values) == 0:
			delete(query, name)
		case parameter.Schema.Value.Type.Is(openapi3.TypeArray):
			query[name] = []string{strings.Join(values, ",")}
		default:
			query[name] = values
		}
	}
	return query, nil
}

var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// Written reports whether a query parameter's value is how JSON writes a value of the type. kin-openapi reads what Go's
// strconv reads, such as TRUE and +007. What it can't read either is left to it.
func Written(kind *openapi3.Types, value string) bool {
	if kind.Is("boolean") {
		_, err := strconv.ParseBool(value)
		return err != nil || value == "true" || value == "false"
	}
	if kind.Is("integer") {
		_, err := strconv.ParseInt(value, 10, 64)
		return err != nil || integer.MatchString(value)
	}
	return true
}
