package main

import (
	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/internal/openapispec"
)

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
			switch version {
			case "3.0":
			case "3.1":
				form.V31 = true
			default:
				return unknown("version of OpenAPI here", version, []string{"3.0", "3.1"})
			}
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
	complete(cmd, "openapi", "3.0", "3.1")
	cmd.Flags().BoolVar(&form.Dereferenced, "dereferenced", false, "put what a reference names in its place, for tools that don't follow references")
	return cmd
}
