package reconcile

import (
	"fmt"
	"slices"

	"github.com/govalues/decimal"
)

const (
	// earlyDays is how many days before a disbursement its money may be booked: the bank's day may begin before UTC's.
	earlyDays = 1
	// mostInALine is how many disbursements are tried in one bank line.
	mostInALine = 4
	// mostCandidates bounds the search for a sum. No merchant has as many disbursements within days.
	mostCandidates = 64
)

// matching finds the lines of disbursements. Both are in the order of time.
type matching struct {
	days    int
	payouts []*payout
	lines   []*bankLine
	results []BankResult
}

func (m *matching) found(status Status, detail string, payouts []*payout, lines ...*bankLine) {
	for _, p := range payouts {
		p.done = true
	}
	var line *bankLine
	for _, l := range lines {
		l.done, line = true, l
	}
	if len(lines) > 1 {
		line = nil
	}
	r := newBankResult(payouts, line)
	r.Status, r.Detail = status, detail
	m.results = append(m.results, r)
}

// fits reports whether a line may be of a disbursement by date and currency.
func (m *matching) fits(p *payout, l *bankLine) bool {
	return !p.done && !l.done && p.currency == l.Currency && l.day >= p.day-earlyDays && l.day <= p.day+m.days
}

// group is what is alike: disbursements and lines of one amount that fit each other, directly or by others of the group.
type group struct {
	payouts []*payout
	lines   []*bankLine
}

// byAmount matches what has the same amount. In a group with a line for each disbursement everything has arrived, whichever is
// whose. In any other group something is missing, and nothing says which.
func (m *matching) byAmount() {
	alike := make(map[string]*group)
	var order []*group
	of := func(currency string, amount decimal.Decimal) *group {
		name := currency + " " + amount.Trim(0).String()
		g := alike[name]
		if g == nil {
			g = new(group)
			alike[name], order = g, append(order, g)
		}
		return g
	}
	for _, p := range m.payouts {
		if !p.done {
			g := of(p.currency, p.amount)
			g.payouts = append(g.payouts, p)
		}
	}
	for _, l := range m.lines {
		if l.isOpen() {
			if g := alike[l.Currency+" "+l.Amount.Trim(0).String()]; g != nil {
				g.lines = append(g.lines, l)
			}
		}
	}
	for _, g := range order {
		for _, part := range m.connected(g) {
			m.matchGroup(part)
		}
	}
}

// connected splits a group into those that fit each other.
func (m *matching) connected(g *group) []*group {
	var parts []*group
	payouts, lines := slices.Clone(g.payouts), slices.Clone(g.lines)
	for len(payouts) > 0 {
		part := &group{payouts: payouts[:1:1]}
		payouts = payouts[1:]
		for grown := true; grown; {
			before := len(part.payouts) + len(part.lines)
			lines = slices.DeleteFunc(lines, func(l *bankLine) bool {
				in := slices.ContainsFunc(part.payouts, func(p *payout) bool { return m.fits(p, l) })
				if in {
					part.lines = append(part.lines, l)
				}
				return in
			})
			payouts = slices.DeleteFunc(payouts, func(p *payout) bool {
				in := slices.ContainsFunc(part.lines, func(l *bankLine) bool { return m.fits(p, l) })
				if in {
					part.payouts = append(part.payouts, p)
				}
				return in
			})
			grown = len(part.payouts)+len(part.lines) > before
		}
		parts = append(parts, part)
	}
	return parts
}

func (m *matching) matchGroup(g *group) {
	slices.SortStableFunc(g.payouts, func(a, b *payout) int { return a.day - b.day })
	slices.SortStableFunc(g.lines, func(a, b *bankLine) int { return a.day - b.day })
	if len(g.lines) == 0 {
		return // perhaps a part of a sum
	}
	m.withoutStrangers(g)
	pairs := m.pair(g)
	if len(pairs) < len(g.payouts) {
		m.found(Ambiguous, fmt.Sprintf("disbursements of this amount: %d, bank lines: %d", len(g.payouts), len(g.lines)), g.payouts, g.lines...)
		return
	}
	for i, p := range g.payouts {
		detail := ""
		if pairs[i].Text == "" || !pairs[i].payer {
			detail = "by its amount and date: the bank line doesn't name who paid"
		}
		m.found(Matched, detail, []*payout{p}, pairs[i])
		m.results[len(m.results)-1].AmountOnly = detail != ""
	}
}

