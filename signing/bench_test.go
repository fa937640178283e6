package signing_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/amazonpay-go/payreports/signing"
)

// BenchmarkSignPSS is the RSA signature alone, which every client needs.
func BenchmarkSignPSS(b *testing.B) {
	digest := sha256.Sum256([]byte("x"))
	for b.Loop() {
		if _, err := rsa.SignPSS(rand.Reader, privateKey(), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignRequest is SignRequest with the same key.
func BenchmarkSignRequest(b *testing.B) {
	signRequests(b, newSigner(b))
}

// BenchmarkSignRequestInstantKey is SignRequest with a remote key that returns at once and a context that can end. It measures this package alone.
func BenchmarkSignRequestInstantKey(b *testing.B) {
	signature := make([]byte, 256)
	signer, err := signing.NewSigner(keyID, remoteKey{func([]byte, crypto.SignerOpts) ([]byte, error) { return signature, nil }})
	if err != nil {
		b.Fatal(err)
	}
	signRequests(b, signer)
}

func signRequests(b *testing.B, signer *signing.Signer) {
	b.ReportAllocs()
	req := newRequest(b, "POST", "https://pay-api.amazon.eu/v2/reports?reportTypes=_GET_A_,_GET_B_&pageSize=10", `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20220804T000000Z","endTime":"20220804T235959Z"}`)
	query := req.URL.RawQuery
	for b.Loop() {
		req.URL.RawQuery = query // as a generated client writes it
		if err := signer.SignRequest(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
