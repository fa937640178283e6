package main_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
)

// WebCrypto and many other libraries read PKCS#8 only.
func TestSimulateWritesPKCS8(t *testing.T) {
	t.Parallel()
	block := readPEM(t, startSimulator(t, nil).PrivateKeyFile)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if _, isRSA := key.(*rsa.PrivateKey); block.Type != "PRIVATE KEY" || err != nil || !isRSA {
		t.Errorf("the key is a %q, a %T: %v", block.Type, key, err)
	}
}

// The authorities of two simulators may be in one bundle: a client finds each by its subject and its key id. OpenSSL takes
// two of the same subject for one, and says "certificate signature failure".
func TestAuthoritiesOfTwoSimulatorsDiffer(t *testing.T) {
	t.Parallel()
	sims := []*simulated{startSimulator(t, nil, "--tls"), startSimulator(t, nil, "--tls")}
	one, two := sims[0].authority(t), sims[1].authority(t)
	if bytes.Equal(one.RawSubject, two.RawSubject) {
		t.Errorf("both authorities are called %s", one.Subject)
	}
	if one.SerialNumber.Cmp(two.SerialNumber) == 0 {
		t.Errorf("both authorities have the serial number %s", one.SerialNumber)
	}
	bundle := x509.NewCertPool()
	bundle.AddCert(one)
	bundle.AddCert(two)
	serials := make(map[string]bool)
	for i, authority := range []*x509.Certificate{one, two} {
		connection, err := tls.Dial("tcp", strings.TrimPrefix(sims[i].URL, "https://"), &tls.Config{RootCAs: bundle})
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		leaf := connection.ConnectionState().PeerCertificates[0]
		if len(leaf.AuthorityKeyId) == 0 || !bytes.Equal(leaf.AuthorityKeyId, authority.SubjectKeyId) {
			t.Errorf("the certificate names the authority key %x, and its authority has %x", leaf.AuthorityKeyId, authority.SubjectKeyId)
		}
		if !bytes.Equal(leaf.RawIssuer, authority.RawSubject) {
			t.Errorf("the certificate is issued by %s, and its authority is called %s", leaf.Issuer, authority.Subject)
		}
		if err := leaf.CheckSignatureFrom(authority); err != nil {
			t.Error(err)
		}
		if serials[leaf.SerialNumber.String()] || leaf.SerialNumber.BitLen() < 60 || authority.SerialNumber.BitLen() < 60 {
			t.Errorf("serial numbers %s and %s aren't random", leaf.SerialNumber, authority.SerialNumber)
		}
		serials[leaf.SerialNumber.String()] = true
	}
}
