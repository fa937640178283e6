package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reportfile"
)

var scheduleColumns = []column[payreports.ReportSchedule]{
	{"reportScheduleId", func(s payreports.ReportSchedule) string { return string(s.ReportScheduleID) }, values(1)},
	{"reportType", func(s payreports.ReportSchedule) string { return payreports.ReportTypeName(s.ReportType) }, values(2)},
	{"scheduleFrequency", func(s payreports.ReportSchedule) string { return string(s.ScheduleFrequency) }, values(3)},
	{"nextReportCreationTime", func(s payreports.ReportSchedule) string { return rfc3339(s.NextReportCreationTime.Time()) }, values(4)},
}

func schedulesCommand(s *settings) *cobra.Command {
	cmd := group("schedules", "List, create and cancel report schedules")
	cmd.AddCommand(schedulesList(s), schedulesGet(s), schedulesCreate(s), schedulesEnsure(s), schedulesCancel(s))
	return cmd
}

func schedulesList(s *settings) *cobra.Command {
	var types []string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the report schedules",
		Example: "  payreports schedules list --type refund,authorization",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := parseTypes(types)
			if err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			list, err := client.GetReportSchedules(cmd.Context(), payreports.GetReportSchedulesOptions{Types: parsed})
			if err != nil {
				return err
			}
			return printList(cmd, s.output, scheduleColumns, each(list.ReportSchedules))
		},
	}
	typesFlag(cmd, &types)
	return cmd
}

func schedulesGet(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "get ID",
		Short:   "Show a report schedule",
		Example: "  payreports schedules get 68973459224",
		Args:    oneArgument("the schedule's id"),

		ValidArgsFunction: completeIDs(s, scheduleIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			schedule, err := client.GetReportScheduleByID(cmd.Context(), payreports.ReportScheduleID(args[0]))
			if err != nil {
				return err
			}
			return printOne(cmd, s.output, scheduleColumns, *schedule)
		},
	}
}

// scheduleFlags are those of create and ensure.
type scheduleFlags struct {
	name, frequency, next string
	replace               bool
}

func (f *scheduleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "type", "", "the report's `TYPE`: "+strings.Join(typeNames(), ", "))
	complete(cmd, "type", typeNames()...)
	cmd.Flags().StringVar(&f.frequency, "frequency", "", "how often a report is created, an `INTERVAL` such as P1D for daily: "+strings.Join(frequencyNames(), ", "))
	complete(cmd, "frequency", frequencyNames()...)
	timeFlag(cmd, &f.next, "next", "create the first report at `TIME`")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "replace the schedule that the type has")
}

func (f *scheduleFlags) request() (payreports.CreateReportScheduleRequest, error) {
	request := payreports.CreateReportScheduleRequest{ReplaceExisting: f.replace}
	var err error
	if request.Type, err = parseType(f.name); err != nil {
		return request, err
	}
	if request.Frequency, err = parseFrequency(f.frequency); err != nil {
		return request, err
	}
	request.NextCreation, err = parseTime("next", f.next, false, time.Now())
	return request, err
}

func schedulesCreate(s *settings) *cobra.Command {
	var flags scheduleFlags
	var repeat repeatable
	cmd := &cobra.Command{
		Use:     "create",
		Short:   "Create a report schedule; exit code 1 if the type has one",
		Example: "  payreports schedules create --type refund --frequency P1D --next 2026-12-01T04:00:00Z",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := flags.request()
			if err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			key, err := repeat.option(cmd, instant{"next", flags.next, request.NextCreation})
			if err != nil {
				return err
			}
			created, err := client.CreateReportSchedule(cmd.Context(), request, key)
			if err != nil {
				return printExisting(cmd, s, err)
			}
			return printOne(cmd, s.output, []column[*payreports.CreateReportScheduleResponse]{
				{"reportScheduleId", func(c *payreports.CreateReportScheduleResponse) string { return string(c.ReportScheduleID) }, values(1)},
			}, created)
		},
	}
	flags.register(cmd)
	repeat.register(cmd)
	return cmd
}

