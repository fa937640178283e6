package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/simulator"
)

// gauges reads a file of metrics as node_exporter does, by name and labels, without the label to.
func gauges(t *testing.T, path string) map[string]float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for name, family := range families {
		if family.GetHelp() == "" || family.GetType().String() != "GAUGE" {
			t.Errorf("%s: %s, help %q", name, family.GetType(), family.GetHelp())
		}
		for _, m := range family.GetMetric() {
			key := strings.TrimPrefix(name, "payreports_")
			for _, label := range m.GetLabel() {
				if label.GetName() != "to" {
					key += " " + label.GetName() + "=" + label.GetValue()
				}
			}
			values[key] = m.GetGauge().GetValue()
		}
	}
	return values
}

func expect(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for key, value := range want {
		if v, ok := got[key]; !ok || v != value {
			t.Errorf("%s is %v (%v), want %v", key, v, ok, value)
		}
	}
}

func TestMetricsFile(t *testing.T) {
	t.Parallel()
	const library = "github.com/prometheus/common"
	compares := compared.With(t, "metrics of sync, as node_exporter reads them", "the parser of Prometheus", compared.VersionOfModule(t, "../..", library))
	s := twoMerchants(t)
	dir, path := filepath.Join(t.TempDir(), "reports"), filepath.Join(t.TempDir(), "payreports.prom")
	sync := []string{"sync", "--all-accounts", "--to", dir, "--since", "2026-11-21", "--metrics-file", path}
	newest := float64(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).Unix())
	began := float64(time.Now().Unix())

	s.ok(t, sync...)
	first := gauges(t, path)
	expect(t, first, map[string]float64{
		"sync_exit_code": 0, "sync_accounts": 2, "sync_account_exit_code account=shop": 0, "sync_account_attempts account=shop": 9, "sync_account_throttled account=token": 0,
		"sync_account_reports account=shop state=new": 4, "sync_account_reports account=token state=already_present": 0,
		"newest_report_created_timestamp_seconds account=shop type=settlement": newest, "newest_report_created_timestamp_seconds account=token type=settlement": newest,
	})
	success := first["sync_last_success_timestamp_seconds"]
	if success < began || first["sync_account_last_success_timestamp_seconds account=shop"] < began || first["sync_account_bytes account=shop"] < 1000 {
		t.Errorf("%v", first)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v: the collector runs as another user", info.Mode(), err)
	}

	// One account fails: the other one's success is new, and what is known of this one stays.
	s.Inject(simulator.FaultThrottle, "getReports", 1)
	failed := s.run(t, append(sync, "--auth-token-file", "x")...)
	if failed.code != 2 {
		t.Errorf("%+v", failed)
	}
	expect(t, gauges(t, path), map[string]float64{
		"sync_exit_code": 2, "sync_accounts": 0, "sync_last_success_timestamp_seconds": success,
		"sync_account_last_success_timestamp_seconds account=shop":             first["sync_account_last_success_timestamp_seconds account=shop"],
		"newest_report_created_timestamp_seconds account=shop type=settlement": newest,
	})

	s.ok(t, append(sync, "--since", "2026-11-25")...) // no report is as new as that
	throttled := gauges(t, path)
	if throttled["sync_account_throttled account=shop"]+throttled["sync_account_throttled account=token"] != 1 || throttled["sync_last_success_timestamp_seconds"] <= success {
		t.Errorf("%v", throttled)
	}
	expect(t, throttled, map[string]float64{"newest_report_created_timestamp_seconds account=shop type=settlement": newest})

	// Nothing can be read of one account.
	broken := s.with("PAYREPORTS_CONFIG=" + writeFile(t, "payreports.toml", accountTable("shop", "LIVE-SIMULATOR", "'"+s.keyFile+"'", "na", "")+accountTable("token", "LIVE-SIMULATOR", "['false']", "na", "auth_token = 'granted'")))
	if got := broken.run(t, append(sync, "--exit-code")...); got.code != 1 {
		t.Errorf("%+v", got)
	}
	last := gauges(t, path)
	expect(t, last, map[string]float64{
		"sync_exit_code": 1, "sync_account_exit_code account=shop": 0, "sync_account_exit_code account=token": 1, "sync_account_attempts account=token": 0,
		"sync_last_success_timestamp_seconds":                                   throttled["sync_last_success_timestamp_seconds"],
		"sync_account_last_success_timestamp_seconds account=token":             throttled["sync_account_last_success_timestamp_seconds account=token"],
		"newest_report_created_timestamp_seconds account=token type=settlement": newest,
	})
	if last["sync_account_last_success_timestamp_seconds account=shop"] <= throttled["sync_account_last_success_timestamp_seconds account=shop"] {
		t.Error("the success of shop isn't told")
	}

	// Nothing new is a success. An account that isn't synced any more goes.
	one := s.run(t, "sync", "--account", "shop", "--to", filepath.Join(dir, "account=shop"), "--since", "2026-11-21", "--exit-code", "--metrics-file", path)
	alone := gauges(t, path)
	compares.Count(len(first)+len(alone), "gauges")
	if _, stays := alone["sync_account_last_success_timestamp_seconds account=token"]; one.code != 3 || stays || alone["sync_exit_code"] != 3 || alone["sync_last_success_timestamp_seconds"] <= last["sync_last_success_timestamp_seconds"] {
		t.Errorf("%+v, %v", one, alone)
	}
}

func TestMetricsFileOfShards(t *testing.T) {
	t.Parallel()
	s := twoMerchants(t)
	path := filepath.Join(t.TempDir(), "0.prom")
	s.ok(t, "sync", "--all-accounts", "--to", t.TempDir(), "--since", "2026-11-24", "--shard", "0/1", "--metrics-file", path)
	text := string(mustRead(t, path))
	for line := range strings.Lines(text) { // else those of two processes are the same, and node_exporter takes neither
		if !strings.HasPrefix(line, "#") && !regexp.MustCompile(`\{.*shard="0/1".*to="/`).MatchString(line) {
			t.Errorf("no shard: %s", line)
		}
	}
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no directory": {[]string{"--metrics-file", filepath.Join(t.TempDir(), "none", "x.prom")}, 1, "--metrics-file "},
		"dry run":      {[]string{"--metrics-file", path, "--dry-run"}, 2, "leave one of them out"},
	} {
		got := s.run(t, append([]string{"sync", "--account", "shop", "--to", t.TempDir(), "--since", "2026-11-24"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	damaged := writeFile(t, "x.prom", "no metrics {\n")
	if got := s.ok(t, "sync", "--account", "shop", "--to", t.TempDir(), "--since", "2026-11-24", "--metrics-file", damaged); !strings.Contains(got.stderr, "payreports: warning: --metrics-file "+damaged+" is replaced, and can't be read") || gauges(t, damaged)["sync_exit_code"] != 0 {
		t.Errorf("%+v", got)
	}
}
