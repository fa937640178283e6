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
	errEmpty    = errors.New("signing: the key is empty: use the content of the PEM file")
	errUTF16    = errors.New("signing: the key is encoded in UTF-16: save the file as UTF-8 or ASCII")
	errDER      = errors.New("signing: the key is in binary DER format: convert it with: openssl pkey -inform DER -in KEY -out PEM")
	errPKCS12   = errors.New("signing: this is a PKCS#12 file (.p12 or .pfx): convert its private key to PEM with: openssl pkcs12 -in FILE -nocerts -nodes -out KEY, and protect that file")
	errKeystore = errors.New("signing: this is a Java keystore: convert it with: keytool -importkeystore -srckeystore FILE -destkeystore KEY.p12 -deststoretype PKCS12, then convert the private key to PEM with: openssl pkcs12 -in KEY.p12 -nocerts -nodes -out KEY")
	errPuTTY    = errors.New("signing: this is a PuTTY key: convert it with: puttygen KEY.ppk -O private-openssh -o KEY, then: ssh-keygen -p -m PEM -N '' -f KEY")
	errPublic   = errors.New("signing: this is the public key: use the private key that you downloaded when you created the key pair")
	errJSON     = errors.New("signing: this is JSON without a PEM key: use the PEM text, or JSON with a string that contains it")
	errNotPEM   = errors.New("signing: the key is not PEM: it must contain a block that begins with -----BEGIN RSA PRIVATE KEY----- or -----BEGIN PRIVATE KEY-----; if this is a path, use the file's content")
	errCut      = errors.New("signing: the PEM block is damaged or incomplete: copy the file again")
)

// block is a PEM block, or DER without the lines of PEM.
type block struct {
	kind      string // such as RSA PRIVATE KEY
	der       []byte // nil if it is unreadable
	encrypted bool
}

func (b block) damaged() bool { return b.der == nil && !b.encrypted }

// pemBlocks returns the blocks whose kind ends in want. If there are none, it returns the first block.
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

// findBlocks returns at least one block, or an error that says what the text is instead. It searches the given number of layers of JSON and base64.
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
	if blocks := armored(string(trimmed)); len(blocks) > 0 { // also in JSON, whose strings can be the lines of PEM
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
	case bytes.Contains(trimmed, []byte(endMark)): // the first line is missing
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

// jsonStrings returns the strings of a JSON object, array or string in order. It returns false for any other text.
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

// unescape removes the escapes of JSON, environment files and shells. PEM itself has no backslashes.
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

// compact removes what may be between the characters of base64: all kinds of spaces and line ends, quotes and commas.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"',", r) {
			return -1
		}
		return r
	}, text)
}

// decodeBase64 returns nil if the text isn't base64.
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

// armored returns the PEM blocks in a text. Unlike encoding/pem, it doesn't need their line ends.
func armored(text string) []block {
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

// canonicalKind restores the spaces of a label.
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

// kindOfDER returns the label for DER without the lines of PEM.
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

// isPKCS12 reports whether these bytes begin like a PFX (RFC 7292): version 3, then PKCS#7 content. Its lengths can be in any encoding.
func isPKCS12(der []byte) bool {
	head := der[:min(len(der), 32)]
	return len(head) > 2 && head[0] == 0x30 && bytes.Contains(head[1:min(len(head), 10)], []byte{0x02, 0x01, 0x03, 0x30}) &&
		bytes.Contains(head, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07})
}
