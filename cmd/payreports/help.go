package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how wide the descriptions of flags are, with their names.
const helpWidth = 120

// connectionFlags say which merchant is meant and how the service is reached.
var connectionFlags = []string{
	"account", "auth-token-file", "ca-file", "config", "endpoint", "environment", "log-level", "private-key", "public-key-id", "region",
}

// withoutFlags are the global flags that have no effect on a command, by the command's path. They are left out of its help, and accepted
// all the same: a script may give them to every command.
var withoutFlags = map[string][]string{
	"demo": slices.Concat(connectionFlags, []string{"output"}), "file": slices.Concat(connectionFlags, []string{"timeout"}),
	"file show": connectionFlags, "file summary": connectionFlags, "file convert": slices.Concat(connectionFlags, []string{"output"}),
	"journal":       slices.Concat(connectionFlags, []string{"output"}),
	"statement":     {"output"},
	"dataset":       connectionFlags,
	"accounts list": {"account", "auth-token-file", "ca-file", "endpoint", "environment", "log-level", "private-key", "public-key-id", "region", "timeout"},
	"simulate":      {"account", "auth-token-file", "ca-file", "config", "endpoint", "environment", "log-level", "timeout"},
	"spec":          slices.Concat(connectionFlags, []string{"timeout"}), "version": slices.Concat(connectionFlags, []string{"timeout"}),
	"man": slices.Concat(connectionFlags, []string{"output", "timeout"}), "completion": slices.Concat(connectionFlags, []string{"output", "timeout"}), "help": slices.Concat(connectionFlags, []string{"output", "timeout"}),
}

// withoutCSV are the commands for which --output csv is the same as table, besides those without --output.
var withoutCSV = []string{"simulate", "spec", "version"}

// helpWriter remembers that help could not be written, which cobra doesn't report.
type helpWriter struct{ err error }

// setHelp gives all commands below root their help.
func setHelp(root *cobra.Command) *helpWriter {
	w := new(helpWriter)
	root.SetUsageTemplate(strings.NewReplacer(
		"LocalFlags.FlagUsages", fmt.Sprintf("LocalFlags.FlagUsagesWrapped %d", helpWidth),
		"InheritedFlags.FlagUsages", fmt.Sprintf("InheritedFlags.FlagUsagesWrapped %d", helpWidth),
	).Replace(root.UsageTemplate()))
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		defer cmd.SetOut(out)
		shown := hideFlags(cmd)
		help(cmd, args)
		shown()
		_, err := out.Write(text.Bytes())
		w.err = errors.Join(w.err, err)
	})
	return w
}

// hideFlags hides the global flags that have no effect on a command, until they are shown again.
func hideFlags(cmd *cobra.Command) (show func()) {
	var hidden []*pflag.Flag
	for _, name := range flagsWithoutEffect(cmd) {
		if flag := cmd.Root().PersistentFlags().Lookup(name); flag != nil && !flag.Hidden {
			flag.Hidden = true
			hidden = append(hidden, flag)
		}
	}
	return func() {
		for _, flag := range hidden {
			flag.Hidden = false
		}
	}
}

// flagsWithoutEffect are the global flags that have no effect on a command.
func flagsWithoutEffect(cmd *cobra.Command) []string {
	var names []string
	for found := false; cmd.HasParent() && !found; cmd = cmd.Parent() {
		path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		names, found = withoutFlags[path]
		if slices.Contains(withoutCSV, path) || path != "file convert" && slices.Contains(names, "output") {
			names = slices.Concat(names, spreadsheetFlags)
		}
	}
	return names
}

const timeRule = `TIME is a date (2026-11-22), a time (2026-11-22T15:04:05Z, with any offset, or 20261122T150405Z), a span back from now
with w, d, h or m (2w, 90d, 36h, 30m), or one of the words now, today and yesterday. A date, today and yesterday are days in
UTC: they stand for the first second of the day, and for its last second where a range ends.`

