package signing

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	errEmpty    = errors.New("signing: the key is empty: give the content of the PEM file")
	errUTF16    = errors.New("signing: the key is written in UTF-16: save the file as UTF-8 or ASCII")
	errDER      = errors.New("signing: the key is in binary DER form: convert it with: openssl pkey -inform DER -in KEY -out PEM")
	errPKCS12   = errors.New("signing: this is a PKCS#12 file (.p12 or .pfx): write its private key as PEM with: openssl pkcs12 -in FILE -nocerts -nodes -out KEY, and protect that file")
	errKeystore = errors.New("signing: this is a Java keystore: convert it with: keytool -importkeystore -srckeystore FILE -destkeystore KEY.p12 -deststoretype PKCS12, then write the private key as PEM with: openssl pkcs12 -in KEY.p12 -nocerts -nodes -out KEY")
	errPuTTY    = errors.New("signing: this is a PuTTY key: convert it with: puttygen KEY.ppk -O private-openssh -o KEY, then: ssh-keygen -p -m PEM -N '' -f KEY")
	errPublic   = errors.New("signing: this is the public key: give the private key that was downloaded when the key pair was made")
	errJSON     = errors.New("signing: this is JSON without a key in PEM: give the PEM text, or JSON with a string that holds it")
	errNotPEM   = errors.New("signing: the key is not PEM: it must hold a block that begins with -----BEGIN RSA PRIVATE KEY----- or -----BEGIN PRIVATE KEY-----; if this is a path, give the file's content")
	errCut      = errors.New("signing: the PEM block is damaged, perhaps cut: copy the file again")
)

// block is what stands between two lines of PEM, or DER that had no such lines.
type block struct {
	kind      string // such as RSA PRIVATE KEY
	der       []byte // nil if it can't be read
	encrypted bool
}

func (b block) damaged() bool { return b.der == nil && !b.encrypted }

// pemBlocks returns the blocks whose kind ends in want, or else the first of all.
func pemBlocks(text []byte, want string) ([]block, error) {
	const mostLayers = 4 // such as base64 of JSON with base64 of PEM
	blocks, err := findBlocks(text, mostLayers)
	if err != nil {
		return nil, err
	}
	var wanted []block
	for _, b := range blocks {
		if strings.HasSuffix(b.kind, want) {
			wanted = append(wanted, b)
		}
	}
	if wanted == nil {
		wanted = blocks[:1]
	}
	for _, b := range wanted {
		if b.damaged() {
			return nil, errCut
		}
	}
	return wanted, nil
}

// findBlocks returns at least one block, or says what the text is instead. It looks into JSON and base64, as many layers deep.
func findBlocks(text []byte, layers int) ([]block, error) {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	switch {
	case len(trimmed) == 0:
		return nil, errEmpty
	case layers == 0:
		return nil, errNotPEM
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return nil, errUTF16
	case bytes.HasPrefix(text, []byte{0xfe, 0xed, 0xfe, 0xed}) || bytes.HasPrefix(text, []byte{0xce, 0xce, 0xce, 0xce}):
		return nil, errKeystore
	case isPKCS12(text):
		return nil, errPKCS12
	case bytes.HasPrefix(text, []byte{0x30, 0x82}):
		return nil, errDER
	}
	values, isJSON := jsonStrings(trimmed)
	var inJSON error
	if isJSON {
		var blocks []block
		for _, value := range values {
			found, err := findBlocks([]byte(value), layers-1)
			blocks = append(blocks, found...)
			if err != nil && !errors.Is(err, errNotPEM) && !errors.Is(err, errEmpty) {
				inJSON = err
			}
		}
		if len(blocks) > 0 && !slices.ContainsFunc(blocks, block.damaged) {
			return blocks, nil
		}
	}
	if blocks := armoured(string(trimmed)); len(blocks) > 0 { // also in JSON, whose strings can be the lines
		return blocks, nil
	}
	switch {
	case inJSON != nil:
		return nil, inJSON
	case isJSON && trimmed[0] != '"':
		return nil, errJSON
	case bytes.HasPrefix(trimmed, []byte("PuTTY-User-Key-File")):
		return nil, errPuTTY
	case bytes.HasPrefix(trimmed, []byte("ssh-")) || bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
		return nil, errPublic
	case bytes.Contains(trimmed, []byte(endMark)): // its first line is lost
		return nil, errCut
	}
	decoded := decodeBase64(compact(unescape(string(trimmed))))
	switch {
	case decoded == nil:
		return nil, errNotPEM
	case isPKCS12(decoded):
		return nil, errPKCS12
	case bytes.HasPrefix(decoded, []byte{0x30, 0x82}):
		return []block{{kind: kindOfDER(decoded), der: decoded}}, nil
	default:
		return findBlocks(decoded, layers-1)
	}
}