func schedulesEnsure(s *settings) *cobra.Command {
	var flags scheduleFlags
	cmd := &cobra.Command{
		Use:     "ensure",
		Short:   "Make sure that a report type has a schedule of this frequency",
		Example: "  payreports schedules ensure --type refund --frequency P1D --next 2026-12-01T04:00:00Z --replace",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := flags.request()
			if err != nil {
				return err
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			result, err := client.EnsureReportSchedule(cmd.Context(), request)
			if err != nil {
				return printExisting(cmd, s, err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "the schedule of %s reports: %s\n", payreports.ReportTypeName(request.Type), result.Action)
			return printOne(cmd, s.output, ensuredColumns, ensured{string(result.Action), result.Schedule})
		},
	}
	flags.register(cmd)
	return cmd
}

// ensured is a schedule, and whether it was created, replaced or left as it was.
type ensured struct {
	Action string `json:"action"`
	payreports.ReportSchedule
}

var ensuredColumns = func() []column[ensured] {
	columns := make([]column[ensured], 0, len(scheduleColumns)+1)
	for _, c := range scheduleColumns {
		columns = append(columns, column[ensured]{c.name, func(e ensured) string { return c.cell(e.ReportSchedule) }, c.fit})
	}
	return append(columns, column[ensured]{"action", func(e ensured) string { return e.Action }, values(5)})
}()

// printExisting shows the schedule that is in the way, if that is what err is about.
func printExisting(cmd *cobra.Command, s *settings, err error) error {
	var exists *payreports.ReportScheduleExistsError
	if !errors.As(err, &exists) {
		return err
	}
	if err := printList(cmd, s.output, scheduleColumns, each(exists.Schedules)); err != nil {
		return err
	}
	return errors.New("the type has a schedule already, and nothing was created: use --replace to replace it")
}

func schedulesCancel(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "cancel ID",
		Short:   "Cancel a report schedule",
		Example: "  payreports schedules cancel 68973459224",
		Args:    oneArgument("the schedule's id"),

		ValidArgsFunction: completeIDs(s, scheduleIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			if err := client.CancelReportSchedule(cmd.Context(), payreports.ReportScheduleID(args[0])); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "schedule %s is cancelled\n", args[0])
			return nil
		},
	}
}

var disbursementColumns = []column[payreports.Disbursement]{
	{"settlementId", func(d payreports.Disbursement) string { return d.SettlementID }, values(2)},
	{"amount", func(d payreports.Disbursement) string {
		return reportfile.WithMinorDigits(d.Amount, d.CurrencyCode).String()
	}, amounts(1)},
	{"currencyCode", func(d payreports.Disbursement) string { return d.CurrencyCode }, values(3)},
	{"transactionTime", func(d payreports.Disbursement) string { return d.TransactionTime.String() }, values(4)},
	{"amazonDisbursementReferenceId", func(d payreports.Disbursement) string { return d.AmazonDisbursementReferenceID }, values(5)},
	{"sellerId", func(d payreports.Disbursement) string { return d.SellerID }, values(6)},
}

func disbursementsCommand(s *settings) *cobra.Command {
	cmd := group("disbursements", "List what was paid out")
	var since, until string
	list := &cobra.Command{
		Use:     "list",
		Short:   "List the disbursements of a range of settlement dates, the last 30 days unless told otherwise",
		Example: "  payreports disbursements list --since 90d --until yesterday",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			var options payreports.GetDisbursementsOptions
			var err error
			if err = checkFormer(cmd, "since", "start"); err != nil {
				return err
			}
			if err = checkFormer(cmd, "until", "end"); err != nil {
				return err
			}
			if options.Since, err = parseTime("since", since, false, now); err != nil {
				return err
			}
			if options.Until, err = parseTime("until", until, true, now); err != nil {
				return err
			}
			if options.Until.IsZero() {
				options.Until = now
			}
			if options.Since.IsZero() {
				options.Since = options.Until.AddDate(0, 0, -30)
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			return printList(cmd, s.output, disbursementColumns, client.AllDisbursements(cmd.Context(), options))
		},
	}
	timeFlag(list, &since, "since", "only settlements since `TIME` (default: 30 days before the end)")
	timeFlag(list, &until, "until", "only settlements until `TIME` (default: now)")
	renamed(list, "start", "since", &since)
	renamed(list, "end", "until", &until)
	cmd.AddCommand(list)
	return cmd
}

// renamed accepts the former name of a flag without showing it in help.
func renamed(cmd *cobra.Command, former, name string, value *string) {
	cmd.Flags().StringVar(value, former, "", "deprecated: use --"+name)
	_ = cmd.Flags().MarkHidden(former) // it exists
}

// checkFormer refuses a flag that is given under both of its names, and warns about the former one. It isn't pflag's MarkDeprecated, which
// would write the warning to standard output, into the data.
func checkFormer(cmd *cobra.Command, name, former string) error {
	if !cmd.Flags().Changed(former) {
		return nil
	}
	if cmd.Flags().Changed(name) {
		return usageError{fmt.Errorf("--%s is the former name of --%s: use --%s only", former, name, name)}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "--%s is deprecated: use --%s\n", former, name)
	return nil
}
