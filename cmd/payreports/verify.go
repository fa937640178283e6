package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/mirror"
)

var verifyColumns = []column[mirror.Finding]{
	{"path", func(f mirror.Finding) string { return f.Path }, values(1)},
	{"problem", func(f mirror.Finding) string { return string(f.Problem) }, values(2)},
	{"reportId", func(f mirror.Finding) string { return string(f.ReportID) }, values(4)},
	{"detail", func(f mirror.Finding) string { return f.Detail }, prose(3)},
}

func verifyCommand(s *settings) *cobra.Command {
	var reports, since string
	var types []string
	var offline bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check a copy of all reports that sync made (exit code 4 if something is wrong)",
		Long: `Check a copy of all reports that sync made. Every file is compared with the size and the hash that were recorded when it
was downloaded, and the copy is compared with the service's list. Nothing is changed.

Each problem is listed:

  missing         there is metadata, but no file
  changed         the file's size or hash is not the recorded one
  no-metadata     there is a file, but no metadata that says what it should be
  unreadable      a file or a directory can't be read
  not-a-report    the file is what was downloaded, but that was something else, such as a login page
  other-document  the service now names another document for the report
  not-downloaded  the service has the report, but the copy hasn't
  listed          the service contradicts itself about the report, or names no document for it
  service-failed  the service could not make a settlement report

sync mends most of them as long as the service has the report, that is for 90 days.` + bucketRule,
		Example: `  payreports verify --reports reports
  payreports verify --reports reports --offline --output json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reports == "" {
				return usageError{errors.New("--reports is missing: give the directory of the copy, or the URL of its bucket")}
			}
			if offline && (len(types) > 0 || since != "") {
				return usageError{errors.New("--type and --since choose what the service is asked for: leave them out with --offline")}
			}
			var options mirror.VerifyOptions
			var err error
			if options.Types, err = parseTypes(types); err != nil {
				return err
			}
			if options.Since, err = parseTime("since", since, false, time.Now()); err != nil {
				return err
			}
			copied, closeStore, err := openMirror(cmd.Context(), reports)
			if err != nil {
				return err
			}
			defer closeStore()
			if !offline {
				if options.Client, err = s.client(cmd); err != nil {
					return err
				}
			}
			found, err := copied.Verify(cmd.Context(), options)
			if err != nil {
				return err
			}
			if offline && found.Files == 0 && len(found.Findings) == 0 { // as where a disk isn't mounted
				return fmt.Errorf("%s holds no reports, so nothing was checked: give what sync --to was given", withoutQuery(reports))
			}
			if len(found.Findings) > 0 || s.output != "table" {
				if err := printList(cmd, s.output, verifyColumns, each(found.Findings)); err != nil {
					return err
				}
			}
			line := plural(found.Files, "file") + " checked"
			if !offline {
				line += ", " + plural(found.Listed, "report") + " of the service compared"
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s found\n", line, plural(len(found.Findings), "problem"))
			if len(found.Findings) > 0 {
				return fmt.Errorf("%w: it isn't a whole and unchanged copy", errDifferences)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&reports, "reports", "", "`DIR|URL` of the copy: a directory, or a bucket")
	cmd.Flags().BoolVar(&offline, "offline", false, "check only the files, without asking the service")
	typesFlag(cmd, &types)
	timeFlag(cmd, &since, "since", "compare only with reports created since `TIME` (default: 90 days ago)")
	return cmd
}
