package reconcile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// BankStatement is what a file of ISO 20022 bank statements holds.
type BankStatement struct {
	// Lines are the booked entries, in their order.
	Lines []BankLine
	// From and To are the days that the statements say they cover, by their periods or else by the days of their balances. They are zero if
	// no statement says it.
	From, To time.Time
	// Unbooked counts the entries that the bank has not booked yet. They are not among the lines.
	Unbooked int
}

// maxAmountText is the length of the longest amount that is read: 19 digits and a dot. ISO 20022 has 18 digits.
const maxAmountText = 20

// maxStatement bounds what is read. A statement of a million entries is smaller.
const maxStatement = 1 << 30

// ReadCamt053 reads bank statements in XML (ISO 20022, camt.053 of any version). Name is for errors. It is an error if the XML is cut off or
// is another message, if an entry can't be read, and if the entries of a statement don't lead from its opening balance to its closing
// balance.
func ReadCamt053(r io.Reader, name string) (*BankStatement, error) {
	s := new(BankStatement)
	if err := s.read(io.LimitReader(r, maxStatement), name); err != nil {
		if name != "" {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return nil, fmt.Errorf("the bank statement: %w", err)
	}
	return s, nil
}

// IsCamt053 reports whether the beginning of a file looks like XML.
func IsCamt053(beginning []byte) bool {
	beginning = bytes.TrimLeft(bytes.TrimPrefix(beginning, []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(beginning, []byte("<"))
}

type (
	camtStatement struct {
		Period  camtPeriod    `xml:"FrToDt"`
		Balance []camtBalance `xml:"Bal"`
		Entries []camtEntry   `xml:"Ntry"`
	}
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
	camtEntry struct {
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
		Status struct {
			Text string `xml:",chardata"` // up to version 2
			Code string `xml:"Cd"`        // since
		} `xml:"Sts"`
		Booked camtDate `xml:"BookgDt"`
		Value  camtDate `xml:"ValDt"`
		// All further texts: references, names, remittance information.
		Inner []byte `xml:",innerxml"`
	}
)

func (s *BankStatement) read(r io.Reader, name string) error {
	decoder := xml.NewDecoder(r)
	decoder.CharsetReader = func(encoding string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("its encoding is %.40s: convert it to UTF-8", encoding)
	}
	statements, entries := 0, 0
	for depth := 0; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("the XML can't be read: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch {
			case depth == 0 && token.Name.Local != "Document":
				return fmt.Errorf("the XML is <%.40s>, not a <Document> with a bank statement (camt.053)", token.Name.Local)
			case depth == 1 && token.Name.Local != "BkToCstmrStmt":
				return fmt.Errorf("the XML holds <%.40s>, not a bank statement (camt.053, <BkToCstmrStmt>)", token.Name.Local)
			case depth == 2 && token.Name.Local == "Stmt":
				var statement camtStatement
				if err := decoder.DecodeElement(&statement, &token); err != nil {
					return fmt.Errorf("the XML can't be read: %w", err)
				}
				statements++
				if err := s.add(&statement, name, &entries); err != nil {
					return err
				}
				continue
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if statements == 0 {
		return errors.New("it holds no statement")
	}
	return nil
}

func (s *BankStatement) add(statement *camtStatement, name string, entries *int) error {
	var sum decimal.Decimal
	for i := range statement.Entries {
		*entries++
		entry := &statement.Entries[i]
		switch status := strings.TrimSpace(entry.Status.Text) + entry.Status.Code; status {
		case "", "BOOK":
		case "PDNG", "INFO", "FUTR":
			s.Unbooked++
			continue
		default:
			return fmt.Errorf("entry %d: its status is %.20q, not BOOK, PDNG or INFO", *entries, status)
		}
		line, err := entry.line()
		if err == nil {
			sum, err = reportfile.AddExact(sum, line.Amount)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", *entries, err)
		}
		line.File, line.Line = name, *entries
		s.Lines = append(s.Lines, line)
	}
	if err := statement.checkBalances(sum); err != nil {
		return err
	}
	return s.addPeriod(statement)
}

// checkBalances compares the entries with the balances, where there is one of both: a page of a longer statement has others.
func (s *camtStatement) checkBalances(sum decimal.Decimal) error {
	var opening, closing []camtBalance
	for _, balance := range s.Balance {
		switch {
		case balance.isOpening():
			opening = append(opening, balance)
		case balance.isClosing():
			closing = append(closing, balance)
		}
	}
	if len(opening) != 1 || len(closing) != 1 {
		return nil
	}
	first, err := opening[0].Amount.signed(opening[0].Side)
	if err != nil {
		return fmt.Errorf("its opening balance: %w", err)
	}
	last, err := closing[0].Amount.signed(closing[0].Side)
	if err != nil {
		return fmt.Errorf("its closing balance: %w", err)
	}
	if total, err := reportfile.AddExact(first, sum); err != nil || total.Cmp(last) != 0 {
		return fmt.Errorf("its entries are not complete: the opening balance %s and the entries' sum %s do not make the closing balance %s", first, sum, last)
	}
	return nil
}

func (a *camtAmount) signed(side string) (decimal.Decimal, error) {
	text := strings.TrimSpace(a.Value)
	// In XML a decimal has no thousands separators, so three digits after the dot are just that.
	amount, err := decimal.Parse(text)
	if err != nil || strings.ContainsAny(text, "eE+-_") || len(text) > maxAmountText { // a longer one would be rounded
		return decimal.Decimal{}, fmt.Errorf("%.40q is not an amount", text)
	}
	switch strings.TrimSpace(side) {
	case "CRDT":
		return amount, nil
	case "DBIT":
		return amount.Neg(), nil
	default:
		return decimal.Decimal{}, fmt.Errorf("its CdtDbtInd is %.20q, not CRDT or DBIT", side)
	}
}

func (e *camtEntry) line() (line BankLine, err error) {
	if line.Amount, err = e.Amount.signed(e.Side); err != nil {
		return line, err
	}
	if line.Currency = strings.ToUpper(strings.TrimSpace(e.Amount.Currency)); len(line.Currency) != 3 {
		return line, fmt.Errorf("its currency is %.20q", line.Currency)
	}
	date := e.Booked
	if date == (camtDate{}) {
		date = e.Value
	}
	if line.Date, err = date.time(); err != nil {
		return line, err
	}
	line.Text, err = texts(e.Inner)
	return line, err
}

func (d camtDate) time() (time.Time, error) {
	text := strings.TrimSpace(d.Date + d.DateTime)
	for _, layout := range []string{time.DateOnly, "2006-01-02Z07:00", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a date such as 2026-10-01", text)
}

// texts joins all that an entry says.
func texts(inner []byte) (string, error) {
	var list []string
	for decoder := xml.NewDecoder(bytes.NewReader(inner)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(list, " "), nil
		}
		if err != nil {
			return "", fmt.Errorf("the XML can't be read: %w", err)
		}
		if text, ok := token.(xml.CharData); ok {
			if text := strings.TrimSpace(string(text)); text != "" {
				list = append(list, text)
			}
		}
	}
}
