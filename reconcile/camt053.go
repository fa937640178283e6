package reconcile

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// BankStatement is what a file of ISO 20022 bank statements holds.
type BankStatement struct {
	// Lines are the booked entries, in their order. An entry that is made of several transactions, each with its amount, is a line for each.
	Lines []BankLine
	// Periods are the days that the statements say they cover, by their periods or else by the days of their balances. A statement that
	// doesn't say it has none.
	Periods []BankPeriod
	// Unbooked counts the entries that the bank has not booked yet. They are not among the lines.
	Unbooked int
}

// maxStatement and maxElement bound what is read. A statement of a million entries is smaller, and so is an entry of ten thousands of
// transactions.
const (
	maxStatement = 1 << 30
	maxElement   = 32 << 20
)

// ReadCamt053 reads bank statements in XML (ISO 20022, camt.053 of any version), in any encoding that the XML names, and compressed with
// gzip as well. Name is for errors. It is an error if the XML is cut off or is another message, if an entry can't be read, and if the entries
// of a statement don't lead from its opening balance to its closing balance.
func ReadCamt053(r io.Reader, name string) (*BankStatement, error) {
	var s camtReader
	if err := s.read(r, name); err != nil {
		if name != "" {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return nil, fmt.Errorf("the bank statement: %w", err)
	}
	return &s.BankStatement, nil
}

// IsCamt053 reports whether the beginning of a file looks like XML, in any encoding. It may be compressed with gzip; then a few kilobytes of it
// are needed.
func IsCamt053(beginning []byte) bool {
	text, err := xmlText(bytes.NewReader(beginning))
	if err != nil {
		return false
	}
	start, _ := io.ReadAll(io.LimitReader(text, 512)) // what is cut off here is no error
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("<"))
}

// xmlText undoes gzip and UTF-16, which needs no byte order mark in XML. Other encodings are named in the XML.
func xmlText(r io.Reader) (io.Reader, error) {
	text, err := reportfile.Options{}.Text(r)
	if err != nil {
		return nil, err
	}
	peeked := bufio.NewReader(text)
	switch start, _ := peeked.Peek(2); string(start) {
	case "<\x00":
		return reportfile.Options{Encoding: "utf-16le"}.Text(peeked)
	case "\x00<":
		return reportfile.Options{Encoding: "utf-16be"}.Text(peeked)
	}
	return peeked, nil
}

// xmlEncoding reads what follows the XML's first line.
func xmlEncoding(encoding string, r io.Reader) (io.Reader, error) {
	if strings.HasPrefix(strings.ToLower(encoding), "utf-16") || strings.EqualFold(encoding, "utf8") {
		return r, nil // it has been decoded already
	}
	text, err := reportfile.Options{Encoding: encoding}.Text(r)
	if err != nil {
		return nil, fmt.Errorf("its encoding is %.40q, which is not known here: convert it to UTF-8", encoding)
	}
	return text, nil
}

// bounded is an error where a file or one of its elements is too large.
type bounded struct {
	io.Reader
	total, element int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.total > maxStatement {
		return 0, fmt.Errorf("it is larger than %d MiB: split it", maxStatement>>20)
	}
	if b.element > maxElement {
		return 0, fmt.Errorf("an element of it is larger than %d MiB", maxElement>>20)
	}
	n, err := b.Reader.Read(p)
	b.total, b.element = b.total+n, b.element+n
	return n, err
}

// camtReader reads the statements of a file, an entry at a time.
type camtReader struct {
	BankStatement
	name                string
	statements, entries int
}

// camtStatement is what is known of a statement while its entries are read.
type camtStatement struct {
	account  string // its number
	currency string // of the account
	period   camtPeriod
	balances []camtBalance
	sums     map[string]decimal.Decimal // of the entries, by currency
}

type (
	camtPeriod struct {
		From string `xml:"FrDtTm"`
		To   string `xml:"ToDtTm"`
	}
	camtAmount struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	camtBalance struct {
		Code   string     `xml:"Tp>CdOrPrtry>Cd"`
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
		Date   camtDate   `xml:"Dt"`
	}
	camtDate struct {
		Date     string `xml:"Dt"`
		DateTime string `xml:"DtTm"`
	}
)

