package dataset

import "github.com/amazonpay-go/payreports/mirror"

// ofOtherAccounts are the copies of a report that other accounts have, one for each: a report without rows is the same for all of
// them. Who has the same settlement is an error, as where the files are not the same.
func ofOtherAccounts(copies []mirror.Entry, account string) (others []mirror.Entry) {
	taken := map[string]bool{account: true}
	for _, entry := range copies {
		if account, found := accountOf(entry.Path); found && !taken[account] {
			taken[account] = true
			others = append(others, entry)
		}
	}
	return others
}

// leftOutFiles are those that the mirror leaves out, until it is known which of them another account has.
type leftOutFiles struct {
	paths   []string
	reasons map[string]error
}

func (l *leftOutFiles) add(path string, reason error) {
	if l.reasons == nil {
		l.reasons = make(map[string]error)
	}
	l.paths, l.reasons[path] = append(l.paths, path), reason
}

func (l *leftOutFiles) takeBack(path string) { delete(l.reasons, path) }

func (l *leftOutFiles) tell(leftOut func(string, error)) {
	for _, path := range l.paths {
		if reason := l.reasons[path]; reason != nil && leftOut != nil {
			leftOut(path, reason)
		}
	}
}
