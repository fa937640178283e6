package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// refusal is an error response of the API.
type refusal struct {
	status     int
	reasonCode string
	message    string
	header     http.Header
}

func (r *refusal) Error() string { return r.reasonCode + ": " + r.message }

func refuse(status int, reasonCode, format string, args ...any) *refusal {
	return &refusal{status: status, reasonCode: reasonCode, message: fmt.Sprintf(format, args...)}
}

func (r *refusal) write(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	writeJSON(w, r.status, api.ErrorResponse{ReasonCode: r.reasonCode, Message: r.message})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("can't encode a response as JSON: %w", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

func invalidValue(parameter, format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "InvalidParameterValue", "The value provided for [%s] is invalid: %s", parameter, fmt.Sprintf(format, args...))
}

func missingValue(parameter string) *refusal {
	return refuse(http.StatusBadRequest, "MissingParameterValue", "A value for [%s] is required.", parameter)
}

func notFound(what string) *refusal {
	return refuse(http.StatusNotFound, "ResourceNotFound", "The requested %s does not exist.", what)
}

// refusalOf turns a validation error into the service's response.
func refusalOf(err error) *refusal {
	var request *openapi3filter.RequestError
	if !errors.As(err, &request) {
		return refuse(http.StatusBadRequest, "InvalidRequest", "The request is not valid.")
	}
	if parameter := request.Parameter; parameter != nil {
		header := parameter.In == openapi3.ParameterInHeader
		switch {
		case errors.Is(err, openapi3filter.ErrInvalidRequired):
			return missingValue(parameter.Name)
		case errors.Is(err, openapi3filter.ErrInvalidEmptyValue) && header:
			return refuse(http.StatusBadRequest, "MissingHeaderValue", "The header [%s] has no value.", parameter.Name)
		case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
			return missingValue(parameter.Name)
		case header && parameter.Name == headerIdempotencyKey:
			return invalidKey(request.Input.Request.Header.Get(parameter.Name), parameter.Schema.Value)
		case header:
			return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [%s] is invalid: %s.", parameter.Name, reasonOf(err))
		default:
			return invalidValue(parameter.Name, "%s.", reasonOf(err))
		}
	}
	violation, found := openapispec.ViolationOf(err)
	switch {
	case !found && errors.Is(err, openapi3filter.ErrInvalidRequired):
		return refuse(http.StatusBadRequest, "InvalidRequest", "The request needs a JSON body.")
	case !found && request.Input.Request.Header.Get("Content-Type") == "":
		return refuse(http.StatusBadRequest, "MissingHeader", "The header [content-type] is missing: it must be application/json.")
	case !found && !isJSON(request.Input.Request.Header.Get("Content-Type")):
		return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [content-type] is invalid: it must be application/json.")
	case !found:
		return refuse(http.StatusBadRequest, "InvalidRequestFormat", "The request's body can't be read as JSON.")
	case violation.Keyword == "required":
		return missingValue(violation.Name())
	case violation.Keyword == "properties":
		return refuse(http.StatusBadRequest, "UnrecognizedField", "The field [%s] is not recognized.", clip(violation.Name()))
	case len(violation.Path) == 0:
		return refuse(http.StatusBadRequest, "InvalidRequestFormat", "The request's body is not a JSON object.")
	default:
		return invalidValue(violation.Name(), "%s.", violation.Reason)
	}
}

const headerIdempotencyKey = "x-amz-pay-idempotency-key"

// invalidKey names the limit. UUIDs with dashes exceed it, and samples of the documentation and of official SDKs send them.
func invalidKey(key string, schema *openapi3.Schema) *refusal {
	found := "it has an invalid character"
	if n := utf8.RuneCountInString(key); schema.MaxLength != nil && uint64(n) > *schema.MaxLength {
		found = fmt.Sprintf("it has %d characters", n)
	}
	return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [%s] is invalid: it must have at most %d letters, digits, - and _, but %s.",
		headerIdempotencyKey, *schema.MaxLength, found)
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func reasonOf(err error) string {
	if violation, found := openapispec.ViolationOf(err); found {
		return violation.Reason
	}
	return "can't read it"
}
