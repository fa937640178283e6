package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// contract is openapi.yaml, which is read once and shared by all simulators of a program. It never changes.
type contract struct {
	router   routers.Router
	options  *openapi3filter.Options
	specJSON []byte
}

var loadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapispec.Load()
	if err != nil {
		return nil, err
	}
	router, err := openapispec.Router(doc, "")
	if err != nil {
		return nil, err
	}
	specJSON, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return &contract{router: router, options: openapispec.FilterOptions(), specJSON: specJSON}, nil
})

// readQuery returns the query without the parameters that are treated as absent. It checks names in order, so that the same request always gets
// the same error.
func readQuery(operation *openapi3.Operation, rawQuery string) (url.Values, *refusal) {
	query, err := openapispec.Query(operation, rawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "Can't read the query.")
	}
	names := slices.Sorted(maps.Keys(query))
	for _, name := range names {
		if operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return nil, refuse(http.StatusBadRequest, "UnrecognizedField", "The parameter [%s] is not recognized%s", clip(name), advice(operation, name))
		}
	}
	for _, name := range names {
		values := query[name]
		if len(values) > 1 {
			return nil, invalidValue(name, "it is present %d times.", len(values))
		}
		kind := operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name).Schema.Value.Type
		if !openapispec.Written(kind, values[0]) {
			return nil, invalidValue(name, "it must be written like the JSON type %s.", strings.Join(kind.Slice(), " or "))
		}
	}
	return query, nil
}

var listItem = regexp.MustCompile(`^(.+?)(\.\d+|\[\d*\])$`)

// advice is added to the message about an unknown parameter. Some clients number the items of a list, and samples of the official SDKs have names
// that are almost right.
func advice(operation *openapi3.Operation, name string) string {
	for _, parameter := range operation.Parameters {
		declared := parameter.Value
		if declared.In != openapi3.ParameterInQuery {
			continue
		}
		match := listItem.FindStringSubmatch(name)
		switch {
		case match != nil && match[1] == declared.Name && declared.Schema.Value.Type.Is(openapi3.TypeArray):
			return fmt.Sprintf(": send the list as one comma-separated value of [%s].", declared.Name)
		case strings.EqualFold(name, declared.Name), strings.EqualFold(name+"s", declared.Name), strings.EqualFold(name, declared.Name+"s"):
			return fmt.Sprintf(": did you mean [%s]?", declared.Name)
		}
	}
	return "."
}

func (s *Simulator) validateRequest(r *http.Request, query url.Values, route *routers.Route, parameters map[string]string) *refusal {
	if err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, QueryParams: query, Route: route, Options: s.contract.options,
	}); err != nil {
		return refusalOf(err)
	}
	return nil
}

func (s *Simulator) validateAnswer(r *http.Request, route *routers.Route, parameters map[string]string, answer *recorder) error {
	return openapi3filter.ValidateResponse(r.Context(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: s.contract.options},
		Status:                 answer.status, Header: answer.header, Options: s.contract.options,
	}).SetBodyBytes(answer.body.Bytes()))
}
