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

// dateInFuture recognises the refusal of a signature date that is ahead of the service's clock. Any positive difference is
// refused (observed by users of the official SDKs).
func dateInFuture(a *answer) bool {
	return a.status == http.StatusBadRequest && bytes.Contains(a.body, []byte(reasonInvalidHeaderValue)) &&
		bytes.Contains(a.body, []byte("x-amz-pay-date")) && bytes.Contains(a.body, []byte("future"))
}

func (k *call) diagnoseDate(a *answer) string {
	date := a.date()
	ahead := k.client.now().Sub(date).Round(time.Second)
	switch {
	case date.IsZero():
		return "the clock of this machine is ahead of the service's, and the answer has no Date header to correct it by: set the clock, for instance with NTP"
	case ahead <= 0:
		return "the service takes the date for one in the future, though by its Date header this machine's clock is not ahead: check the clock, and whether something on the way answers in the service's place"
	default:
		return fmt.Sprintf("the clock of this machine is %v ahead of the service's: set the clock, for instance with NTP", ahead)
	}
}

// diagnoseSignature compares the string to sign that the service echoes with that of the request that was sent.
func (k *call) diagnoseSignature(a *answer) string {
	theirs := echoedStringToSign.FindSubmatch(a.body)
	if theirs == nil {
		return "the service doesn't say what it verified: check that the private key belongs to this public key id, its environment and its region"
	}
	signed, genuine := k.signedHash(a.sent)
	switch {
	case string(theirs[1]) != signed:
		return "the service computed another string to sign, so it saw another request than the one that was signed: something on the way (a proxy, a gateway, a RoundTripper of the http.Client) changed the path, the query, a signed header or the body"
	case !genuine:
		return "the service computed the same string to sign, so the request arrived as it was signed, but the signature doesn't fit the signer's own public key: its crypto.Signer signs with another key than its Public method tells (a rotated one?), or not with RSASSA-PSS, SHA-256 and a salt of 32 bytes"
	default:
		return fmt.Sprintf("the service computed the same string to sign, so the request arrived as it was signed and the private key is the wrong one: it doesn't belong to the public key id %s, or that one is of another account, region or environment",
			k.client.signer.PublicKeyID())
	}
}

// echoedStringToSign finds the string to sign in the service's message, whose line feed may be escaped or replaced.
var echoedStringToSign = regexp.MustCompile(`AMZN-PAY-RSASSA-PSS(?:-V2)?[^0-9a-fA-F]{1,8}([0-9a-f]{64})\b`)

// signedHash returns the hash in the string to sign of the request that was sent, and whether its signature is one by the signer's key.
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
