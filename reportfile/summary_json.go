package reportfile

import "encoding/json"

// sumsJSON are sums with amounts as strings, which no reader takes for floats.
type sumsJSON struct {
	Type          TransactionType `json:"type,omitempty"`
	Category      Category        `json:"category,omitempty"`
	Count         int             `json:"count"`
	Amount        string          `json:"amount"`
	PercentageFee string          `json:"percentageFee"`
	FixedFee      string          `json:"fixedFee"`
	TotalFee      string          `json:"totalFee"`
	Net           string          `json:"net"`
}

func (s *Sums) json() sumsJSON {
	return sumsJSON{
		Count: s.Count, Amount: s.Amount.String(), PercentageFee: s.PercentageFee.String(), FixedFee: s.FixedFee.String(),
		TotalFee: s.TotalFee.String(), Net: s.Net.String(),
	}
}

// MarshalJSON writes amounts as strings, which no reader takes for floats.
func (s SettlementSummary) MarshalJSON() ([]byte, error) {
	types := make([]sumsJSON, len(s.Types))
	for i, t := range s.Types {
		types[i] = t.json()
		types[i].Type = t.Type
	}
	type inconsistent struct {
		File    string `json:"file,omitempty"`
		Line    int    `json:"line"`
		Problem string `json:"problem"`
	}
	rows := make([]inconsistent, len(s.Inconsistent))
	for i, row := range s.Inconsistent {
		rows[i] = inconsistent{row.File, row.Line, row.Problem}
	}
	return json.Marshal(struct {
		SettlementID     string         `json:"settlementId"`
		Currency         string         `json:"currency"`
		Types            []sumsJSON     `json:"types"`
		Transfer         sumsJSON       `json:"transfer"`
		Difference       string         `json:"difference"`
		InconsistentRows int            `json:"inconsistentRows"`
		Inconsistent     []inconsistent `json:"inconsistent"`
		Balanced         bool           `json:"balanced"`
	}{s.SettlementID, s.Currency, types, s.Transfer.json(), s.Difference.String(), s.InconsistentRows, rows, s.Balanced()})
}

// MarshalJSON writes amounts as strings, which no reader takes for floats.
func (t Total) MarshalJSON() ([]byte, error) {
	categories := make([]sumsJSON, len(t.Categories))
	for i, c := range t.Categories {
		categories[i] = c.json()
		categories[i].Category = c.Category
	}
	return json.Marshal(struct {
		Currency   string     `json:"currency"`
		Group      string     `json:"group"`
		Categories []sumsJSON `json:"categories"`
		Earned     sumsJSON   `json:"earned"`
		Payouts    sumsJSON   `json:"payouts"`
		Difference string     `json:"difference"`
	}{t.Currency, t.Group, categories, t.Earned.json(), t.Payouts.json(), t.Difference.String()})
}
