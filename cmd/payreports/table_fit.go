package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

func init() {
	// Terminals that show é and … in two columns are rare, in East Asia too. Letters that are always wide stay wide.
	text.OverrideRuneWidthEastAsianWidth(false)
}

// fit says what happens to a column where a table is wider than the terminal. Text goes on below itself before a column
// is left out. Words, ids, times and amounts are never cut.
type fit struct {
	rank   int  // columns of the highest ranks are left out first
	prose  bool // lines can end at each space, and in long paths
	amount bool // aligned to the right
}

// values are ids, times, names and the like. Their lines end at spaces, but not next to a word with a digit, because what
// stands there can be the other half of a time or an amount.
func values(rank int) fit { return fit{rank: rank} }

// amounts are values too.
func amounts(rank int) fit { return fit{rank: rank, amount: true} }

// prose is text for people.
func prose(rank int) fit { return fit{rank: rank, prose: true} }

// fileRanks are the most important columns of settlement and refund reports.
var fileRanks = []string{
	"NetTransactionAmount", "RefundAmount", "CurrencyCode", "TransactionType", "RefundStatus", "TransactionPostedDate", "CreationTimestamp",
	"SellerOrderId", "AmazonRefundId", "AmazonOrderReferenceId", "TransactionAmount", "TotalTransactionFee", "SettlementId",
}

// fitOfFile is how the column of a report file at this index fits. Those that aren't known follow in the file's order.
func fitOfFile(name string, index int) fit {
	rank := slices.Index(fileRanks, name)
	if rank < 0 {
		rank = len(fileRanks) + index
	}
	return fit{rank: rank, amount: strings.HasSuffix(name, "Amount") || strings.HasSuffix(name, "Fee")}
}

// leastProse is how narrow prose can become.
const leastProse = 20

// part is a text that stays on one line.
type part struct {
	text   string
	spaced bool // a space stands before it, unless it begins a line
}

// parts cuts a cell where its lines may end.
func (f fit) parts(cell string) []part {
	var parts []part
	glued := false // the word before has a digit
	for i, word := range strings.Fields(cell) {
		digits := strings.ContainsFunc(word, unicode.IsDigit)
		split := splitWide(word)
		if f.prose && displayWidth(word) > leastProse {
			split = splitPath(word)
		}
		if i > 0 && !f.prose && (glued || digits) {
			parts[len(parts)-1].text += " " + split[0].text
			split = split[1:]
		} else {
			split[0].spaced = i > 0
		}
		parts = append(parts, split...)
		glued = digits
	}
	return parts
}

// splitWide cuts a word before and after each wide letter, as East Asian text has no spaces.
func splitWide(word string) []part {
	var parts []part
	start, last := 0, utf8.RuneError
	for i, r := range word {
		inNumber := unicode.IsDigit(last) && unicode.IsDigit(r)
		if i > 0 && text.RuneWidth(r) > 0 && (isWide(last) || isWide(r)) && !inNumber {
			parts = append(parts, part{text: word[start:i]})
			start = i
		}
		if text.RuneWidth(r) > 0 {
			last = r
		}
	}
	return append(parts, part{text: word[start:]})
}

// splitPath cuts a path after its slashes.
func splitPath(word string) []part {
	var parts []part
	for element := range strings.SplitAfterSeq(word, "/") {
		if element != "" {
			parts = append(parts, splitWide(element)...)
		}
	}
	return parts
}

func isWide(r rune) bool { return text.RuneWidth(r) == 2 }

// nameParts cuts the header of a column: PROCESSING and STATUS of processingStatus.
func nameParts(name string) []part {
	var parts []part
	for i, word := range strings.Fields(name) {
		start, last := 0, utf8.RuneError
		for j, r := range word {
			if unicode.IsLower(last) && unicode.IsUpper(r) {
				parts = append(parts, part{strings.ToUpper(word[start:j]), i > 0 && start == 0})
				start = j
			}
			last = r
		}
		parts = append(parts, part{strings.ToUpper(word[start:]), i > 0 && start == 0})
	}
	return parts
}

func widest(parts []part) int {
	width := 0
	for _, p := range parts {
		width = max(width, displayWidth(p.text))
	}
	return width
}

// wrap is a [pretty.WidthEnforcer].
func (f fit) wrap(cell string, width int) string {
	if text.LongestLineLen(cell) <= width { // a header has been wrapped before
		return cell
	}
	return wrap(f.parts(cell), width)
}

// wrap puts as many parts on each line as fit.
func wrap(parts []part, width int) string {
	var wrapped strings.Builder
	taken := 0
	for _, p := range parts {
		size := displayWidth(p.text)
		space := 0
		if p.spaced {
			space = 1
		}
		switch {
		case taken == 0:
		case taken+space+size > width:
			wrapped.WriteString("\n")
			taken = 0
		default:
			wrapped.WriteString(strings.Repeat(" ", space))
			taken += space
		}
		wrapped.WriteString(p.text)
		taken += size
	}
	return wrapped.String()
}

// displayWidth is how many columns of a terminal a text takes, as go-pretty counts them.
func displayWidth(line string) int { return text.StringWidthWithoutEscSequences(line) }
