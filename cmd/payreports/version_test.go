package main

import (
	"runtime/debug"
	"testing"

	"github.com/amazonpay-go/payreports"
)

func TestVersionOfBuild(t *testing.T) {
	t.Parallel()
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{
			{Key: "vcs.revision", Value: "6186742b5c3d7e9f00112233445566778899aabb"},
			{Key: "vcs.time", Value: "2026-11-27T03:48:00+01:00"},
			{Key: "vcs.modified", Value: modified},
		}
	}
	for name, test := range map[string]struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		"a tag":                       {"v0.2.0", vcs("false"), "payreports 0.2.0 (commit 6186742b5c3d, 2026-11-27T02:48:00Z)"},
		"a commit without a tag":      {"v0.2.1-0.20261127024800-6186742b5c3d", vcs("false"), "payreports 0.2.1-0.20261127024800-6186742b5c3d (commit 6186742b5c3d, 2026-11-27T02:48:00Z)"},
		"a tag with changes":          {"v0.2.0+dirty", vcs("true"), "payreports 0.2.0+dirty (commit 6186742b5c3d, modified, 2026-11-27T02:48:00Z)"},
		"go install of a tag":         {"v0.2.0", nil, "payreports 0.2.0"},
		"without version control":     {"(devel)", nil, "payreports " + payreports.Version + "-devel"},
		"a test":                      {"", nil, "payreports " + payreports.Version + "-devel"},
		"without a version, a commit": {"(devel)", vcs("false"), "payreports " + payreports.Version + "-devel (commit 6186742b5c3d, 2026-11-27T02:48:00Z)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			info := &debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings}
			if got := buildOf(info).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
