package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Without these parts of gRPC, which no bucket needs, the command is a quarter smaller.
const tags = "grpcnotrace,disable_grpc_modules"

// binary is the command, built for one platform.
type binary struct {
	path, os, arch string
	version        string    // without v
	time           time.Time // of the commit
	info           *buildinfo.BuildInfo
}

func (b binary) name() string { return filepath.Base(b.path) }

// goCommand is the command go for the platform of the binary. Settings of the environment that change what is built have no effect.
func (b binary) goCommand(args ...string) *exec.Cmd {
	command := exec.Command("go", args...)
	command.Env = append(
		os.Environ(), "GOOS="+b.os, "GOARCH="+b.arch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "GOEXPERIMENT=", "GOWORK=off",
		"GOFLAGS=-mod=readonly -tags="+tags,
	)
	return command
}

// buildBinary builds the command for a platform.
func buildBinary(root, dir, platform string) (binary, error) {
	goos, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return binary{}, fmt.Errorf("%q is not a platform such as linux/amd64", platform)
	}
	b := binary{path: filepath.Join(dir, "payreports"), os: goos, arch: arch}
	if goos == "windows" {
		b.path += ".exe"
	}
	build := b.goCommand("build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", b.path, "./cmd/payreports")
	if _, err := outputOf(build, root); err != nil {
		return binary{}, err
	}
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		return binary{}, err
	}
	b.info = info
	for _, setting := range info.Settings {
		if setting.Key == "vcs.time" {
			if b.time, err = time.Parse(time.RFC3339, setting.Value); err != nil {
				return binary{}, err
			}
		}
	}
	b.version, ok = strings.CutPrefix(info.Main.Version, "v")
	if !ok || b.time.IsZero() {
		return binary{}, fmt.Errorf("the build doesn't know its commit (version %q): run this in a clone of the repository, not in a git worktree or an unpacked archive", info.Main.Version)
	}
	b.time = b.time.UTC()
	return b, nil
}
