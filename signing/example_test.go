package signing_test

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"

	"github.com/amazonpay-go/payreports/signing"
)

// SignRequest signs an http.Request in place. It can then be sent.
func ExampleSigner_SignRequest() {
	signer, err := signing.NewSigner("SANDBOX-TEST", privateKey()) // see ParsePrivateKey
	if err != nil {
		fmt.Println(err)
		return
	}
	req, _ := http.NewRequest(http.MethodGet, "https://pay-api.amazon.eu/v2/reports?reportTypes=A,B", nil)
	if err := signer.SignRequest(context.Background(), req); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.URL)
	fmt.Println(req.Header.Get("x-amz-pay-host"), req.Header.Get("x-amz-pay-region"))
	// Output:
	// https://pay-api.amazon.eu/v2/reports?reportTypes=A%2CB
	// pay-api.amazon.eu eu
}

// A server or a test verifies a client's signature.
func ExampleVerifier() {
	signer, _ := signing.NewSigner("SANDBOX-TEST", privateKey())
	req, _ := http.NewRequest(http.MethodGet, "https://pay-api.amazon.eu/v2/reports", nil)
	signer.SignRequest(context.Background(), req)

	verifier := signing.NewVerifier(func(publicKeyID string) *rsa.PublicKey { return signer.Public() })
	_, err := verifier.Verify(req, nil)
	fmt.Println(err)
	req.URL.Path = "/v2/disbursements"
	_, err = verifier.Verify(req, nil)
	fmt.Println(err)
	// Output:
	// <nil>
	// signing: signature mismatch: the signature doesn't match the key and the request
}

// The error says what was found and what to do.
func ExampleParsePrivateKey() {
	_, err := signing.ParsePrivateKey([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	fmt.Println(err)
	// Output:
	// signing: the private key is encrypted: write an unencrypted copy with: openssl pkey -in KEY -out COPY, and protect that file
}

// The three steps can be used separately, for example to compare them with another implementation.
func ExampleStringToSign() {
	header := http.Header{"Accept": {"application/json"}, "X-Amz-Pay-Date": {"20230618T150630Z"}}
	canonical := signing.CanonicalRequest(http.MethodGet, signing.CanonicalPath("/live/v2/reports"), signing.CanonicalQuery("pageSize=10&createdSince=20230401T000000Z"),
		header, []string{"accept", "x-amz-pay-date"}, signing.HashBody(nil))
	fmt.Println(canonical)
	fmt.Println()
	fmt.Println(signing.StringToSign(signing.AlgorithmV2, canonical))
	// Output:
	// GET
	// /live/v2/reports
	// createdSince=20230401T000000Z&pageSize=10
	// accept:application/json
	// x-amz-pay-date:20230618T150630Z
	//
	// accept;x-amz-pay-date
	// e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	//
	// AMZN-PAY-RSASSA-PSS-V2
	// 5c349d638a4a8812513bd15ea0cf18467c4d271db391bf310975226cc1a21e50
}
