// Command release builds what is published for each platform: an archive, Debian and RPM packages, and a bill of materials. The same commit
// gives the same bytes, on any machine with the same version of Go. It is a module of its own, so that its requirements stay out of the
// module that it releases.
//
// It isn't goreleaser, because the version of that whose parts it uses needs a newer Go than this repository, and most of what it would do
// (uploading, announcing, signing) is done by the workflow or not at all.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const allPlatforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	to := flag.String("to", "../../dist", "write the files to this `directory`; it can already have others, which SHA256SUMS lists too")
	platforms := flag.String("platforms", allPlatforms, "build for these `platforms`, with commas between them")
	flag.Parse()
	if err := run(*to, strings.Split(*platforms, ",")); err != nil {
		log.Fatal(err)
	}
}

func run(to string, platforms []string) error {
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("this is not a clone of the repository: %w", err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "payreports-release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	host, err := buildBinary(root, filepath.Join(work, "host"), runtime.GOOS+"/"+runtime.GOARCH)
	if err != nil {
		return err
	}
	if err := checkVersion(root, host.version); err != nil {
		return err
	}
	shared, err := sharedFiles(root, work, host)
	if err != nil {
		return err
	}
	for _, platform := range platforms {
		b := host
		if platform != host.os+"/"+host.arch {
			if b, err = buildBinary(root, filepath.Join(work, platform), platform); err != nil {
				return err
			}
		}
		if err := publish(root, to, b, shared); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	if err := writeConformance(root, filepath.Join(to, "conformance.tar.gz"), host.time); err != nil {
		return err
	}
	return writeSums(to)
}

// publish writes what is published for one platform.
func publish(root, to string, b binary, shared []entry) error {
	licenses, err := licensesOf(root, b)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("payreports_%s_%s_%s", b.version, b.os, b.arch)
	files := append([]entry{
		{name: b.name(), source: b.path, mode: 0o755},
		{name: "THIRD_PARTY_LICENSES", content: licenses, mode: 0o644},
	}, shared...)
	if b.os == "windows" {
		err = writeZip(filepath.Join(to, name+".zip"), name, files, b.time)
	} else {
		err = writeTarGz(filepath.Join(to, name+".tar.gz"), name, files, b.time)
	}
	if err == nil && b.os == "linux" {
		err = writePackages(to, b, files)
	}
	if err == nil {
		err = writeSBOM(filepath.Join(to, name+".cdx.json"), b)
	}
	return err
}

// output runs a program in a directory, and returns what it prints without the last line end.
func output(dir, name string, args ...string) (string, error) {
	return outputOf(exec.Command(name, args...), dir)
}

func outputOf(command *exec.Cmd, dir string) (string, error) {
	command.Dir = dir
	var stderr strings.Builder
	command.Stderr = &stderr
	printed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(printed), "\n"), nil
}
