package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

const documentation = "/usr/share/doc/payreports/"

// writePackages writes a Debian and an RPM package with the files of an archive.
func writePackages(to string, b binary, archived []entry) error {
	installed, err := installedFiles(archived)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "payreports-packages-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var contents files.Contents
	for _, e := range installed {
		if e.source == "" { // the packagers read files
			e.source = filepath.Join(work, strings.ReplaceAll(e.name, "/", "_"))
			if err := os.WriteFile(e.source, e.content, 0o600); err != nil {
				return err
			}
		}
		contents = append(contents, &files.Content{Source: e.source, Destination: e.name, FileInfo: &files.ContentFileInfo{Mode: e.mode, MTime: b.time, Owner: "root", Group: "root"}})
	}
	for _, packager := range []nfpm.Packager{deb.Default, rpm.DefaultRPM} {
		info := nfpm.WithDefaults(&nfpm.Info{
			Name: "payreports", Arch: b.arch, Platform: b.os, Version: b.version, Release: "1", MTime: b.time, DisableGlobbing: true,
			Section: "utils", Priority: "optional", License: "Apache-2.0",
			Maintainer: "The payreports authors <https://github.com/amazonpay-go/payreports>", Homepage: "https://github.com/amazonpay-go/payreports",
			Description: "Get the reports of an Amazon Pay merchant\nKeeps a copy of all reports, reconciles settlements with disbursements and orders,\nexports them for bookkeeping, and simulates the API. Not affiliated with Amazon.",
			Overridables: nfpm.Overridables{
				Contents: contents, Recommends: []string{"ca-certificates"},
				RPM: nfpm.RPM{BuildHost: "localhost", Summary: "Get the reports of an Amazon Pay merchant"},
			},
		})
		err := create(filepath.Join(to, assetName(packager.ConventionalFileName(info))), func(w io.Writer) error { return packager.Package(info, w) })
		if err != nil {
			return err
		}
	}
	return nil
}

// assetName is the name of a file as GitHub publishes it, which has a dot in place of a tilde: a pre-release has one in its version, so that it sorts
// before the release. SHA256SUMS must have the name that people download.
func assetName(name string) string { return strings.ReplaceAll(name, "~", ".") }

// installedFiles are the files of an archive where a system looks for them.
func installedFiles(archived []entry) ([]entry, error) {
	places := map[string]string{
		"payreports":                  "/usr/bin/payreports",
		"completions/payreports.bash": "/usr/share/bash-completion/completions/payreports",
		"completions/_payreports":     "/usr/share/zsh/vendor-completions/_payreports",
		"completions/payreports.fish": "/usr/share/fish/vendor_completions.d/payreports.fish",
		"LICENSE":                     documentation + "copyright",
	}
	var installed []entry
	for _, e := range archived {
		name, known := places[e.name]
		switch {
		case known:
			e.name = name
		case strings.HasPrefix(e.name, "man/"):
			compressed, err := gzipped(e)
			if err != nil {
				return nil, err
			}
			e = entry{name: "/usr/share/" + e.name + ".gz", content: compressed, mode: e.mode}
		default:
			e.name = documentation + e.name
		}
		installed = append(installed, e)
	}
	return installed, nil
}

func gzipped(e entry) ([]byte, error) {
	var compressed bytes.Buffer
	w, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := e.copyTo(func(int64) (io.Writer, error) { return w, nil }); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compressed.Bytes(), nil
}
