package simulator

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/regions"
)

// tenants are the merchants of a simulator.
type tenants struct {
	list   []map[regions.Environment]*account // the merchant of Config.Keys first
	keys   map[string]tenantKey               // by public key id
	tokens map[string]int                     // indexes of list
}

type tenantKey struct {
	public *rsa.PublicKey
	tenant int // index of list
}

// idsPerMerchant keeps the report ids of several merchants apart.
const idsPerMerchant = 1_000_000

func newTenants(config Config, currency string, outcomes map[api.ReportType]api.ProcessingStatus) (*tenants, error) {
	t := &tenants{keys: make(map[string]tenantKey), tokens: make(map[string]int)}
	merchants := append([]Merchant{{Keys: config.Keys}}, config.Merchants...)
	for i, m := range merchants {
		if m.TransactionsPerDay == 0 {
			m.TransactionsPerDay = config.TransactionsPerDay
		}
		seed := config.Seed + uint64(i)
		business, err := merchant.New(merchant.Config{Seed: seed, TransactionsPerDay: m.TransactionsPerDay, Currency: currency})
		if err != nil {
			return nil, err
		}
		accounts := make(map[regions.Environment]*account)
		for _, environment := range []regions.Environment{regions.Live, regions.Sandbox} {
			a := newAccount(environment, business, seed, outcomes)
			if i > 0 {
				a.scope += "-" + strconv.Itoa(i)
				a.firstID += uint64(i) * idsPerMerchant
			}
			accounts[environment] = a
		}
		t.list = append(t.list, accounts)
		for id, key := range m.Keys {
			if _, taken := t.keys[id]; taken {
				return nil, fmt.Errorf("two merchants have the public key id %q", id)
			}
			t.keys[id] = tenantKey{key, i}
		}
		if m.AuthToken == "" {
			continue
		}
		if _, taken := t.tokens[m.AuthToken]; taken {
			return nil, errors.New("two merchants have the same AuthToken")
		}
		t.tokens[m.AuthToken] = i
	}
	return t, nil
}

func (t *tenants) key(id string) *rsa.PublicKey { return t.keys[id].public }

// account returns the account that a request is for.
func (t *tenants) account(keyID, token string, environment regions.Environment) (*account, *refusal) {
	tenant := t.keys[keyID].tenant
	if token != "" && len(t.tokens) > 0 {
		granted, known := t.tokens[token]
		if !known {
			return nil, refuse(http.StatusForbidden, "InvalidAuthorizationToken", "The value provided for [x-amz-pay-authtoken] is invalid.")
		}
		tenant = granted
	}
	return t.list[tenant][environment], nil
}

// byScope returns the account whose scope a download URL names, or nil if there is none.
func (t *tenants) byScope(scope string) *account {
	environment, number, several := strings.Cut(scope, "-")
	tenant := 0
	if several {
		var err error
		if tenant, err = strconv.Atoi(number); err != nil || tenant <= 0 || tenant >= len(t.list) {
			return nil
		}
	}
	return t.list[tenant][regions.Environment(environment)]
}
