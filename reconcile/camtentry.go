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

type (
	camtEntry struct {
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
		Status struct {
			Text        string `xml:",chardata"` // up to version 6
			Code        string `xml:"Cd"`        // since
			Proprietary string `xml:"Prtry"`
		} `xml:"Sts"`
		Booked       camtDate          `xml:"BookgDt"`
		Value        camtDate          `xml:"ValDt"`
		Transactions []camtTransaction `xml:"NtryDtls>TxDtls"`
		// All further texts: references, names, remittance information.
		Inner []byte `xml:",innerxml"`
	}
	camtTransaction struct {
		Amount camtAmount `xml:"Amt"` // since version 4
		Side   string     `xml:"CdtDbtInd"`
		Detail camtAmount `xml:"AmtDtls>TxAmt>Amt"` // before
		Inner  []byte     `xml:",innerxml"`
	}
)

// add adds an entry. Its CdtDbtInd says which way the money went, also if it is a reversal.
func (s *camtReader) add(entry *camtEntry, statement *camtStatement) error {
	switch status := strings.TrimSpace(entry.Status.Text + entry.Status.Code + entry.Status.Proprietary); status {
	case "", "BOOK":
	case "PDNG", "INFO", "FUTR":
		s.Unbooked++
		return nil
	default:
		return fmt.Errorf("its status is %.20q, not BOOK, PDNG, INFO or FUTR", status)
	}
	line, err := entry.line()
	if err != nil {
		return err
	}
	if statement.sums[line.Currency], err = reportfile.AddExact(statement.sums[line.Currency], line.Amount); err != nil {
		return err
	}
	line.File, line.Line, line.Account = s.name, s.entries, statement.account
	amounts := entry.parts(line.Amount)
	if amounts == nil {
		line.Text, err = texts(entry.Inner, "")
		s.Lines = append(s.Lines, line)
		return err
	}
	common, err := texts(entry.Inner, "TxDtls")
	if err != nil {
		return err
	}
	for i, amount := range amounts {
		text, err := texts(entry.Transactions[i].Inner, "")
		if err != nil {
			return err
		}
		line.Amount, line.Text = amount, common+" "+text
		s.Lines = append(s.Lines, line)
	}
	return nil
}

// parts are the amounts of an entry's transactions, if there are several and they make up the entry.
func (e *camtEntry) parts(amount decimal.Decimal) (parts []decimal.Decimal) {
	if len(e.Transactions) < 2 {
		return nil
	}
	var sum decimal.Decimal
	for i := range e.Transactions {
		part := &e.Transactions[i]
		of, side := part.Amount, part.Side
		if of.Value == "" {
			of = part.Detail
		}
		if side == "" {
			side = e.Side
		}
		signed, err := of.signed(side)
		if err != nil || of.code() != e.Amount.code() {
			return nil
		}
		if sum, err = reportfile.AddExact(sum, signed); err != nil {
			return nil
		}
		parts = append(parts, signed)
	}
	if sum.Cmp(amount) != 0 {
		return nil
	}
	return parts
}

// maxAmountText is the length of the longest amount that is read: 19 digits and a dot. ISO 20022 has 18 digits.
const maxAmountText = 20

// code is the currency.
func (a *camtAmount) code() string { return strings.ToUpper(strings.TrimSpace(a.Currency)) }

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

// line is the entry without its text.
func (e *camtEntry) line() (line BankLine, err error) {
	if line.Amount, err = e.Amount.signed(e.Side); err != nil {
		return line, err
	}
	if line.Currency = e.Amount.code(); len(line.Currency) != 3 {
		return line, fmt.Errorf("its currency is %.20q", line.Currency)
	}
	date := e.Booked
	if date == (camtDate{}) {
		date = e.Value
	}
	line.Date, err = date.time()
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

// texts joins all that an entry says, besides elements of a name, "" for all.
func texts(inner []byte, without string) (string, error) {
	var list []string
	for decoder := xml.NewDecoder(bytes.NewReader(inner)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(list, " "), nil
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == without {
			err = decoder.Skip()
		}
		if err != nil {
			return "", cantRead(err)
		}
		if text, ok := token.(xml.CharData); ok {
			if text := strings.TrimSpace(string(text)); text != "" {
				list = append(list, text)
			}
		}
	}
}
