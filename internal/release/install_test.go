package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checksums has sha256sum read SHA256SUMS, which must name every other file.
func checksums(t *testing.T, dist string) {
	sums := filepath.Join(dist, "SHA256SUMS")
	printed := runs(t, "sh", "-c", `cd "$0" && sha256sum --strict --check SHA256SUMS`, dist)
	if files := tree(t, dist); strings.Count(printed, ": OK\n") != len(files)-1 {
		t.Errorf("%s has not all of %q:\n%s", sums, files, printed)
	}
}

// archive reads the archive for this platform.
func archive(t *testing.T, dist string) {
	file, err := os.Open(one(t, dist, "payreports_*_linux_amd64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	compressed, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	folder := strings.TrimSuffix(filepath.Base(file.Name()), ".tar.gz") + "/"
	var names []string
	for reader := tar.NewReader(compressed); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name, below := strings.CutPrefix(header.Name, folder)
		if want := map[bool]int64{true: 0o755, false: 0o644}[name == "payreports"]; !below || header.Mode != want || header.Uid+header.Gid != 0 || header.Uname+header.Gname != "" {
			t.Errorf("%s: %+v", header.Name, header)
		}
		names = append(names, name)
	}
	for _, want := range []string{
		"payreports", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "docs/books.md", "deploy/README.md", "THIRD_PARTY_LICENSES", "completions/_payreports", "completions/payreports.bash",
		"completions/payreports.fish", "completions/payreports.ps1", "man/man1/payreports.1", "man/man1/payreports-sync.1", "man/man1/payreports-file-summary.1",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %q", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %q", names)
	}
}

// wanted are files that both packages install.
var wanted = []string{
	"/usr/bin/payreports", "/usr/share/bash-completion/completions/payreports", "/usr/share/zsh/vendor-completions/_payreports",
	"/usr/share/fish/vendor_completions.d/payreports.fish", "/usr/share/man/man1/payreports.1.gz", "/usr/share/man/man1/payreports-sync.1.gz",
	"/usr/share/doc/payreports/copyright", "/usr/share/doc/payreports/NOTICE", "/usr/share/doc/payreports/THIRD_PARTY_LICENSES", "/usr/share/doc/payreports/README.md",
	"/usr/share/doc/payreports/deploy/README.md", "/usr/share/doc/payreports/deploy/systemd/payreports.service",
	"/usr/share/doc/payreports/deploy/systemd/payreports.timer", "/usr/share/doc/payreports/deploy/cron/payreports",
}

// listed checks lines of modes, owners and paths.
func listed(t *testing.T, lines []string) []string {
	t.Helper()
	var files []string
	for _, line := range lines {
		fields := strings.Fields(line)
		mode, owner, name := fields[0], fields[1], "/"+strings.TrimLeft(fields[len(fields)-1], "./")
		if strings.HasPrefix(mode, "d") {
			continue
		}
		if want := map[bool]string{true: "-rwxr-xr-x", false: "-rw-r--r--"}[name == "/usr/bin/payreports"]; mode != want || owner != "root/root" {
			t.Errorf("%s", line)
		}
		files = append(files, name)
	}
	slices.Sort(files)
	for _, want := range wanted {
		if !slices.Contains(files, want) {
			t.Errorf("no %s in %q", want, files)
		}
	}
	return files
}