// timeFlag registers a flag that takes a time, and explains in the command's help what a time is.
func timeFlag(cmd *cobra.Command, value *string, name, usage string) {
	cmd.Flags().StringVar(value, name, "", usage)
	if !strings.Contains(cmd.Long, timeRule) {
		if cmd.Long == "" {
			cmd.Long = cmd.Short + "."
		}
		cmd.Long += "\n\n" + timeRule
	}
}

// named is a flag's value whose type is what the help calls it.
type named struct {
	pflag.Value
	name string
}

func (n named) Type() string { return n.name }

// String leaves out the brackets of a list, which help would show as a default of an empty one.
func (n named) String() string { return strings.Trim(n.Value.String(), "[]") }

// nameValues takes the names of values out of the backquotes, which the shell's completion would show.
func nameValues(cmd *cobra.Command) {
	for _, flags := range []*pflag.FlagSet{cmd.LocalNonPersistentFlags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(flag *pflag.Flag) {
			if name, usage := pflag.UnquoteUsage(flag); usage != flag.Usage {
				flag.Value, flag.Usage = named{flag.Value, name}, usage
				flag.DefValue = strings.Trim(flag.DefValue, "[]")
			}
		})
	}
	for _, child := range cmd.Commands() {
		nameValues(child)
	}
}

// unknownFlag names the flag that was probably meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) && missing.GetSpecifiedShortnames() != "" {
		return usageError{fmt.Errorf("there is no flag -%s", missing.GetSpecifiedName())}
	}
	if errors.As(err, &missing) && missing.GetSpecifiedName() != "" {
		var names []string
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if !flag.Hidden {
				names = append(names, flag.Name)
			}
		})
		near := nearest(missing.GetSpecifiedName(), names)
		for i := range near {
			near[i] = "--" + near[i]
		}
		if near != nil {
			err = fmt.Errorf("there is no flag --%s: did you mean %s?", missing.GetSpecifiedName(), strings.Join(near, " or "))
		} else {
			err = fmt.Errorf("there is no flag --%s", missing.GetSpecifiedName())
		}
	}
	return usageError{err}
}

// noCommand names the command that was probably meant.
func noCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, child := range parent.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	if near := nearest(name, names); near != nil {
		return usageError{fmt.Errorf("there is no command %q: did you mean %s?", name, strings.Join(near, " or "))}
	}
	return usageError{fmt.Errorf("there is no command %q", name)}
}

// flagsOfParameters are the flags that give the API's parameters, for the commands whose arguments the client may refuse.
var flagsOfParameters = map[string]*strings.Replacer{
	"reports list":       strings.NewReplacer("createdSince", "--since", "createdUntil", "--until", "reportTypes", "--type", "processingStatuses", "--status"),
	"reports create":     strings.NewReplacer("startTime", "--start", "endTime", "--end", "reportType", "--type"),
	"schedules create":   strings.NewReplacer("nextReportCreationTime", "--next", "scheduleFrequency", "--frequency", "reportType", "--type"),
	"schedules ensure":   strings.NewReplacer("nextReportCreationTime", "--next", "scheduleFrequency", "--frequency", "reportType", "--type"),
	"schedules list":     strings.NewReplacer("reportTypes", "--type"),
	"disbursements list": strings.NewReplacer("startTime", "--since", "endTime", "--until"),
	"sync":               strings.NewReplacer("createdSince", "--since", "createdUntil", "--until", "reportTypes", "--type"),
	"verify":             strings.NewReplacer("createdSince", "--since", "createdUntil", "--until", "reportTypes", "--type"),
}

// inFlagsOf tells an argument that the client has refused by its flag, not by the API's parameter.
func inFlagsOf(cmd *cobra.Command, text string) string {
	if replacer := flagsOfParameters[strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")]; replacer != nil {
		return replacer.Replace(text)
	}
	return text
}
