package main_test

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A simulator as other programs see it: its address, its key, and the authority of its certificate.
type simulated struct {
	address   string
	key       *pem.Block
	authority *x509.Certificate
}

func simulateTLS(t *testing.T) simulated {
	t.Helper()
	command := exec.Command(binary, "simulate", "--tls")
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	var ready struct{ URL, PrivateKeyFile, CAFile string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	decode := func(file string) *pem.Block {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode(text)
		if block == nil || len(rest) > 0 {
			t.Fatalf("%s isn't one PEM block", file)
		}
		return block
	}
	authority, err := x509.ParseCertificate(decode(ready.CAFile).Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return simulated{address: strings.TrimPrefix(ready.URL, "https://"), key: decode(ready.PrivateKeyFile), authority: authority}
}

// WebCrypto and many other libraries read PKCS#8 only.
func TestSimulateWritesPKCS8(t *testing.T) {
	t.Parallel()
	block := simulateTLS(t).key
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if _, isRSA := key.(*rsa.PrivateKey); block.Type != "PRIVATE KEY" || err != nil || !isRSA {
		t.Errorf("the key is a %q, a %T: %v", block.Type, key, err)
	}
}

// The authorities of two simulators may be in one bundle: a client finds each by its subject and its key id. OpenSSL takes
// two of the same subject for one, and says "certificate signature failure".
func TestAuthoritiesOfTwoSimulatorsDiffer(t *testing.T) {
	t.Parallel()
	one, two := simulateTLS(t), simulateTLS(t)
	if bytes.Equal(one.authority.RawSubject, two.authority.RawSubject) {
		t.Errorf("both authorities are called %s", one.authority.Subject)
	}
	if one.authority.SerialNumber.Cmp(two.authority.SerialNumber) == 0 {
		t.Errorf("both authorities have the serial number %s", one.authority.SerialNumber)
	}
	bundle := x509.NewCertPool()
	bundle.AddCert(one.authority)
	bundle.AddCert(two.authority)
	serials := make(map[string]bool)
	for _, sim := range []simulated{one, two} {
		connection, err := tls.Dial("tcp", sim.address, &tls.Config{RootCAs: bundle})
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		leaf := connection.ConnectionState().PeerCertificates[0]
		if len(leaf.AuthorityKeyId) == 0 || !bytes.Equal(leaf.AuthorityKeyId, sim.authority.SubjectKeyId) {
			t.Errorf("the certificate names the authority key %x, and its authority has %x", leaf.AuthorityKeyId, sim.authority.SubjectKeyId)
		}
		if !bytes.Equal(leaf.RawIssuer, sim.authority.RawSubject) {
			t.Errorf("the certificate is issued by %s, and its authority is called %s", leaf.Issuer, sim.authority.Subject)
		}
		if err := leaf.CheckSignatureFrom(sim.authority); err != nil {
			t.Error(err)
		}
		if serials[leaf.SerialNumber.String()] || leaf.SerialNumber.BitLen() < 60 || sim.authority.SerialNumber.BitLen() < 60 {
			t.Errorf("serial numbers %s and %s aren't random", leaf.SerialNumber, sim.authority.SerialNumber)
		}
		serials[leaf.SerialNumber.String()] = true
	}
}
