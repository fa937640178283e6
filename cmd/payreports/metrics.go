package main

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/internal/atomicfile"
)

// The metrics that survive a run that fails.
const (
	metricSuccess        = "payreports_sync_last_success_timestamp_seconds"
	metricAccountSuccess = "payreports_sync_account_last_success_timestamp_seconds"
	metricNewest         = "payreports_newest_report_created_timestamp_seconds"
)

// metrics are gauges in the order in which they were added.
type metrics struct {
	families []*dto.MetricFamily
	common   map[string]string // labels of all
}

func (m *metrics) add(name, help string, value float64, labels ...string) {
	i := slices.IndexFunc(m.families, func(f *dto.MetricFamily) bool { return f.GetName() == name })
	if i < 0 {
		i = len(m.families)
		kind := dto.MetricType_GAUGE
		m.families = append(m.families, &dto.MetricFamily{Name: &name, Help: &help, Type: &kind})
	}
	all := maps.Clone(m.common)
	for j := 0; j < len(labels); j += 2 {
		all[labels[j]] = labels[j+1]
	}
	metric := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
	for _, label := range slices.Sorted(maps.Keys(all)) {
		text := strings.ToValidUTF8(all[label], "?")
		metric.Label = append(metric.Label, &dto.LabelPair{Name: &label, Value: &text})
	}
	m.families[i].Metric = append(m.families[i].Metric, metric)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// accountType is what a newest report belongs to.
type accountType struct{ account, reportType string }

// survivors are times of earlier runs.
type survivors struct {
	success  float64
	accounts map[string]float64
	newest   map[accountType]float64
}

// readSurvivors reads the file that an earlier run has written, if there is one.
func readSurvivors(path string) (survivors, error) {
	s := survivors{accounts: make(map[string]float64), newest: make(map[accountType]float64)}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return s, err
	}
	label := func(m *dto.Metric, name string) string {
		for _, pair := range m.GetLabel() {
			if pair.GetName() == name {
				return pair.GetValue()
			}
		}
		return ""
	}
	each := func(name string, use func(*dto.Metric, float64)) {
		for _, m := range families[name].GetMetric() {
			use(m, m.GetGauge().GetValue())
		}
	}
	each(metricSuccess, func(_ *dto.Metric, value float64) { s.success = value })
	each(metricAccountSuccess, func(m *dto.Metric, value float64) { s.accounts[label(m, "account")] = value })
	each(metricNewest, func(m *dto.Metric, value float64) {
		s.newest[accountType{label(m, "account"), label(m, "type")}] = value
	})
	return s, nil
}

// update takes over what this run knows. What it doesn't know stays, unless the account is gone.
func (s *survivors) update(r *syncReport) {
	if r.succeeded {
		s.success = seconds(r.End)
	}
	if r.summaries == nil { // the run doesn't know the accounts
		return
	}
	known := make(map[string]bool)
	for _, a := range r.Accounts {
		known[a.Account] = true
		if a.ExitCode == 0 {
			s.accounts[a.Account] = seconds(a.End)
		}
		for reportType, created := range a.Newest {
			key := accountType{a.Account, reportType}
			s.newest[key] = max(s.newest[key], seconds(created))
		}
	}
	maps.DeleteFunc(s.accounts, func(account string, _ float64) bool { return !known[account] })
	maps.DeleteFunc(s.newest, func(key accountType, _ float64) bool { return !known[key.account] })
}

// writeMetrics writes what sync has done in the text format of Prometheus, whole or not at all. The file is readable by all, because the
// collector runs as another user.
func (r *syncReport) writeMetrics(cmd *cobra.Command, path string) error {
	kept, err := readSurvivors(path)
	if err != nil {
		warnf(cmd, "--metrics-file %s is replaced, and can't be read, so the times of earlier successes are lost: %v", path, err)
	}
	kept.update(r)
	var text bytes.Buffer
	for _, family := range r.metrics(kept).families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			return err
		}
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(text.Bytes()); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	return file.Commit()
}

func (r *syncReport) metrics(kept survivors) *metrics {
	to, _, _ := strings.Cut(r.to, "?")
	m := &metrics{common: map[string]string{"to": to}}
	if r.Shard != "" {
		m.common["shard"] = r.Shard
	}
	m.add("payreports_sync_start_timestamp_seconds", "When the last sync began.", seconds(r.Start))
	m.add("payreports_sync_end_timestamp_seconds", "When the last sync ended.", seconds(r.End))
	m.add("payreports_sync_exit_code", "The exit code of the last sync: 0 is done, and 3 that nothing was new.", float64(r.ExitCode))
	if kept.success > 0 {
		m.add(metricSuccess, "When the last sync ended that succeeded for all accounts.", kept.success)
	}
	m.add("payreports_sync_accounts", "How many accounts the last sync was for.", float64(len(r.Accounts)))
	for _, a := range r.Accounts {
		of := []string{"account", a.Account}
		m.add("payreports_sync_account_start_timestamp_seconds", "When the last sync of the account began.", seconds(a.Start), of...)
		m.add("payreports_sync_account_end_timestamp_seconds", "When the last sync of the account ended.", seconds(a.End), of...)
		m.add("payreports_sync_account_exit_code", "0 if the last sync of the account succeeded.", float64(a.ExitCode), of...)
		m.add("payreports_sync_account_attempts", "How many requests the last sync of the account sent.", float64(a.Attempts), of...)
		m.add("payreports_sync_account_throttled", "How many requests of the last sync were answered with \"slow down\".", float64(a.Throttled), of...)
		m.add("payreports_sync_account_bytes", "How many bytes of reports the last sync of the account downloaded.", float64(a.Bytes), of...)
		for _, count := range []struct {
			state string
			value int
		}{
			{"new", a.New},
			{"replaced", a.Replaced},
			{"already_present", a.AlreadyPresent},
			{"failed", a.Failed},
			{"failed_at_service", a.FailedAtService},
			{"cancelled", a.Cancelled},
			{"in_progress", a.InProgress},
		} {
			m.add("payreports_sync_account_reports", "How many reports the last sync of the account found, by what became of them.", float64(count.value), append(of, "state", count.state)...)
		}
	}
	for _, account := range slices.Sorted(maps.Keys(kept.accounts)) {
		m.add(metricAccountSuccess, "When the last sync of the account ended that succeeded.", kept.accounts[account], "account", account)
	}
	byName := func(a, b accountType) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.reportType, b.reportType))
	}
	for _, key := range slices.SortedFunc(maps.Keys(kept.newest), byName) {
		m.add(metricNewest, "When the newest report of the account and type was created, of those in the copy.", kept.newest[key], "account", key.account, "type", key.reportType)
	}
	return m
}
