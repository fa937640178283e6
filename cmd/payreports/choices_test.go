package main_test

import (
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

func TestWrongValuesAreSuggested(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for command, want := range map[string]string{
		"version --output jsn":                                 `--output is "jsn": did you mean json? It must be table, json or csv`,
		"version --output xml":                                 `--output is "xml": it must be table, json or csv`,
		"reports list --region europe":                         `--region is "europe": did you mean eu? It must be na, us, eu, de, uk or jp`,
		"reports list --region us-east-1":                      `--region is "us-east-1": did you mean us?`,
		"reports list --environment sandbx":                    `--environment is "sandbx": did you mean sandbox? It must be live or sandbox`,
		"reports list --environment production":                `--environment is "production": it must be live or sandbox`,
		"version --log-level warning":                          `--log-level is "warning": did you mean warn? It must be debug, info, warn or error`,
		"simulate --fault trottle=0.1":                         `--fault is "trottle": did you mean throttle? It must be latency, throttle`,
		"simulate --fault expired=0.1":                         `--fault is "expired": did you mean expired-url?`,
		"simulate --fault throttle":                            `--fault: the probability of throttle is ""`,
		"simulate --fault throttle=2":                          `--fault: the probability of throttle is "2"`,
		"file convert x.csv --to jsonl":                        `--to is "jsonl": did you mean json? It must be json or csv`,
		"file convert x.csv":                                   `--to is missing: give json (JSON Lines) or csv`,
		"file summary x.csv --by months":                       `--by is "months": did you mean month?`,
		"journal --reports x --format hleger":                  `--format is "hleger": did you mean hledger?`,
		"journal --reports x --format csv --per settlements":   `--per is "settlements": did you mean settlement? It must be settlement or transaction`,
		"reconcile --reports x --orders y --orders-format sap": `--orders-format is "sap": it must be `,
		"reconcile --reports x --orders y --match order-id":    `--match is "order-id": did you mean seller-order-id?`,
		"spec --openapi 3.2":                                   `--openapi is "3.2": did you mean 3.0 or 3.1?`,
		"reports list --type refnd,settlement":                 `--type is "refnd": did you mean refund?`,
		"reports list --status CANCELED":                       `--status is "CANCELED": did you mean CANCELLED? It must be IN_PROGRESS, COMPLETED, FAILED or CANCELLED`,
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			if got := s.run(t, strings.Fields(command)...); got.code != 2 || !strings.Contains(got.stderr, "payreports: "+want) || got.stdout != "" {
				t.Errorf("%+v\nwant %s", got, want)
			}
		})
	}
}