// jsonStrings returns the strings of a JSON object, array or string, in their order, and whether it is one.
func jsonStrings(text []byte) (values []string, ok bool) {
	if !bytes.ContainsRune([]byte(`{["`), rune(text[0])) || !json.Valid(text) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			return values, errors.Is(err, io.EOF)
		}
		if value, ok := token.(string); ok {
			values = append(values, value)
		}
	}
}

var (
	escapedCode    = regexp.MustCompile(`\\+u00([0-9a-fA-F]{2})`)
	escapedLineEnd = regexp.MustCompile(`\\+[nrt]`)
)

// unescape undoes what JSON, environment files and shells do to a text. No PEM has a backslash of its own.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	text = escapedCode.ReplaceAllStringFunc(text, func(code string) string {
		char, _ := hex.DecodeString(code[len(code)-2:]) // the expression has matched two hex digits
		return string(char)
	})
	return strings.ReplaceAll(escapedLineEnd.ReplaceAllString(text, "\n"), `\`, "")
}

// compact drops what may stand between the characters of base64: spaces and line ends of all kinds, quotes and commas.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"',", r) {
			return -1
		}
		return r
	}, text)
}

// decodeBase64 returns nil for what isn't base64.
func decodeBase64(text string) []byte {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(decoded) == 0 {
		return nil
	}
	return decoded
}

const (
	beginMark = "-----BEGIN"
	endMark   = "-----END"
	dashes    = "-----"
)

// armoured returns the blocks of PEM. Unlike encoding/pem it doesn't need their line ends.
func armoured(text string) []block {
	var blocks []block
	_, rest, found := strings.Cut(unescape(text), beginMark)
	for found {
		var part string
		part, rest, found = strings.Cut(rest, beginMark)
		kind, body, _ := strings.Cut(part, dashes)
		b := block{kind: canonicalKind(kind)}
		if body, _, whole := strings.Cut(body, endMark); whole {
			b.encrypted = strings.Contains(body, "Proc-Type:") && strings.Contains(body, "ENCRYPTED")
			var lines strings.Builder
			for line := range strings.Lines(strings.ReplaceAll(body, "\r", "\n")) {
				if !strings.Contains(line, ":") { // that is a header
					lines.WriteString(line)
				}
			}
			b.der = decodeBase64(compact(lines.String()))
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// canonicalKind puts the spaces back that the label of a block has lost.
func canonicalKind(label string) string {
	for _, kind := range []string{
		"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE",
	} {
		if compact(label) == compact(kind) {
			return kind
		}
	}
	return strings.TrimSpace(label)
}

// kindOfDER names DER that came without the lines of PEM.
func kindOfDER(der []byte) string {
	if _, err := x509.ParsePKIXPublicKey(der); err == nil {
		return "PUBLIC KEY"
	}
	if _, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return "RSA PUBLIC KEY"
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		return "CERTIFICATE"
	}
	return "PRIVATE KEY"
}

// isPKCS12 reports whether these bytes begin as a PFX of RFC 7292 does: version 3, then content of PKCS#7. Its lengths can be of any form.
func isPKCS12(der []byte) bool {
	head := der[:min(len(der), 32)]
	return len(head) > 2 && head[0] == 0x30 && bytes.Contains(head[1:min(len(head), 10)], []byte{0x02, 0x01, 0x03, 0x30}) &&
		bytes.Contains(head, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07})
}
