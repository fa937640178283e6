package signing_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/amazonpay-go/payreports/signing"
)

// withoutSpace returns a text after tr -d '[:space:]'.
func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

func inJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Keys as they come from environment variables, secret stores, pipelines and JSON documents.
func TestParsePrivateKeyAsItArrives(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(privateKey())
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(privateKey())
	key8, key1 := pemOf("PRIVATE KEY", pkcs8), pemOf("RSA PRIVATE KEY", pkcs1)
	std := base64.StdEncoding.EncodeToString
	wrapped := func(text string) string {
		return regexp.MustCompile(`.{76}`).ReplaceAllString(std([]byte(text)), "$0\n") + "\n"
	}
	certificate := pemOf("CERTIFICATE", []byte("certificate"))
	for name, text := range map[string]string{
		"base64":                        std([]byte(key8)),
		"base64 of PKCS#1":              std([]byte(key1)),
		"base64 in lines":               wrapped(key8),
		"base64 with spaces":            strings.ReplaceAll(wrapped(key8), "\n", " "),
		"base64 in quotes":              `"` + std([]byte(key1)) + `"`,
		"base64 without padding":        base64.RawStdEncoding.EncodeToString([]byte(key8 + "\n")),
		"base64 for URLs":               base64.URLEncoding.EncodeToString([]byte(key8 + "\xff\xfe")),
		"base64 with escaped line ends": strings.ReplaceAll(wrapped(key8), "\n", `\n`),
		"base64 twice":                  std([]byte(std([]byte(key8)))),
		"base64 of CRLF":                std([]byte(strings.ReplaceAll(key8, "\n", "\r\n"))),
		"base64 with a BOM":             std([]byte("\ufeff" + key8)),
		"base64 of escaped line ends":   std([]byte(strings.ReplaceAll(key8, "\n", `\n`))),
		"base64 of DER":                 std(pkcs8),
		"base64 of DER, PKCS#1":         std(pkcs1),
		"the body alone":                strings.Join(strings.Split(key1, "\n")[1:len(strings.Split(key1, "\n"))-2], "\n"),
		"escaped slashes":               strings.ReplaceAll(strings.ReplaceAll(key8, "\n", `\n`), "/", `\/`),
		"escaped slashes and lines":     strings.ReplaceAll(key1, "/", `\/`),
		"escaped by code":               strings.NewReplacer("\n", `\u000a`, "/", `\u002f`, "+", `\u002B`, "=", `\u003d`).Replace(key8),
		"escaped twice":                 strings.ReplaceAll(key8, "\n", `\\n`),
		"no line ends":                  strings.ReplaceAll(key8, "\n", ""),
		"no line ends, PKCS#1":          strings.ReplaceAll(key1, "\n", ""),
		"no spaces at all":              withoutSpace(key8),
		"no spaces at all, PKCS#1":      withoutSpace(key1),
		"spaces":                        strings.ReplaceAll(key8, "\n", " "),
		"tabs and spaces":               strings.ReplaceAll(key8, "\n", " \t "),
		"spaces that don't break":       strings.ReplaceAll(key8, "\n", "\u00a0"),
		"a line end in front only":      strings.Replace(strings.ReplaceAll(key8, "\n", ""), "-----MII", "-----\nMII", 1),
		"continued lines":               strings.ReplaceAll(key8, "\n", "\\\n"),
		"a JSON string":                 inJSON(t, key8),
		"JSON":                          inJSON(t, map[string]string{"private_key": key8, "id": "SANDBOX-A"}),
		"JSON of PHP":                   strings.ReplaceAll(inJSON(t, map[string]string{"privateKey": key1}), "/", `\/`),
		"JSON within JSON":              inJSON(t, map[string]string{"secret": inJSON(t, map[string]string{"key": key8})}),
		"JSON, deep":                    inJSON(t, map[string]any{"amazon": []any{1, nil, map[string]any{"key": key8}}}),
		"JSON with base64":              inJSON(t, map[string]any{"kind": "Secret", "data": map[string]string{"key.pem": std([]byte(key8))}}),
		"JSON with lines":               inJSON(t, map[string]any{"key": strings.Split(key8, "\n")}),
		"JSON with a certificate":       inJSON(t, []string{certificate, key8}),
		"JSON with real line ends":      "{\n  \"private_key\": \"" + key8 + "\"\n}",
		"base64 of JSON":                std([]byte(inJSON(t, map[string]string{"private_key": key8}))),
		"YAML":                          "private_key: |\n  " + strings.ReplaceAll(key8, "\n", "\n  "),
		"the same key twice":            key8 + key1,
		"a header of OpenSSL":           "Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n" + key8,
		"a comment in the block":        strings.Replace(key8, "\n", "\nComment: payments\n\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := signing.ParsePrivateKey([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if !key.Equal(privateKey()) {
				t.Error("another key")
			}
		})
	}
}

