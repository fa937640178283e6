package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Both systems sort a pre-release before its release, and what comes from a commit before the next tag. The names of the files are those that
// GitHub publishes.
func TestPackageVersions(t *testing.T) {
	t.Parallel()
	versions := []string{"0.0.0-20261127024800-6186742b5c3d", "1.2.3-beta", "1.2.3-rc.1", "1.2.3-rc.2", "1.2.3-rc.10", "1.2.3", "1.2.4-0.20261127024800-6186742b5c3d", "1.2.4", "1.10.0"}
	var debs, rpms []string
	for _, version := range versions {
		dir := t.TempDir()
		b := binary{os: "linux", arch: "amd64", version: version, time: time.Date(2026, 11, 27, 2, 48, 1, 0, time.UTC)}
		if err := writePackages(dir, b, []entry{{name: "payreports", content: []byte("program"), mode: 0o755}}); err != nil {
			t.Fatal(err)
		}
		deb, rpm := one(t, dir, "*.deb"), one(t, dir, "*.rpm")
		for _, name := range []string{deb, rpm} {
			if name = filepath.Base(name); regexp.MustCompile(`[^A-Za-z0-9._-]`).MatchString(name) {
				t.Errorf("GitHub publishes %s under another name", name)
			}
		}
		debs = append(debs, deb)
		rpms = append(rpms, rpm)
	}
	t.Run("deb", func(t *testing.T) {
		t.Parallel()
		sortsBefore(t, debs, func(file string) string { return runs(t, "dpkg-deb", "--show", "--showformat", "${Version}", file) }, func(a, b string) bool {
			return runs(t, "sh", "-c", `dpkg --compare-versions "$0" lt "$1" && echo yes || echo no`, a, b) == "yes\n"
		})
	})
	t.Run("rpm", func(t *testing.T) {
		t.Parallel()
		sortsBefore(t, rpms, func(file string) string { return runs(t, "rpm", "-qp", "--queryformat", "%{VERSION}", file) }, func(a, b string) bool {
			return strings.TrimSpace(runs(t, "rpm", "--eval", `%{lua: print(rpm.vercmp("`+a+`", "`+b+`"))}`)) == "-1"
		})
	})
}

func sortsBefore(t *testing.T, files []string, version func(string) string, before func(a, b string) bool) {
	t.Helper()
	for i := range files[1:] {
		if a, b := version(files[i]), version(files[i+1]); !before(a, b) || before(b, a) {
			t.Errorf("%s doesn't sort before %s", a, b)
		}
	}
}
