package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
)

// printExports prints the lines that point the command, and programs that read the same variables, to a simulator.
func printExports(out io.Writer, r ready, region string) {
	fmt.Fprintln(out, "To use it, run in another terminal:")
	for _, variable := range [][2]string{
		{"AMAZON_PAY_ENDPOINT", r.URL},
		{"AMAZON_PAY_PUBLIC_KEY_ID", r.LivePublicKeyID},
		{"AMAZON_PAY_PRIVATE_KEY", r.PrivateKeyFile},
		{"AMAZON_PAY_REGION", region},
		{"AMAZON_PAY_CA_FILE", r.CAFile},
	} {
		name, value := variable[0], variable[1]
		switch {
		case value == "":
		case runtime.GOOS == "windows":
			fmt.Fprintf(out, "  $env:%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
		default:
			fmt.Fprintf(out, "  export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
		}
	}
	fmt.Fprintln(out, "  payreports sync --to reports --since 14d")
}
