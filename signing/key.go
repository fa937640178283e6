package signing

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ParsePrivateKey reads an RSA private key of at least 2048 bits from PEM, PKCS#1 ("RSA PRIVATE KEY") or PKCS#8
// ("PRIVATE KEY"). Text and other PEM blocks around it are ignored, and it may have gone through an environment
// variable or a .env file: with quotes, indented, in one line with spaces, or with \n written as two characters for
// each line end. For anything else the error says what was found and what to do. It never quotes the text.
func ParsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, err := pemBlock(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	switch block.Type {
	case "RSA PRIVATE KEY", "PRIVATE KEY":
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncrypted
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("signing: this is an OpenSSH private key: convert a copy of it with: ssh-keygen -p -m PEM -N '' -f COPY")
	case "EC PRIVATE KEY":
		return nil, errNotRSA
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("signing: this is the public key: give the private key that was downloaded when the key pair was made")
	case "CERTIFICATE":
		return nil, errors.New("signing: this is a certificate: give the private key that was downloaded when the key pair was made")
	default:
		return nil, fmt.Errorf("signing: the PEM block is %q: give an RSA private key (RSA PRIVATE KEY or PRIVATE KEY)", clip(block.Type))
	}
	if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errEncrypted
	}
	key, err := parseDER(block.Bytes)
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
	errNotRSA    = errors.New("signing: the private key isn't RSA: Amazon Pay takes RSA keys only: make a key pair of 2048 bits in Seller Central")
	errPSSOnly   = errors.New("signing: the private key is of the type RSASSA-PSS, not plain RSA: make a key pair of 2048 bits in Seller Central, or with: openssl genpkey -algorithm RSA")
	errDamaged   = errors.New("signing: the private key is damaged: its PEM block doesn't hold a whole RSA key: copy the file again")
)

// parseDER reads either form whatever the block calls itself: some tools label PKCS#8 as RSA PRIVATE KEY.
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

// pkcs8Error tells a key of a kind that the standard library doesn't know from a damaged one.
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
	block, err := pemBlock(text, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	var parsed any
	switch block.Type {
	case "PUBLIC KEY":
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		parsed, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = certificate.PublicKey
		}
	default:
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return nil, errors.New("signing: this is a private key: give the public one, made with: openssl pkey -in KEY -pubout -out PUBLIC")
		}
		return nil, fmt.Errorf("signing: the PEM block is %q: give an RSA public key (PUBLIC KEY)", clip(block.Type))
	}
	if err != nil {
		return nil, errors.New("signing: the public key is damaged: its PEM block can't be read: copy the file again")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("signing: the public key isn't RSA: Amazon Pay takes RSA keys only")
	}
	if err := checkKeySize(key); err != nil {
		return nil, err
	}
	return key, nil
}

// unfold undoes what environment variables, .env files and editors do to line ends.
var unfold = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", "\r\n", "\n", "\r", "\n", "----- ", "-----\n", " -----END", "\n-----END")

// pemBlock returns the first block whose type ends in want, or else the first of all.
func pemBlock(text []byte, want string) (*pem.Block, error) {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("signing: the key is empty: give the content of the PEM file")
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return nil, errors.New("signing: the key is written in UTF-16: save the file as UTF-8 or ASCII")
	case bytes.Contains(text, []byte("-----BEGIN ")):
	case bytes.HasPrefix(text, []byte{0x30, 0x82}):
		return nil, errors.New("signing: the key is in binary DER form: convert it with: openssl pkey -inform DER -in KEY -out PEM")
	default:
		return nil, errors.New("signing: the key is not PEM: it must hold a block that begins with -----BEGIN RSA PRIVATE KEY----- or -----BEGIN PRIVATE KEY-----; if this is a path, give the file's content")
	}
	text = text[bytes.Index(text, []byte("-----BEGIN ")):] // a BOM or a quote in front would hide the block
	lines := strings.Split(unfold.Replace(string(text)), "\n")
	for i, line := range lines {
		lines[i] = strings.Trim(line, " \t\"'")
	}
	first, rest := pem.Decode([]byte(strings.Join(lines, "\n")))
	for block := first; block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, want) {
			return block, nil
		}
	}
	if first == nil {
		return nil, errors.New("signing: the PEM block is damaged, perhaps cut or without its line ends: copy the file again")
	}
	return first, nil
}
