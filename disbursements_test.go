package payreports_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

func TestReadDisbursements(t *testing.T) {
	t.Parallel()
	const first = `{"sellerId":"A1","settlementId":"11","amount":"100.10","currencyCode":"EUR","amazonDisbursementReferenceId":"x","transactionTime":"2026-11-20T08:00:00Z"}`
	second := strings.NewReplacer(`"11"`, "12", `"100.10"`, "0.1").Replace(first)
	for name, test := range map[string]struct {
		text string
		want string // ids and amounts, or an error
	}{
		"a list":              {"[" + first + "," + second + "]", "11 100.10, 12 0.1"},
		"an answer":           {`{"disbursements":[` + first + `]}`, "11 100.10"},
		"an answer's last":    {`{"disbursements":[` + first + `],"nextToken":null}`, "11 100.10"},
		"with a mark":         {"\ufeff\n[" + first + "]\n", "11 100.10"},
		"none":                {"[]", ""},
		"nothing":             {" \n", "payreports: the file of disbursements is empty"},
		"a page":              {`{"disbursements":[],"nextToken":"more"}`, "payreports: the disbursements are one page of several: it has a nextToken"},
		"more than a list":    {`[],"nextToken":""`, "payreports: the disbursements are not whole JSON"},
		"two lists":           {"[" + first + "][" + second + "]", "payreports: the disbursements are not whole JSON"},
		"cut off":             {"[" + first + ",", "payreports: the disbursements are not whole JSON"},
		"a table":             {"settlementId,amount\n11,100.10\n", "payreports: the disbursements are not whole JSON"},
		"another object":      {`{"reports":[]}`, "payreports: the disbursements: it has no disbursements"},
		"no amount":           {"[" + strings.Replace(first, `"amount":"100.10",`, "", 1) + "]", "payreports: the disbursements: disbursements[0] has no amount"},
		"no settlement":       {"[" + strings.Replace(first, `"settlementId":"11",`, "", 1) + "]", "payreports: the disbursements: disbursements[0] has no settlementId"},
		"no currency":         {"[" + strings.Replace(first, `"EUR"`, `""`, 1) + "]", "payreports: the disbursements: disbursements[0] has no currencyCode"},
		"no time":             {"[" + strings.Replace(first, `"2026-11-20T08:00:00Z"`, "null", 1) + "]", "payreports: disbursements[0] (settlement 11) has no transactionTime"},
		"a wrong amount":      {"[" + strings.Replace(first, "100.10", "100,10", 1) + "]", `payreports: the disbursements: the amount "100,10" is not a number such as 1000.50`},
		"it would be rounded": {"[" + strings.Replace(first, "100.10", "12345678901234567.891", 1) + "]", "payreports: the disbursements: the amount 12345678901234567.891 has more than 19 digits"},
		"a member twice":      {"[" + strings.Replace(first, `"amount"`, `"amount":"1","amount"`, 1) + "]", "payreports: the disbursements: an object has the member amount twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := payreports.ReadDisbursements(strings.NewReader(test.text))
			var got []string
			for _, d := range list {
				got = append(got, d.SettlementID+" "+d.Amount.String())
			}
			text := strings.Join(got, ", ")
			if err != nil {
				text = err.Error()
			}
			if err == nil && text != test.want || err != nil && (test.want == "" || !strings.HasPrefix(text, test.want)) {
				t.Errorf("%s; want %s", text, test.want)
			}
			if err != nil {
				return
			}
			again, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := payreports.ReadDisbursements(strings.NewReader(string(again))); err != nil {
				t.Errorf("what was written can't be read: %v", err)
			}
		})
	}
}
