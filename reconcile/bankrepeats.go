package reconcile

import "strings"

// lineKey is all that a bank line says.
type lineKey struct {
	account                string
	day                    int
	amount, currency, text string
}

// repeats tells lines that several files have, such as the statement of a day and that of its month. Two alike lines in one file are two.
type repeats struct {
	file string
	// inFile counts the lines of the file that is being added, and most is how often a line is in the file that has it most often.
	inFile, most map[lineKey]int
	count        int
}

// has reports whether an earlier file has a line of a file as well.
func (r *repeats) has(line *bankLine) bool {
	if line.File == "" {
		return false // nothing says that it is another file
	}
	if r.most == nil {
		r.most = make(map[lineKey]int)
	}
	if r.inFile == nil || line.File != r.file {
		r.file, r.inFile = line.File, make(map[lineKey]int)
	}
	k := lineKey{line.Account, line.day, line.Amount.Trim(0).String(), line.Currency, strings.Join(strings.Fields(line.Text), " ")}
	r.inFile[k]++
	if r.inFile[k] <= r.most[k] {
		r.count++
		return true
	}
	r.most[k] = r.inFile[k]
	return false
}

// Repeated returns how many lines were left out because an earlier file has them, with the same account, date, amount, currency and
// text.
func (b *Bank) Repeated() int { return b.repeats.count }