// debian lists the Debian package, and installs it below a folder.
func debian(t *testing.T, dist, installed string) {
	name := one(t, dist, "payreports_*_amd64.deb")
	files := listed(t, strings.Split(strings.TrimSpace(runs(t, "dpkg-deb", "-c", name)), "\n"))
	for _, dir := range []string{"updates", "info", "triggers"} {
		if err := os.MkdirAll(filepath.Join(installed, "var/lib/dpkg", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(installed, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	runs(t, "dpkg", "--root="+installed, "--force-not-root", "--force-bad-path", "--log="+filepath.Join(installed, "log"), "-i", name)
	if found := tree(t, filepath.Join(installed, "usr")); len(found) != len(files) {
		t.Errorf("%q were installed of %q", found, files)
	}
	if left := runs(t, "dpkg", "--root="+installed, "--verify", "payreports"); left != "" {
		t.Errorf("dpkg --verify: %s", left)
	}
	version := strings.Split(filepath.Base(one(t, dist, "payreports_*_linux_amd64.tar.gz")), "_")[1]
	if printed := runs(t, filepath.Join(installed, "usr/bin/payreports"), "version"); !strings.HasPrefix(printed, "payreports "+version+" (commit ") || strings.Contains(printed, "modified") {
		t.Errorf("version %s prints %s", version, printed)
	}
}

// redHat compares the RPM package with what the Debian package installed.
func redHat(t *testing.T, dist, installed string) {
	name := one(t, dist, "payreports-*.x86_64.rpm")
	if printed := runs(t, "rpm", "--checksig", "--nosignature", name); !strings.Contains(printed, "digests OK") {
		t.Errorf("rpm --checksig: %s", printed)
	}
	files := listed(t, strings.Split(strings.TrimSpace(runs(t, "rpm", "-qp", "--queryformat", `[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]`, name)), "\n"))
	for _, file := range tree(t, filepath.Join(installed, "usr")) {
		if !slices.Contains(files, "/usr/"+file) {
			t.Errorf("/usr/%s is in the Debian package only", file)
		}
	}
	if printed := runs(t, "rpm", "-qp", "--requires", name); regexp.MustCompile(`(?m)^[^r]`).MatchString(printed) { // but for rpmlib(…)
		t.Errorf("the package requires %s", printed)
	}
}

var spaces = regexp.MustCompile(`\s+`)

// manual compares what man shows with what --help prints, for each command.
func manual(t *testing.T, installed string) {
	pages, err := filepath.Glob(filepath.Join(installed, "usr/share/man/man1/*.1.gz"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		shown := spaces.ReplaceAllString(runs(t, "man", "--warnings", "-P", "cat", "-l", page), " ")
		name := strings.TrimSuffix(filepath.Base(page), ".1.gz")
		help := runs(t, filepath.Join(installed, "usr/bin/payreports"), append(strings.Split(name, "-")[1:], "--help")...)
		long, rest, _ := strings.Cut(help, "\n\nUsage:\n")
		flags := regexp.MustCompile(`(?m)^ +(?:-\w, )?--`).Split(rest, -1)
		parts := []string{long}
		for _, flag := range flags[1:] {
			flag, _, _ = strings.Cut(flag, "\n\n")
			parts = append(parts, "--"+flag)
		}
		if _, examples, ok := strings.Cut(rest, "\nExamples:\n"); ok {
			examples, _, _ = strings.Cut(examples, "\n\n")
			parts = append(parts, strings.Split(examples, "\n")...)
		}
		for _, part := range parts {
			if part := strings.TrimSpace(spaces.ReplaceAllString(part, " ")); !strings.Contains(shown, part) {
				t.Errorf("man %s doesn't say\n%s\nIt says\n%s", name, part, shown)
			}
		}
	}
}

// completions has each shell load its completion, and complete a command.
func completions(t *testing.T, installed string) {
	t.Setenv("PATH", filepath.Join(installed, "usr/bin")+":"+os.Getenv("PATH"))
	t.Setenv("HOME", t.TempDir())
	share := filepath.Join(installed, "usr/share")
	for shell, script := range map[string]string{
		"bash": `compopt() { :; }; source /usr/share/bash-completion/bash_completion; source "$0/bash-completion/completions/payreports"; complete -p payreports
COMP_WORDS=(payreports reco); COMP_CWORD=1; COMP_LINE="payreports reco"; COMP_POINT=15; __start_payreports; echo "${COMPREPLY[@]}"`,
		"zsh":  `fpath=("$0/zsh/vendor-completions" $fpath); autoload -Uz compinit; compinit -u -D; autoload +X _payreports; print $_comps[payreports]; zsh -n $0/zsh/vendor-completions/_payreports; payreports __complete reco 2>/dev/null`,
		"fish": `source $argv[1]/fish/vendor_completions.d/payreports.fish; complete -C 'payreports reco'`,
	} {
		t.Run(shell, func(t *testing.T) {
			args := map[string][]string{"bash": {"--norc", "-c", script, share}, "zsh": {"-f", "-c", script, share}, "fish": {"--no-config", "-c", script, share}}
			if printed := runs(t, shell, args[shell]...); !strings.Contains(printed, "reconcile") || shell != "fish" && !strings.Contains(printed, "payreports") {
				t.Errorf("it prints %q", printed)
			}
		})
	}
}
