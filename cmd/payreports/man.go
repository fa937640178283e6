package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand writes the manual pages. It is hidden because packages bring them. The pages are not written with cobra's own generator, because
// that reads help as Markdown: it drops what is between < and >, and joins lines that are aligned.
func manCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:    "man --to DIR",
		Short:  "Write the manual pages, one for each command",
		Hidden: true,
		Args:   noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return usageError{fmt.Errorf("--to is missing: name the directory of the manual pages")}
			}
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			return writeManPages(cmd.Root(), to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`DIR` of the pages")
	return cmd
}

func writeManPages(cmd *cobra.Command, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, manName(cmd)+".1"), manPage(cmd, thisBuild()), 0o644); err != nil {
		return err
	}
	for _, child := range documented(cmd) {
		if err := writeManPages(child, dir); err != nil {
			return err
		}
	}
	return nil
}

// documented are the commands that the help of cmd lists, without the command help.
func documented(cmd *cobra.Command) []*cobra.Command {
	var children []*cobra.Command
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() && child.Name() != "help" {
			children = append(children, child)
		}
	}
	return children
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

const exitStatus = `  0  success, even if nothing was new
  1  the command failed, or some files or reports couldn't be processed
  2  wrong usage, and nothing was sent
  3  no data: the report was cancelled, or sync --exit-code found nothing new
  4  reconcile, verify, journal, statement or file summary found differences, or doctor found a problem`

// manPage is the help of a command as a page for man.
func manPage(cmd *cobra.Command, from build) []byte {
	cmd.InitDefaultHelpFlag()
	defer hideFlags(cmd)()
	var page bytes.Buffer
	date, _, _ := strings.Cut(from.Date, "T")
	fmt.Fprintf(&page, ".TH %s 1 \"%s\" \"payreports %s\" \"Amazon Pay reports\"\n.hy 0\n.ad l\n", roff(strings.ToUpper(manName(cmd))), date, roff(from.Version))
	children := documented(cmd)
	usage := cmd.UseLine()
	if children != nil {
		usage = cmd.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(&page, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.B %s\n", roff(manName(cmd)), roff(cmd.Short), roff(usage))
	page.WriteString(".SH DESCRIPTION\n")
	manText(&page, cmp.Or(cmd.Long, cmd.Short+"."))
	if children != nil {
		page.WriteString(".SH COMMANDS\n")
		for _, child := range children {
			fmt.Fprintf(&page, ".TP\n.BR %s (1)\n%s\n", roff(manName(child)), roff(child.Short))
		}
	}
	manFlags(&page, "OPTIONS", cmd.NonInheritedFlags())
	manFlags(&page, "GLOBAL OPTIONS", cmd.InheritedFlags())
	page.WriteString(".SH EXIT STATUS\n")
	manText(&page, exitStatus)
	if cmd.Example != "" {
		page.WriteString(".SH EXAMPLES\n")
		manText(&page, cmd.Example)
	}
	if cmd.HasParent() {
		fmt.Fprintf(&page, ".SH SEE ALSO\n.BR %s (1)\n", roff(manName(cmd.Parent())))
	}
	return page.Bytes()
}

// manText writes paragraphs that fill the line, and keeps lines that are indented as they are.
func manText(page *bytes.Buffer, text string) {
	kept := false
	keep := func(line bool) {
		if line && !kept {
			page.WriteString(".RS 2\n.nf\n")
		} else if !line && kept {
			page.WriteString(".fi\n.RE\n")
		}
		kept = line
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			keep(false)
			page.WriteString(".PP\n")
			continue
		}
		unindented := strings.TrimPrefix(strings.TrimPrefix(line, "\t"), "  ")
		keep(unindented != line)
		page.WriteString(roff(unindented) + "\n")
	}
	keep(false)
}

func manFlags(page *bytes.Buffer, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	page.WriteString(".SH " + heading + "\n")
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Deprecated != "" {
			return
		}
		name, usage := pflag.UnquoteUsage(flag)
		page.WriteString(".TP\n")
		if flag.Shorthand != "" {
			fmt.Fprintf(page, "\\fB\\-%s\\fR, ", roff(flag.Shorthand))
		}
		fmt.Fprintf(page, "\\fB\\-\\-%s\\fR", roff(flag.Name))
		if name != "" {
			fmt.Fprintf(page, " \\fI%s\\fR", roff(name))
		}
		page.WriteString("\n" + roff(usage))
		if value := flag.DefValue; value != "" && value != "false" && value != "0" && value != "0s" {
			if flag.Value.Type() == "string" {
				value = strconv.Quote(value) // as in help
			}
			page.WriteString(" (default " + roff(value) + ")")
		}
		page.WriteString("\n")
	})
}

var roffCharacters = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, `"`, `\(dq`, "^", `\(ha`, "~", `\(ti`)

// roff escapes a line of plain text. Without this, man shows typographic dashes and quotes, which a shell doesn't take when they are copied.
func roff(line string) string {
	line = roffCharacters.Replace(line)
	if strings.HasPrefix(line, ".") {
		line = `\&` + line
	}
	return line
}