func (s *camtReader) read(r io.Reader, name string) error {
	s.name = name
	text, err := xmlText(r)
	if err != nil {
		return fmt.Errorf("it can't be read: %s", strings.TrimPrefix(err.Error(), "reportfile: "))
	}
	limits := &bounded{Reader: text}
	decoder := xml.NewDecoder(limits)
	decoder.CharsetReader = xmlEncoding
	var statement *camtStatement
	for depth := 0; ; {
		limits.element = 0
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return cantRead(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch {
			case depth == 0 && token.Name.Local != "Document":
				return fmt.Errorf("the XML is <%.40s>, not a <Document> with a bank statement (camt.053)", token.Name.Local)
			case depth == 1 && token.Name.Local != "BkToCstmrStmt":
				return wrongMessage(token.Name.Local)
			case depth == 2 && token.Name.Local == "Stmt":
				statement = &camtStatement{sums: make(map[string]decimal.Decimal)}
				s.statements++
			case depth == 3 && statement != nil:
				if err := s.readPart(decoder, &token, statement); err != nil {
					return err
				}
				continue
			}
			depth++
		case xml.EndElement:
			if depth--; depth == 2 && statement != nil {
				if err := s.end(statement); err != nil {
					return err
				}
				statement = nil
			}
		}
	}
	if s.statements == 0 {
		return errors.New("it holds no statement")
	}
	return nil
}

func cantRead(err error) error { return fmt.Errorf("the XML can't be read: %w", err) }

// otherMessages are messages that a bank also offers, or that are sent to it.
var otherMessages = map[string]string{
	"BkToCstmrAcctRpt":      "a report of the day, whose entries may still change (camt.052)",
	"BkToCstmrDbtCdtNtfctn": "a notification of single entries, which may not be all (camt.054)",
	"CstmrCdtTrfInitn":      "an order to pay (pain.001)",
	"CstmrDrctDbtInitn":     "an order to collect (pain.008)",
	"CstmrPmtStsRpt":        "a report on orders (pain.002)",
}

func wrongMessage(element string) error {
	what := otherMessages[element]
	if what == "" {
		what = "no bank statement"
	}
	return fmt.Errorf("the XML holds <%.40s>, %s: get the bank statement (camt.053, <BkToCstmrStmt>)", element, what)
}

// readPart reads an element of a statement.
func (s *camtReader) readPart(decoder *xml.Decoder, start *xml.StartElement, statement *camtStatement) error {
	var err error
	switch start.Name.Local {
	case "FrToDt":
		err = decoder.DecodeElement(&statement.period, start)
	case "Acct":
		var account struct {
			IBAN     string `xml:"Id>IBAN"`
			Other    string `xml:"Id>Othr>Id"`
			Currency string `xml:"Ccy"`
		}
		err = decoder.DecodeElement(&account, start)
		statement.currency = account.Currency
		statement.account = strings.ToUpper(strings.Join(strings.Fields(account.IBAN+account.Other), ""))
	case "Bal":
		var balance camtBalance
		err = decoder.DecodeElement(&balance, start)
		statement.balances = append(statement.balances, balance)
	case "Ntry":
		var entry camtEntry
		if err = decoder.DecodeElement(&entry, start); err == nil {
			s.entries++
			if err := s.add(&entry, statement); err != nil {
				return fmt.Errorf("entry %d: %w", s.entries, err)
			}
		}
	default:
		err = decoder.Skip()
	}
	if err != nil {
		return cantRead(err)
	}
	return nil
}

// end checks a statement of which all has been read.
func (s *camtReader) end(statement *camtStatement) error {
	if err := statement.checkBalances(); err != nil {
		return err
	}
	return s.addPeriod(statement)
}

// checkBalances compares the entries with the balances, where there are both: a page of a longer statement has others.
func (s *camtStatement) checkBalances() error {
	opening, closing := s.opening(), s.only("CLBD")
	if opening == nil || closing == nil {
		return nil
	}
	currency, closingCurrency := opening.Amount.code(), closing.Amount.code()
	if currency != closingCurrency {
		return fmt.Errorf("its opening balance is in %.20s and its closing balance in %.20s", currency, closingCurrency)
	}
	first, err := opening.Amount.signed(opening.Side)
	if err != nil {
		return fmt.Errorf("its opening balance: %w", err)
	}
	last, err := closing.Amount.signed(closing.Side)
	if err != nil {
		return fmt.Errorf("its closing balance: %w", err)
	}
	sum := s.sums[currency]
	if total, err := reportfile.AddExact(first, sum); err != nil || total.Cmp(last) != 0 {
		return fmt.Errorf("its entries are not complete: the opening balance %s and the entries' sum %s do not make the closing balance %s", first, sum, last)
	}
	return nil
}
