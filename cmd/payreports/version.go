package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
)

// build says what the program was built from, as far as the build knows it.
type build struct {
	// Version is the tag of the commit, or Go's pseudo-version if the commit has none.
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"`
	// Modified says that the source had changes that are in no commit.
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	// A build that doesn't know its commit isn't a release, whatever the source says.
	b := build{Version: payreports.Version + "-devel", Go: info.GoVersion}
	if version, ok := strings.CutPrefix(info.Main.Version, "v"); ok {
		b.Version = version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			if at, err := time.Parse(time.RFC3339, setting.Value); err == nil {
				b.Date = at.UTC().Format(time.RFC3339)
			}
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	text := "payreports " + b.Version
	if b.Commit != "" {
		commit := b.Commit[:min(12, len(b.Commit))]
		if b.Modified {
			commit += ", modified"
		}
		text += fmt.Sprintf(" (commit %s, %s)", commit, b.Date)
	}
	return text
}

func versionCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the commit that it was built from",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.output == "json" {
				return printJSON(cmd.OutOrStdout(), thisBuild())
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), thisBuild())
			return err
		},
	}
}
