// The models, the client and the server interface in package api are generated from openapi.yaml.

package payreports

import _ "embed"

//go:generate go tool oapi-codegen -config api/oapi-codegen.yaml openapi.yaml

//go:embed openapi.yaml
var spec string

// Spec returns the OpenAPI 3.0 description of the Amazon Pay Reports API as YAML. It is the file openapi.yaml, from which package api is
// generated.
func Spec() string { return spec }
