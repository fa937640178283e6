package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// makeCertificate makes an authority, writes it to caFile, and returns a certificate of it for the usual loopback
// addresses and the one that is listened on. The authority's name and serial number are its own, so that those of several
// simulators can be in one bundle.
func makeCertificate(caFile string, address net.Addr) (tls.Certificate, error) {
	authority, authorityKey, err := makeAuthority()
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writePEM(caFile, "CERTIFICATE", authority.Raw); err != nil {
		return tls.Certificate{}, err
	}
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if tcp, ok := address.(*net.TCPAddr); ok {
		addresses = append(addresses, tcp.IP)
	}
	serial, err := randomSerial()
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: addresses,
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// makeAuthority returns the authority as it was parsed: only then does it have the key id that its certificates name.
func makeAuthority() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	serial, err := randomSerial()
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: fmt.Sprintf("payreports simulator CA %x", serial)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	authority, err := x509.ParseCertificate(der)
	return authority, key, err
}

// randomSerial returns a serial number of 127 random bits: at most 20 bytes and positive, as RFC 5280 asks for.
func randomSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
