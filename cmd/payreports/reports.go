package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
)

var reportColumns = []column[payreports.Report]{
	{"reportId", func(r payreports.Report) string { return string(r.ReportID) }, values(1)},
	{"reportType", func(r payreports.Report) string { return payreports.ReportTypeName(r.ReportType) }, values(3)},
	{"processingStatus", func(r payreports.Report) string { return string(r.ProcessingStatus) }, values(2)},
	{"startTime", func(r payreports.Report) string { return rfc3339(r.StartTime.Time()) }, values(5)},
	{"endTime", func(r payreports.Report) string { return rfc3339(r.EndTime.Time()) }, values(4)},
	{"createdTime", func(r payreports.Report) string { return rfc3339(r.CreatedTime.Time()) }, values(6)},
	{"reportDocumentId", func(r payreports.Report) string { return string(r.ReportDocumentID) }, values(7)},
}

func reportsCommand(s *settings) *cobra.Command {
	cmd := group("reports", "List, create and download reports")
	cmd.AddCommand(reportsList(s), reportsGet(s), reportsCreate(s), reportsWait(s), reportsDownload(s))
	return cmd
}

func reportsList(s *settings) *cobra.Command {
	var types, statuses []string
	var since, until string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the reports that match",
		Example: `  payreports reports list --type settlement --since 7d
  payreports reports list --status COMPLETED --output json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			var options payreports.GetReportsOptions
			var err error
			if options.Types, err = parseTypes(types); err != nil {
				return err
			}
			if options.Statuses, err = parseStatuses(statuses); err != nil {
				return err
			}
			if options.Since, err = parseTime("since", since, false, now); err != nil {
				return err
			}
			if options.Until, err = parseTime("until", until, true, now); err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			return printList(cmd, s.output, reportColumns, client.AllReports(cmd.Context(), options))
		},
	}
	typesFlag(cmd, &types)
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "only reports with this `STATUS`, or several with commas between them: "+strings.Join(statusNames(), ", "))
	completeList(cmd, "status", statusNames()...)
	timeFlag(cmd, &since, "since", "only reports created since `TIME` (default: 90 days ago)")
	timeFlag(cmd, &until, "until", "only reports created until `TIME` (default: now)")
	return cmd
}

func typesFlag(cmd *cobra.Command, types *[]string) {
	cmd.Flags().StringSliceVar(types, "type", nil, "only reports of this `TYPE`, or several with commas between them: "+strings.Join(typeNames(), ", "))
	completeList(cmd, "type", typeNames()...)
}

func reportsGet(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "get ID",
		Short:   "Show a report",
		Example: "  payreports reports get A08439021T39K6DTX4JS8",
		Args:    oneArgument("the report's id"),

		ValidArgsFunction: completeIDs(s, reportIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			report, err := client.GetReportByID(cmd.Context(), payreports.ReportID(args[0]))
			if err != nil {
				return err
			}
			return printOne(cmd, s.output, reportColumns, *report)
		},
	}
}

func reportsCreate(s *settings) *cobra.Command {
	var name, start, end, download string
	var repeat repeatable
	var wait bool
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a report, and wait for it and download it if asked to",
		Example: `  payreports reports create --type refund --start 2026-11-01 --end 2026-11-30
  payreports reports create --type refund --start 7d --end now --wait --download refunds.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			reportType, err := parseType(name)
			if err != nil {
				return err
			}
			request := payreports.CreateReportRequest{Type: reportType}
			if request.Start, err = parseTime("start", start, false, now); err != nil {
				return err
			}
			if request.End, err = parseTime("end", end, true, now); err != nil {
				return err
			}
			progress := newProgress(cmd)
			defer progress.end()
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			var target *target
			if download != "" {
				if target, err = newTarget(cmd, download); err != nil {
					return err
				}
			}
			key, err := repeat.option(cmd, instant{"start", start, request.Start}, instant{"end", end, request.End})
			if err != nil {
				return err
			}
			created, err := client.CreateReport(cmd.Context(), request, key)
			if err != nil {
				return err
			}
			if !wait && target == nil {
				return printOne(cmd, s.output, []column[*payreports.CreateReportResponse]{
					{"reportId", func(c *payreports.CreateReportResponse) string { return string(c.ReportID) }, values(1)},
				}, created)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "report %s\n", created.ReportID)
			report, err := waitFor(cmd, client, created.ReportID)
			if err != nil {
				return err
			}
			if target == nil {
				return printOne(cmd, s.output, reportColumns, *report)
			}
			content, err := client.OpenReportDocument(cmd.Context(), report.ReportDocumentID)
			return target.save(progress, report.ReportID, content, err)
		},
	}
	cmd.Flags().StringVar(&name, "type", "", "the report's `TYPE`: "+strings.Join(typeNames(), ", "))
	complete(cmd, "type", typeNames()...)
	timeFlag(cmd, &start, "start", "include transactions since `TIME`")
	timeFlag(cmd, &end, "end", "include transactions until `TIME`")
	repeat.register(cmd)
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the report is made")
	cmd.Flags().StringVar(&download, "download", "", "wait, and write the report to `FILE` (- is standard output)")
	return cmd
}

// waitFor tells each new state on standard error.
func waitFor(cmd *cobra.Command, client *payreports.Client, id payreports.ReportID) (*payreports.Report, error) {
	var last payreports.ProcessingStatus
	return client.WaitForReport(cmd.Context(), id, payreports.WithProgress(func(r payreports.Report) {
		if r.ProcessingStatus != last {
			last = r.ProcessingStatus
			fmt.Fprintln(cmd.ErrOrStderr(), last)
		}
	}))
}

func reportsWait(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "wait ID",
		Short:   "Wait until a report is made; exit code 3 says that there was no data",
		Example: "  payreports reports wait A08439021T39K6DTX4JS8 --timeout 15m",
		Args:    oneArgument("the report's id"),

		ValidArgsFunction: completeIDs(s, reportIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			report, err := waitFor(cmd, client, payreports.ReportID(args[0]))
			if err != nil {
				return err
			}
			return printOne(cmd, s.output, reportColumns, *report)
		},
	}
}

func reportsDownload(s *settings) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "download ID",
		Short: "Download a report to a file or standard output",
		Example: `  payreports reports download A08439021T39K6DTX4JS8 --to settlement.csv
  payreports reports download A08439021T39K6DTX4JS8 --to - | head`,
		Args: oneArgument("the report's id"),

		ValidArgsFunction: completeIDs(s, reportIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usageError{errors.New("--to is missing: give a file, or - for standard output")}
			}
			progress := newProgress(cmd)
			defer progress.end()
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			target, err := newTarget(cmd, to)
			if err != nil {
				return err
			}
			id := payreports.ReportID(args[0])
			content, err := client.OpenReport(cmd.Context(), id)
			return target.save(progress, id, content, err)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`FILE` to write, or - for standard output")
	return cmd
}

// group is a command that only holds others.
func group(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
}

func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one argument, %s, but got %d", cmd.CommandPath(), what, len(args))}
		}
		return nil
	}
}
