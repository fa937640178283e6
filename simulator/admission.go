package simulator

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/routers"

	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// maxBody limits how much of a request is read. This API's request bodies are only a few hundred bytes long.
const maxBody = 1 << 20

// route finds the operation. environment is the one in the path, or "" if the path has none.
func (s *Simulator) route(r *http.Request) (environment regions.Environment, route *routers.Route, parameters map[string]string, refused *refusal) {
	path := r.URL.EscapedPath()
	for _, candidate := range []regions.Environment{"", regions.Live, regions.Sandbox} {
		base := "/v2"
		if candidate != "" {
			base = "/" + string(candidate) + "/v2"
		}
		rest, ok := strings.CutPrefix(path, base)
		if !ok || !strings.HasPrefix(rest, "/") {
			continue
		}
		if rest != "/" {
			rest = strings.TrimSuffix(rest, "/") // some official SDKs send one
		}
		found := &http.Request{Method: r.Method, Header: r.Header, URL: &url.URL{Path: rest, RawPath: rest}}
		if decoded, err := url.PathUnescape(rest); err == nil {
			found.URL.Path = decoded
		}
		route, parameters, err := s.contract.router.FindRoute(found)
		switch {
		case errors.Is(err, routers.ErrMethodNotAllowed):
			refused = refuse(http.StatusMethodNotAllowed, "UnsupportedOperation", "%s is not supported here.", clip(r.Method))
			refused.header = http.Header{"Allow": s.allowed(found)}
			return candidate, nil, nil, refused
		case err != nil:
			return candidate, nil, nil, notFound("resource")
		}
		for name, value := range parameters {
			if decoded, err := url.PathUnescape(value); err == nil {
				parameters[name] = decoded
			}
		}
		return candidate, route, parameters, nil
	}
	return "", nil, nil, refuse(http.StatusNotFound, "ResourceNotFound", "There is no such path: operations are under /v2, /live/v2 and /sandbox/v2.")
}

// allowed lists the methods of a path.
func (s *Simulator) allowed(r *http.Request) []string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		r := *r
		r.Method = method
		if _, _, err := s.contract.router.FindRoute(&r); err == nil {
			methods = append(methods, method)
		}
	}
	return []string{strings.Join(methods, ", ")}
}

// admit reads the body and checks the signature, the date and the environment.
func (s *Simulator) admit(x *exchange, pathEnvironment regions.Environment) (*account, *refusal) {
	var err error
	x.body, err = io.ReadAll(io.LimitReader(x.request.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "The request's body can't be read.")
	case len(x.body) > maxBody:
		// A client that is still writing sees a reset connection instead of the response.
		_, _ = io.Copy(io.Discard, io.LimitReader(x.request.Body, 64*maxBody))
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "The request's body is longer than %d bytes.", maxBody)
	}
	for _, name := range slices.Sorted(maps.Keys(x.request.Header)) {
		values := x.request.Header[name]
		if strings.HasPrefix(name, "X-Amz-Pay-") && (len(values) == 0 || strings.TrimSpace(values[0]) == "") {
			return nil, refuse(http.StatusBadRequest, "MissingHeaderValue", "The header [%s] has no value.", strings.ToLower(name))
		}
	}
	verified, err := s.verify(x.request, x.body)
	if err != nil {
		return nil, signatureRefusal(x.request, err)
	}
	x.keyID = verified.PublicKeyID
	if verified.Date.After(x.wall) {
		return nil, refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-date] is invalid: x-amz-pay-date should not be in future")
	}
	if name := strings.ToLower(x.request.Header.Get("X-Amz-Pay-Region")); name != "" {
		region := regions.Region(name)
		if region.Host() == "" {
			return nil, refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-region] is invalid: it must be na, eu or jp.")
		}
		if region != s.region {
			return nil, refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-region] is invalid: it is %s, and this is the API of %s.", region, s.region)
		}
	}
	environment, named := regions.EnvironmentOf(verified.PublicKeyID)
	switch {
	case !named && pathEnvironment == "":
		return nil, refuse(http.StatusNotFound, "ResourceNotFound", "The public key id doesn't begin with LIVE or SANDBOX, so the path must begin with /live/v2 or /sandbox/v2.")
	case !named:
		environment = pathEnvironment
	case pathEnvironment != "" && pathEnvironment != environment:
		return nil, refuse(http.StatusForbidden, "InvalidAuthentication", "The key is for %s, but the path is for %s.", environment, pathEnvironment)
	}
	return s.tenants.account(verified.PublicKeyID, x.request.Header.Get("X-Amz-Pay-Authtoken"), environment)
}

func signatureRefusal(r *http.Request, err error) *refusal {
	var verification *signing.VerificationError
	if !errors.As(err, &verification) {
		return refuse(http.StatusForbidden, "InvalidAuthentication", "The signature can't be verified.")
	}
	switch verification.Reason {
	case signing.ReasonMissingAuthorization:
		return refuse(http.StatusBadRequest, "MissingHeader", "The header [authorization] is required exactly once.")
	case signing.ReasonMalformedAuthorization:
		return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [authorization] is invalid: %s", verification.Detail)
	case signing.ReasonUnknownKey:
		return refuse(http.StatusForbidden, "InvalidAuthentication", "The public key id in [authorization] is not known.")
	case signing.ReasonMissingHeader, signing.ReasonDateNotSigned:
		return refuse(http.StatusBadRequest, "MissingHeader", "A header is missing: %s", verification.Detail)
	case signing.ReasonInvalidDate:
		return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-date] is invalid: %s", verification.Detail)
	default:
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		return refuse(http.StatusForbidden, "InvalidRequestSignature", "Unable to verify signature, signing String [%s], signature [%s]",
			verification.StringToSign, clip(signature))
	}
}

func clip(s string) string { return s[:min(len(s), 1024)] }
