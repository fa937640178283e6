package main

import (
	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// openAPIVersions are those in which the spec is printed.
var openAPIVersions = []string{"3.0", "3.1"}

func specCommand(s *settings) *cobra.Command {
	var version string
	var form openapispec.Form
	cmd := &cobra.Command{
		Use:   "spec",
		Short: "Print the OpenAPI description of the API as YAML, or as JSON with --output json",
		Example: `  payreports spec > openapi.yaml
  payreports spec --openapi 3.1 --dereferenced --output json > openapi.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("openapi", version, openAPIVersions); err != nil {
				return err
			}
			form.V31 = version == "3.1"
			if s.output == "json" {
				values, err := openapispec.Values(form)
				if err != nil {
					return err
				}
				return printJSON(cmd.OutOrStdout(), values)
			}
			text, err := openapispec.YAML(form)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&version, "openapi", "3.0", "`VERSION` of OpenAPI: 3.0 or 3.1")
	complete(cmd, "openapi", openAPIVersions...)
	cmd.Flags().BoolVar(&form.Dereferenced, "dereferenced", false, "put what a reference names in its place, for tools that don't follow references")
	return cmd
}
