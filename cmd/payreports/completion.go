package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/visible"
)

// completionTime bounds how long a shell waits for ids.
const completionTime = 3 * time.Second

// completeList offers values to the shell for a flag that takes several with commas between them: those that aren't there yet.
func completeList(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		begin := typed[:strings.LastIndexByte(typed, ',')+1]
		var offered []string
		for _, value := range values {
			if !strings.Contains(","+begin, ","+value+",") {
				offered = append(offered, begin+value)
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
	if err != nil {
		panic(err) // the flag was registered just before
	}
}

// completeIDs offers ids to the shell for a command's only argument, if the service gives them soon.
func completeIDs(s *settings, ids func(context.Context, *payreports.Client) []string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), completionTime)
		defer cancel()
		quiet := &cobra.Command{}
		quiet.SetContext(ctx)
		quiet.SetErr(io.Discard)
		client, err := s.client(quiet)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return ids(ctx, client), cobra.ShellCompDirectiveNoFileComp
	}
}

// reportIDs are the ids of the newest reports, with what they are.
func reportIDs(ctx context.Context, client *payreports.Client) []string {
	page, err := client.GetReports(ctx, payreports.GetReportsOptions{PageSize: 100})
	if err != nil {
		return nil
	}
	var ids []string
	for _, r := range page.Reports {
		ids = append(ids, visible.Text(string(r.ReportID))+"\t"+visible.Text(payreports.ReportTypeName(r.ReportType)+" until "+rfc3339(r.EndTime.Time())+", "+string(r.ProcessingStatus)))
	}
	return ids
}

// scheduleIDs are the ids of the schedules, with what they are.
func scheduleIDs(ctx context.Context, client *payreports.Client) []string {
	list, err := client.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{})
	if err != nil {
		return nil
	}
	var ids []string
	for _, schedule := range list.ReportSchedules {
		ids = append(ids, visible.Text(string(schedule.ReportScheduleID))+"\t"+visible.Text(payreports.ReportTypeName(schedule.ReportType)+", "+string(schedule.ScheduleFrequency)))
	}
	return ids
}
