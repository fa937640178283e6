// The client, models and server interface in package api are generated from openapi.yaml.

package payreports

import _ "embed"

//go:generate go tool oapi-codegen -config api/oapi-codegen.yaml openapi.yaml

//go:embed openapi.yaml
var spec string

// Spec returns the OpenAPI 3.0 description of the Amazon Pay Reports API that this module is generated from, as YAML: the file openapi.yaml
// at the root of the module.
func Spec() string { return spec }
