package signing_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/signing"
)

// With two idempotency keys, both would be sent, and it isn't documented which one counts.
func TestSignRequestRefusesTwoIdempotencyKeys(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"A", "B"}, {"A", "A"}, {}} {
		req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", "{}")
		req.Header[signing.HeaderIdempotencyKey] = keys
		err := newSigner(t).SignRequest(t.Context(), req)
		if len(keys) > 0 && (err == nil || !strings.Contains(err.Error(), "idempotency key")) {
			t.Errorf("%q: %v", keys, err)
		}
		if len(keys) == 0 && len(req.Header[signing.HeaderIdempotencyKey]) > 1 {
			t.Errorf("%q became %q", keys, req.Header[signing.HeaderIdempotencyKey])
		}
	}
}

// An unknown algorithm must be refused for that reason. Its salt length is unknown, and 0 would allow any salt.
func TestVerifyRefusesOtherAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"AMZN-PAY-RSASSA-PSS-V3", "AMZN-PAY-RSASSA-PSS-V", "amzn-pay-rsassa-pss-v2", "Bearer"} {
		req := newRequest(t, "GET", "https://pay-api.amazon.eu/v2/reports", "")
		if err := newSigner(t).SignRequest(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		req.Header.Set("Authorization", algorithm+" "+rest)
		_, err := verifier().Verify(req, nil)
		var refused *signing.VerificationError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "it doesn't begin with") {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}
