// Command payreports gets the reports of an Amazon Pay merchant, and simulates the API that serves them.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amazonpay-go/payreports"
)

// The exit codes. 0 is done, also when nothing was new.
const (
	exitFailed = 1
	exitUsage  = 2
	exitNoData = 3
	exitDiffer = 4
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what doesn't listen to the first
	stderr := &messages{os.Stderr}
	log.SetOutput(stderr) // net/http logs what a server sends unasked
	os.Exit(run(ctx, os.Args[1:], os.Stdout, stderr))
}

// usageError is a command line that can't be carried out as it stands.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command, help := newCommand()
	command.SetArgs(args)
	command.SetOut(stdout)
	command.SetErr(stderr)
	executed, err := command.ExecuteContextC(ctx)
	if err == nil {
		err = help.err
	}
	if err == nil {
		return 0
	}
	if errors.Is(err, errNothingNew) {
		return exitNoData
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted: %w", err)
	}
	for _, line := range errorLines(err) {
		if errors.Is(err, payreports.ErrInvalidArgument) {
			line = inFlagsOf(executed, line)
		}
		fmt.Fprintln(stderr, "payreports:", strings.TrimSpace(line))
	}
	code := exitCodeOf(err)
	if code == exitUsage {
		fmt.Fprintln(stderr, "See payreports --help, and --help of each command.")
	}
	return code
}

// exitCodeOf is the exit code of a command that ends with an error, or without.
func exitCodeOf(err error) int {
	var usage usageError
	var found problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage) || errors.Is(err, payreports.ErrInvalidArgument):
		return exitUsage
	case errors.Is(err, payreports.ErrNoData) || errors.Is(err, errNothingNew):
		return exitNoData
	case errors.Is(err, errDifferences) || errors.As(err, &found):
		return exitDiffer
	default:
		return exitFailed
	}
}

func newCommand() (*cobra.Command, *helpWriter) {
	s := new(settings)
	cancel := func() {}
	root := &cobra.Command{
		Use:           "payreports",
		Short:         "Get the reports of an Amazon Pay merchant, and simulate the API that serves them",
		Version:       thisBuild().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			var empty error
			cmd.Flags().Visit(func(f *pflag.Flag) {
				if text := f.Value.String(); text == "" || text == "[]" { // perhaps a variable of a script that isn't set
					empty = usageError{fmt.Errorf("--%s is empty: give it a value, or leave it out", f.Name)}
				}
			})
			if empty != nil {
				return empty
			}
			if err := cmp.Or(s.check(), checkSpreadsheet(cmd, s.output)); err != nil {
				return err
			}
			if cmd.Name() != "simulate" { // which runs until it is stopped
				var ctx context.Context
				ctx, cancel = context.WithTimeoutCause(cmd.Context(), s.timeout, fmt.Errorf("--timeout of %v is over: %w", s.timeout, context.DeadlineExceeded))
				cmd.SetContext(ctx)
			}
			return nil
		},
		PersistentPostRun: func(*cobra.Command, []string) { cancel() },
	}
	root.SetFlagErrorFunc(unknownFlag)
	root.SetVersionTemplate("{{.Version}}\n")
	s.register(root)
	root.AddCommand(demoCommand(), reportsCommand(s), schedulesCommand(s), disbursementsCommand(s), syncCommand(s), verifyCommand(s),
		fileCommand(s), reconcileCommand(s), journalCommand(), statementCommand(s), datasetCommand(s), accountsCommand(s), doctorCommand(s),
		simulateCommand(s), specCommand(s), versionCommand(s), manCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.InitDefaultVersionFlag()
	strict(root)
	nameValues(root)
	return root, setHelp(root)
}

// strict makes the commands that cobra adds refuse what the others do.
func strict(root *cobra.Command) {
	for _, added := range root.Commands() {
		switch added.Name() {
		case "help":
			added.Args = func(_ *cobra.Command, args []string) error {
				parent := root
				for _, name := range args {
					found, left, err := parent.Find([]string{name})
					if err != nil || len(left) > 0 {
						return noCommand(parent, name)
					}
					parent = found
				}
				return nil
			}
		case "completion":
			added.Args, added.RunE = noArguments, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range added.Commands() {
				shell.Args = noArguments
			}
		}
	}
}

// noArguments refuses arguments, and names the command that was meant.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return noCommand(cmd, args[0])
	}
	return usageError{fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), args[0])}
}
