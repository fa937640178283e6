package payreports

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/signing"
)

// dateInFuture reports whether the service refused a date that is ahead of its clock. It refuses any positive difference, as users of the
// official SDKs have observed.
func dateInFuture(a *answer) bool {
	return a.status == http.StatusBadRequest && bytes.Contains(a.body, []byte(reasonInvalidHeaderValue)) &&
		bytes.Contains(a.body, []byte("x-amz-pay-date")) && bytes.Contains(a.body, []byte("future"))
}

func (k *call) diagnoseDate(a *answer) string {
	date := a.date()
	ahead := k.client.now().Sub(date).Round(time.Second)
	switch {
	case date.IsZero():
		return "this machine's clock is ahead of the service's, and the response has no Date header to correct it with: set the clock, for example with NTP"
	case ahead <= 0:
		return "the service says that the date is in the future, but according to its Date header this machine's clock is not ahead: check the clock, and check whether a proxy or gateway responds in the service's place"
	default:
		return fmt.Sprintf("this machine's clock is %v ahead of the service's: set the clock, for example with NTP", ahead)
	}
}

// diagnoseSignature compares the string to sign that the service echoes with that of the request as it was sent.
func (k *call) diagnoseSignature(a *answer) string {
	theirs := echoedStringToSign.FindSubmatch(a.body)
	if theirs == nil {
		return "the service doesn't say what it verified: check that the private key belongs to this public key id, and that the environment and the region are right"
	}
	signed, genuine := k.signedHash(a.sent)
	switch {
	case string(theirs[1]) != signed:
		return "the service computed a different string to sign, so the request was changed in transit: a proxy, a gateway or a RoundTripper of the http.Client changed the path, the query, a signed header or the body"
	case !genuine:
		return "the service computed the same string to sign, so the request arrived unchanged, but the signature doesn't match the signer's own public key: its crypto.Signer uses a different key than its Public method returns (perhaps after a key rotation), or it doesn't use RSASSA-PSS with SHA-256 and a salt of 32 bytes"
	default:
		return fmt.Sprintf("the service computed the same string to sign, so the request arrived unchanged and the private key is wrong: it doesn't belong to the public key id %s, or that id belongs to another account, region or environment",
			k.client.signer.PublicKeyID())
	}
}

// echoedStringToSign finds the string to sign in the service's message. Its line feed may have been escaped or replaced.
var echoedStringToSign = regexp.MustCompile(`AMZN-PAY-RSASSA-PSS(?:-V2)?[^0-9a-fA-F]{1,8}([0-9a-f]{64})\b`)

// signedHash returns the hash in the string to sign of the request as it was sent, and whether the signature matches the signer's public key.
func (k *call) signedHash(sent *http.Request) (hash string, genuine bool) {
	var body []byte
	if sent.GetBody != nil {
		if reader, err := sent.GetBody(); err == nil {
			body, _ = io.ReadAll(reader)
		}
	}
	stringToSign, err := signing.SignedString(sent, body)
	if err != nil {
		return "", false
	}
	_, hash, _ = strings.Cut(stringToSign, "\n")
	own := signing.NewVerifier(func(string) *rsa.PublicKey { return k.client.signer.Public() })
	_, err = own.Verify(sent, body)
	return hash, err == nil
}
