package main

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 3, 1, 15, 4, 5, 0, time.FixedZone("", -8*3600)) // 2 March in UTC would be at 16:00
	for text, want := range map[string][2]string{                          // as a start and as an end
		"2030-02-03":                {"2030-02-03T00:00:00Z", "2030-02-03T23:59:59Z"},
		"2030-02-03T04:05:06+01:00": {"2030-02-03T03:05:06Z", "2030-02-03T03:05:06Z"},
		"20300203T040506Z":          {"2030-02-03T04:05:06Z", "2030-02-03T04:05:06Z"},
		"now":                       {"2030-03-01T23:04:05Z", "2030-03-01T23:04:05Z"},
		"today":                     {"2030-03-01T00:00:00Z", "2030-03-01T23:59:59Z"},
		"yesterday":                 {"2030-02-28T00:00:00Z", "2030-02-28T23:59:59Z"},
		"1w":                        {"2030-02-22T23:04:05Z", "2030-02-22T23:04:05Z"},
		"36h":                       {"2030-02-28T11:04:05Z", "2030-02-28T11:04:05Z"},
		"30m":                       {"2030-03-01T22:34:05Z", "2030-03-01T22:34:05Z"},
	} {
		for i, end := range []bool{false, true} {
			got, err := parseTime("since", text, end, now)
			if err != nil || got.UTC().Format(time.RFC3339) != want[i] {
				t.Errorf("%s, end %v: %v, %v, want %s", text, end, got, err, want[i])
			}
		}
	}
	for _, text := range []string{"tomorrow", "Now", "1y", "-1d", "2030-02-30", "today ", "1.5d"} {
		if got, err := parseTime("since", text, false, now); err == nil {
			t.Errorf("%q: %v, no error", text, got)
		}
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	of := build{Version: "1.2.3", Commit: "0123456789abcdef0123", Date: "2030-01-02T03:04:05Z", Modified: true}
	if text := of.String(); text != "payreports 1.2.3 (commit 0123456789ab, modified, 2030-01-02T03:04:05Z)" {
		t.Error(text)
	}
}

func TestPackagesAreNotNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mirror: payreports: getReports: 403":                     "getReports: 403",
		"reports/a.csv: reportfile: line 3: it is cut":            "reports/a.csv: line 3: it is cut",
		"interrupted: mirror: stopped; journal: no":               "interrupted: stopped; no",
		"the file journal: it is empty":                           "the file journal: it is empty",
		"regions: \"x\" is not a region":                          "\"x\" is not a region",
		"open signing/key.pem: no such file":                      "open signing/key.pem: no such file",
		"accounts: account de: signing: the key is empty":         "account de: the key is empty",
		"dataset: reports/simulator: it can't be read: mirror: x": "reports/simulator: it can't be read: x",
	} {
		if got := withoutPackages(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
