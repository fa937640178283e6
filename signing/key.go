package signing

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
)

// ParsePrivateKey reads an RSA private key of at least 2048 bits from PEM, in PKCS#1 ("RSA PRIVATE KEY") or PKCS#8 ("PRIVATE KEY"). It ignores
// surrounding text and other PEM blocks. Two different keys are an error.
//
// It also reads keys as they come out of environment variables, .env files and secret stores: quoted, indented, with spaces or nothing instead of
// line ends, with JSON escapes (\n, \/), as base64 of the PEM or of its DER, or as a string anywhere in JSON.
//
// For anything else, such as PKCS#12, the error says what was found and what to do. It never quotes the text.
func ParsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	blocks, err := pemBlocks(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	var key *rsa.PrivateKey
	for _, b := range blocks {
		next, err := parsePrivateBlock(b)
		switch {
		case err != nil:
			return nil, err
		case key != nil && !key.Equal(next):
			return nil, errors.New("signing: there are several private keys: use only the one that belongs to the public key id")
		}
		key = next
	}
	return key, nil
}

func parsePrivateBlock(b block) (*rsa.PrivateKey, error) {
	switch b.kind {
	case "RSA PRIVATE KEY", "PRIVATE KEY":
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncrypted
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("signing: this is an OpenSSH private key: convert a copy of it with: ssh-keygen -p -m PEM -N '' -f COPY")
	case "EC PRIVATE KEY":
		return nil, errNotRSA
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errPublic
	case "CERTIFICATE":
		return nil, errors.New("signing: this is a certificate: use the private key that you downloaded when you created the key pair")
	case "PKCS12":
		return nil, errPKCS12
	default:
		return nil, fmt.Errorf("signing: the PEM block is %q: use an RSA private key (RSA PRIVATE KEY or PRIVATE KEY)", clip(b.kind))
	}
	if b.encrypted {
		return nil, errEncrypted
	}
	key, err := parseDER(b.der)
	if err != nil {
		return nil, err
	}
	if err := checkKeySize(&key.PublicKey); err != nil {
		return nil, err
	}
	return key, nil
}

var (
	errEncrypted = errors.New("signing: the private key is encrypted: write an unencrypted copy with: openssl pkey -in KEY -out COPY, and protect that file")
	errNotRSA    = errors.New("signing: the private key isn't RSA: Amazon Pay accepts only RSA keys: create a key pair of 2048 bits in Seller Central")
	errPSSOnly   = errors.New("signing: the private key is of the type RSASSA-PSS, not plain RSA: create a key pair of 2048 bits in Seller Central, or with: openssl genpkey -algorithm RSA")
	errDamaged   = errors.New("signing: the private key is damaged: its PEM block doesn't contain a complete RSA key: copy the file again")
)

// parseDER reads both formats, whatever the block's label says: some tools label PKCS#8 as RSA PRIVATE KEY.
func parseDER(der []byte) (*rsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if _, err := x509.ParseECPrivateKey(der); err == nil {
			return nil, errNotRSA
		}
		return nil, pkcs8Error(der)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errNotRSA
	}
	return key, nil
}

// pkcs8Error distinguishes keys that the standard library doesn't support from damaged ones.
func pkcs8Error(der []byte) error {
	var key struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	_, err := asn1.Unmarshal(der, &key)
	switch {
	case err != nil || key.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}):
		return errDamaged
	case key.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}):
		return errPSSOnly
	default:
		return errNotRSA
	}
}

// ParsePublicKey reads an RSA public key from PEM: PKIX ("PUBLIC KEY"), PKCS#1 ("RSA PUBLIC KEY") or a certificate.
func ParsePublicKey(text []byte) (*rsa.PublicKey, error) {
	blocks, err := pemBlocks(text, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	b := blocks[0]
	var parsed any
	switch b.kind {
	case "PUBLIC KEY":
		parsed, err = x509.ParsePKIXPublicKey(b.der)
	case "RSA PUBLIC KEY":
		parsed, err = x509.ParsePKCS1PublicKey(b.der)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(b.der); err == nil {
			parsed = certificate.PublicKey
		}
	default:
		if strings.HasSuffix(b.kind, "PRIVATE KEY") {
			return nil, errors.New("signing: this is a private key: use the public key, which you get with: openssl pkey -in KEY -pubout -out PUBLIC")
		}
		return nil, fmt.Errorf("signing: the PEM block is %q: use an RSA public key (PUBLIC KEY)", clip(b.kind))
	}
	if err != nil {
		return nil, errors.New("signing: the public key is damaged: its PEM block can't be read: copy the file again")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("signing: the public key isn't RSA: Amazon Pay accepts only RSA keys")
	}
	if err := checkKeySize(key); err != nil {
		return nil, err
	}
	return key, nil
}