// withoutStrangers leaves out the lines of others who happened to pay as much, the last ones first, unless a disbursement would be without
// a line.
func (m *matching) withoutStrangers(g *group) {
	most := len(m.pair(g))
	for i := len(g.lines) - 1; i >= 0 && len(g.lines) > len(g.payouts); i-- {
		if g.lines[i].payer {
			continue
		}
		fewer := &group{payouts: g.payouts, lines: slices.Delete(slices.Clone(g.lines), i, i+1)}
		if len(m.pair(fewer)) == most {
			g.lines = fewer.lines
		}
	}
}

// pair finds a line for each disbursement, the earliest that fits and isn't taken: both are in the order of time, and all windows are
// equally long, so that none is left without a line that could have one. What is left of the lines is too much, whichever it is.
func (m *matching) pair(g *group) (pairs []*bankLine) {
	lines := g.lines
	for _, p := range g.payouts {
		next := slices.IndexFunc(lines, func(l *bankLine) bool { return m.fits(p, l) })
		if next < 0 {
			break
		}
		pairs, lines = append(pairs, lines[next]), lines[next+1:]
	}
	return pairs
}

// bySum matches lines with the only two to four disbursements whose sum they are.
func (m *matching) bySum() {
	type fit struct {
		line *bankLine
		sets [][]*payout
		many bool
	}
	var fits []fit
	uses := make(map[*payout]int) // by how many lines
	for _, l := range m.lines {
		if !l.isOpen() || !l.payer || !l.Amount.IsPos() {
			continue
		}
		candidates := slices.DeleteFunc(slices.Clone(m.payouts), func(p *payout) bool { return !m.fits(p, l) })
		f := fit{line: l, many: len(candidates) > mostCandidates}
		if !f.many {
			f.sets = setsOf(candidates, l.Amount, 2, mostInALine)
		}
		if len(f.sets) == 0 && !f.many {
			continue
		}
		fits = append(fits, f)
		used := make(map[*payout]bool)
		for _, set := range f.sets {
			for _, p := range set {
				used[p] = true
			}
		}
		for p := range used {
			uses[p]++
		}
	}
	for _, f := range fits {
		switch {
		case f.many:
			m.found(Ambiguous, fmt.Sprintf("more than %d disbursements may be in it", mostCandidates), nil, f.line)
		case len(f.sets) == 1 && !slices.ContainsFunc(f.sets[0], func(p *payout) bool { return uses[p] > 1 }):
			m.found(Matched, inOneLine(f.sets[0]), f.sets[0], f.line)
		default:
			m.found(Ambiguous, "more than one sum of disbursements fits it", openOf(f.sets), f.line)
		}
	}
}

// openOf returns what is in any of the sets and not matched yet.
func openOf(sets [][]*payout) []*payout {
	var all []*payout
	for _, set := range sets {
		for _, p := range set {
			if !p.done && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// setsOf returns the sets of disbursements with a sum, at most two sets: more say no more.
func setsOf(candidates []*payout, sum decimal.Decimal, fewest, most int) (sets [][]*payout) {
	var chosen []*payout
	var choose func(from int)
	choose = func(from int) {
		if len(chosen) >= fewest {
			if total, ok := sumOf(chosen); ok && total.Cmp(sum) == 0 {
				sets = append(sets, slices.Clone(chosen))
			}
		}
		if len(chosen) >= most {
			return
		}
		for i := from; i < len(candidates) && len(sets) < 2; i++ {
			chosen = append(chosen, candidates[i])
			choose(i + 1)
			chosen = chosen[:len(chosen)-1]
		}
	}
	choose(0)
	return sets
}