// pkcs12 is the beginning of a PKCS#12 file, by which it can be recognized.
func pkcs12(t *testing.T) []byte {
	t.Helper()
	type contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"tag:0,explicit"`
	}
	der, err := asn1.Marshal(struct {
		Version  int
		AuthSafe contentInfo
	}{3, contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, make([]byte, 2000)}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// If the text isn't a PEM key, the error says what it is and what to do.
func TestParsePrivateKeyNamesWhatItFound(t *testing.T) {
	t.Parallel()
	p12 := pkcs12(t)
	indefinite := append([]byte{0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80}, p12[len(p12)-2019:]...) // as Java and Windows write it
	std := base64.StdEncoding.EncodeToString
	second, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other := pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(second))
	key := pemOf("PRIVATE KEY", x509.MarshalPKCS1PrivateKey(privateKey()))
	for name, test := range map[string]struct{ text, want string }{
		"PKCS#12":               {string(p12), "PKCS#12.*openssl pkcs12"},
		"PKCS#12 in BER":        {string(indefinite), "PKCS#12.*openssl pkcs12"},
		"PKCS#12 in base64":     {std(p12), "PKCS#12.*openssl pkcs12"},
		"PKCS#12 in JSON":       {inJSON(t, map[string]string{"pfx": std(p12)}), "PKCS#12.*openssl pkcs12"},
		"PKCS#12 in PEM":        {pemOf("PKCS12", p12), "PKCS#12.*openssl pkcs12"},
		"a JCE keystore":        {"\xce\xce\xce\xce\x00\x00\x00\x02", "Java keystore.*keytool"},
		"a Java keystore":       {"\xfe\xed\xfe\xed\x00\x00\x00\x02", "Java keystore.*keytool"},
		"a PuTTY key":           {"PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: none\r\n", "PuTTY.*puttygen"},
		"a public key of ssh":   {"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ me@host", "public key"},
		"a JWK":                 {inJSON(t, map[string]string{"kty": "RSA", "n": "AQAB", "d": "AQAB"}), "JSON.*PEM"},
		"JSON without a key":    {`{"id": "SANDBOX-A"}`, "JSON.*PEM"},
		"two keys in JSON":      {inJSON(t, []string{key, other}), "several.*keys"},
		"two keys":              {key + other, "several.*keys"},
		"a letter that differs": {strings.Replace(key, "MII", "M!I", 1), "damaged"},
		"no beginning":          {key[30:], "damaged or incomplete"},
		"no end":                {key[:len(key)-40], "damaged"},
		"base64 of a cut PEM":   {std([]byte(key[:len(key)-40])), "damaged"},
		"base64 that is cut":    {std([]byte(key))[:800], "damaged"},
		"DER that is cut":       {std(x509.MarshalPKCS1PrivateKey(privateKey())[:700]), "damaged"},
		"base64 of a public":    {std([]byte(pemOf("PUBLIC KEY", []byte{1}))), "this is the public key"},
		"encrypted in one line": {"-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,00 AAAA -----END RSA PRIVATE KEY-----", "encrypted"},
		"base64 of words":       {std([]byte(strings.Repeat("not a key at all ", 40))), "not PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := signing.ParsePrivateKey([]byte(test.text))
			if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if base64Run.MatchString(err.Error()) {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}

// keyWith is a key whose Public method returns any value.
type keyWith struct {
	crypto.Signer
	public crypto.PublicKey
}

func (k keyWith) Public() crypto.PublicKey { return k.public }

func TestNewSignerSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	var none *rsa.PublicKey
	for name, test := range map[string]struct {
		id   string
		key  crypto.Signer
		want string
	}{
		"no public key":          {keyID, keyWith{privateKey(), nil}, "Public().*returns nil"},
		"a nil pointer":          {keyID, keyWith{privateKey(), none}, "Public().*returns nil"},
		"a value":                {keyID, keyWith{privateKey(), privateKey().PublicKey}, `Public().*rsa\.PublicKey.*\*rsa\.PublicKey`},
		"bytes":                  {keyID, keyWith{privateKey(), []byte("key")}, `Public().*\[\]uint8`},
		"quotes":                 {`"` + keyID + `"`, privateKey(), "has an invalid character"},
		"a quote":                {keyID + `'`, privateKey(), "has an invalid character"},
		"quotes of a typewriter": {"`" + keyID + "`", privateKey(), "has an invalid character"},
		"typographic quotes":     {"“" + keyID + "”", privateKey(), "has an invalid character"},
		"a tab":                  {"SANDBOX\tA", privateKey(), "has an invalid character"},
		"an escape":              {"SANDBOX-A\x1b[2J", privateKey(), "has an invalid character"},
		"a backslash":            {`SANDBOX-A\n`, privateKey(), "has an invalid character"},
		"a space that is hidden": {"SANDBOX-A\u200b", privateKey(), "has an invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := signing.NewSigner(test.id, test.key)
			if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) || strings.ContainsAny(err.Error(), "\x1b\t\u200b") {
				t.Fatalf("error %q, want one with %q", fmt.Sprint(err), test.want)
			}
		})
	}
}
