package mirror_test

import (
	"testing"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	sim, client, _ := start(t, simulator.Config{})
	dir := t.TempDir()
	sync := func(options mirror.Options) (statuses []mirror.Status, summary mirror.Summary, err error) {
		options.Status = func(s mirror.Status) { statuses = append(statuses, s) }
		summary, err = mirror.Sync(t.Context(), client, dir, options)
		for i, s := range statuses {
			if s.Total != statuses[0].Total || i > 0 && (s.Done < statuses[i-1].Done || s.Bytes < statuses[i-1].Bytes) {
				t.Errorf("%+v follows %+v", s, statuses[i-1])
			}
		}
		return statuses, summary, err
	}
	first := func(statuses []mirror.Status) mirror.Status { return statuses[0] }
	last := func(statuses []mirror.Status) mirror.Status { return statuses[len(statuses)-1] }

	statuses, summary, err := sync(fortnight)
	if err != nil || first(statuses) != (mirror.Status{Total: 15}) || last(statuses) != (mirror.Status{Total: 15, Done: 15, Bytes: summary.Bytes}) {
		t.Errorf("%+v to %+v, %d bytes, %v", first(statuses), last(statuses), summary.Bytes, err)
	}
	if len(statuses) < 1+15+15 { // bytes of each report, and its end
		t.Errorf("only %d calls", len(statuses))
	}
	if statuses, _, err = sync(fortnight); err != nil || last(statuses) != (mirror.Status{Total: 15, Done: 15}) {
		t.Errorf("with all reports present: %+v, %v", last(statuses), err)
	}
	dry := fortnight
	dry.DryRun = true
	if statuses, _, err = sync(dry); err != nil || last(statuses) != (mirror.Status{Total: 15, Done: 15}) {
		t.Errorf("in a dry run: %+v, %v", last(statuses), err)
	}
	// A report that fails is done too.
	dir = t.TempDir()
	sim.Inject(simulator.FaultServerError, "getReportDocument", 1000)
	if statuses, summary, err = sync(fortnight); err == nil || len(summary.Failed) != 15 || last(statuses) != (mirror.Status{Total: 15, Done: 15}) {
		t.Errorf("with failures: %+v, %d failed, %v", last(statuses), len(summary.Failed), err)
	}
}
