package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// finding is a place where an exchange differs from the spec.
type finding struct {
	// Operation is the operationId, or method and path where there is none.
	Operation string
	// Side is "request" or "response".
	Side string
	// Problem says what differs, and holds nothing of what the exchange carried but names.
	Problem string
}

func (f finding) String() string { return f.Operation + ": " + f.Side + ": " + f.Problem }

// validator is an http.RoundTripper that compares each exchange with openapi.yaml and passes it on unchanged. It is stricter than the spec in what a
// schema can't say: undeclared parameters, parameters given twice, numbers and booleans that only Go reads, members that no schema has, and bodies where
// none is declared are findings. Requests to paths that aren't the API's are passed on without a look. It is safe for concurrent use.
type validator struct {
	next   http.RoundTripper
	router routers.Router
	base   string

	mu         sync.Mutex
	findings   []finding
	operations map[string]int
	sent       map[string]bool // operation and name of each query parameter and body member that was sent
}

// newValidator returns a validator in front of next, for operations whose paths begin with base, such as /v2.
func newValidator(next http.RoundTripper, base string) (*validator, error) {
	doc, err := openapispec.Load()
	if err != nil {
		return nil, err
	}
	for _, schema := range doc.Components.Schemas {
		if schema.Value.Type.Is("object") {
			schema.Value.AdditionalProperties = openapi3.BoolSchema{Has: new(bool)}
		}
	}
	router, err := openapispec.Router(doc, base)
	if err != nil {
		return nil, err
	}
	return &validator{next: next, router: router, base: base, operations: make(map[string]int), sent: make(map[string]bool)}, nil
}

// Findings returns what was found so far.
func (v *validator) Findings() []finding {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.findings)
}

// Operations returns how many exchanges of each operation were seen.
func (v *validator) Operations() map[string]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := make(map[string]int, len(v.operations))
	for operation, n := range v.operations {
		seen[operation] = n
	}
	return seen
}

func (v *validator) report(operation, side, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.findings = append(v.findings, finding{Operation: operation, Side: side, Problem: fmt.Sprintf(format, args...)})
}

// RoundTrip sends the request by the next transport.
func (v *validator) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(req.URL.EscapedPath(), v.base+"/") {
		return v.next.RoundTrip(req)
	}
	route, parameters, err := v.router.FindRoute(req)
	if err != nil {
		v.report(req.Method+" "+req.URL.Path, "request", "no operation of the spec: %v", err)
		return v.next.RoundTrip(req)
	}
	operation := route.Operation.OperationID
	v.mu.Lock()
	v.operations[operation]++
	v.mu.Unlock()
	// A RoundTripper leaves the caller's request as it is, so what goes on is a copy with the body that was read.
	body, err := readAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("conformance: reading the body of the request: %w", err)
	}
	v.remember(operation, req, body)
	input := v.checkRequest(req, body, route, parameters)
	sent := req.Clone(req.Context())
	if req.Body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := v.next.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	answer, err := readAll(resp.Body)
	if err != nil {
		// A cut answer is for the client to deal with.
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(answer), failing{err}))
		return resp, nil //nolint:nilerr // the error is in the body, where the client meets it
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	v.checkResponse(resp, answer, input)
	return resp, nil
}

func (v *validator) remember(operation string, req *http.Request, body []byte) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(body, &members) // what isn't an object is a finding elsewhere
	v.mu.Lock()
	defer v.mu.Unlock()
	for name := range req.URL.Query() {
		v.sent[operation+" "+name] = true
	}
	for name := range members {
		v.sent[operation+" "+name] = true
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	return io.ReadAll(body)
}

func (v *validator) checkRequest(req *http.Request, body []byte, route *routers.Route, parameters map[string]string) *openapi3filter.RequestValidationInput {
	operation := route.Operation
	query, err := openapispec.Query(operation, req.URL.RawQuery)
	if err != nil {
		v.report(operation.OperationID, "request", "the query can't be read")
	}
	given, _ := url.ParseQuery(req.URL.RawQuery) // the same error
	for name, values := range given {
		if len(values) > 1 {
			v.report(operation.OperationID, "request", "query parameter %q is given %d times", name, len(values))
		}
	}
	for name, values := range query {
		parameter := operation.Parameters.GetByInAndName("query", name)
		if parameter == nil {
			v.report(operation.OperationID, "request", "query parameter %q is not declared", name)
		} else if kind := parameter.Schema.Value.Type; !openapispec.Written(kind, values[0]) {
			v.report(operation.OperationID, "request", "query parameter %q is not written as JSON writes %v", name, kind.Slice())
		}
	}
	if len(body) > 0 && operation.RequestBody == nil {
		v.report(operation.OperationID, "request", "there is a body, and none is declared")
		body = nil
	}
	for _, header := range []string{"Authorization", "X-Amz-Pay-Date", "X-Amz-Pay-Host", "X-Amz-Pay-Region"} {
		if req.Header.Get(header) == "" {
			v.report(operation.OperationID, "request", "the header %s is missing", strings.ToLower(header))
		}
	}
	copied := req.Clone(req.Context())
	copied.Body, copied.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	input := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: parameters, QueryParams: query, Route: route, Options: openapispec.FilterOptions(),
	}
	if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
		v.report(operation.OperationID, "request", "%s", problem(err))
	}
	return input
}

func (v *validator) checkResponse(resp *http.Response, body []byte, input *openapi3filter.RequestValidationInput) {
	operation := input.Route.Operation
	id := operation.OperationID
	if resp.Header.Get("X-Amz-Pay-Request-Id") == "" {
		v.report(id, "response", "the header x-amz-pay-request-id is missing")
	}
	if declared := operation.Responses.Status(resp.StatusCode); declared != nil && len(declared.Value.Content) == 0 && len(body) > 0 {
		v.report(id, "response", "there is a body, and none is declared for status %d", resp.StatusCode)
	}
	if len(body) > 0 && !json.Valid(body) {
		v.report(id, "response", "the body of status %d is not JSON", resp.StatusCode)
		return
	}
	if err := openapi3filter.ValidateResponse(input.Request.Context(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: input.Options,
	}).SetBodyBytes(body)); err != nil {
		v.report(id, "response", "status %d: %s", resp.StatusCode, problem(err))
	}
}

// problem names the place and the reason without the values.
func problem(err error) string {
	var place string
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Parameter != nil {
		place = fmt.Sprintf("parameter %q: ", request.Parameter.Name)
		err = request.Err
	}
	if violation, found := openapispec.ViolationOf(err); found {
		if pointer := violation.Pointer(); pointer != "" {
			place += pointer + ": "
		}
		return place + violation.Reason
	}
	var parse *openapi3filter.ParseError // its text quotes the value
	if errors.As(err, &parse) {
		if place == "" {
			place = "body: "
		}
		return place + parseProblem(parse)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return place + text
}

func parseProblem(err *openapi3filter.ParseError) string {
	for {
		var cause *openapi3filter.ParseError
		if errors.As(err.Cause, &cause) {
			err = cause
			continue
		}
		switch {
		case err.Reason != "":
			return err.Reason
		case errors.Is(err.Cause, io.EOF):
			return "it is empty"
		default:
			return "it can't be parsed"
		}
	}
}
