package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amazonpay-go/payreports/reportfile"
)

// current is what the file that is being read has added. It counts once the file has ended, and is forgotten if the file is damaged.
type current struct {
	number int32 // of the file
	// before is what earlier files said of orders that this file has as well.
	before map[key]charges
	// parts are the settlements that it has, each in a currency.
	parts map[key]bool
	// settled is the time that its rows cover, by currency.
	settled map[string]*coverage
}

// damaged is a file that could not be read to its end. Nothing of it counts.
type damaged struct {
	name  string
	parts []key
}

// lost are the parts of settlements in which a damaged file had something of an order.
type lost struct {
	file  *damaged
	parts []key
}

// part is a settlement in one currency, in a file. Most rows are of the same one as the row before.
type part struct {
	key
	ids     []string // the settlement's alone
	file    string
	counts  bool      // the rows of this file
	settled *coverage // of the currency, in the current file
}

func (p *part) has(row *reportfile.SettlementRow) bool {
	return p != nil && p.id == row.SettlementID && p.currency == row.Currency && p.file == row.File
}

// part finds out of which part a row is.
func (o *Orders) part(row *reportfile.SettlementRow) *part {
	p := &part{key: key{strings.Clone(row.SettlementID), strings.Clone(row.Currency)}, file: row.File} // without the memory of the row
	if p.id != "" {
		p.ids = []string{p.id}
	}
	file, known := o.fileOf[p.key]
	if !known {
		file, o.fileOf[p.key] = row.File, row.File
	}
	if !known || file != row.File {
		o.current.parts[p.key] = true
	}
	if p.counts = file == row.File; !p.counts {
		return p
	}
	if p.settled = o.current.settled[p.currency]; p.settled == nil {
		p.settled = new(coverage)
		o.current.settled[p.currency] = p.settled
	}
	return p
}

func newCurrent(number int32) current {
	return current{number: number, before: make(map[key]charges), parts: make(map[key]bool), settled: make(map[string]*coverage)}
}

// touch notes what is known of an order before the current file changes it.
func (o *Orders) touch(of *order) {
	if of.file == o.current.number {
		return
	}
	if of.isCaptured || !of.lastRefund.IsZero() {
		o.current.before[of.key] = of.charges
	}
	of.file = o.current.number
}

// AddFile says that the rows since the last AddFile are those of a file, and that it covers the time from file.Start to file.End in their
// currencies. What a file held that could not be read to its end is forgotten, and counts if another file has it. Without AddFile, all rows
// count, and they alone say what is covered.
func (o *Orders) AddFile(file File) {
	if file.Err != nil {
		o.forget(file.Name)
	} else {
		for currency, covered := range o.current.settled {
			covered.add(file.Start)
			covered.add(file.End)
			o.covers(currency, covered)
		}
	}
	o.current, o.last = newCurrent(o.current.number+1), nil
}

func (o *Orders) covers(currency string, time *coverage) {
	settled := o.settled[currency]
	if settled == nil {
		settled = new(coverage)
		o.settled[currency] = settled
	}
	settled.add(time.first)
	settled.add(time.last)
}

// covered is what all files cover in a currency.
func (o *Orders) covered(currency string) *coverage {
	covered := new(coverage)
	for _, of := range []*coverage{o.settled[currency], o.current.settled[currency]} {
		if of != nil {
			covered.add(of.first)
			covered.add(of.last)
		}
	}
	return covered
}

// forget takes away what the current file has added.
func (o *Orders) forget(name string) {
	file := &damaged{name: name, parts: slices.Collect(maps.Keys(o.current.parts))}
	o.damaged = append(o.damaged, file)
	for _, part := range file.parts {
		if o.fileOf[part] == name {
			delete(o.fileOf, part)
		}
	}
	for of := range o.orders.all() {
		if of.file != o.current.number {
			continue
		}
		before := o.current.before[of.key]
		parts := file.parts
		if of.refunded.Cmp(before.refunded) == 0 { // only captures know their settlement
			parts = nil
			for _, settlement := range of.settlements {
				if !slices.Contains(before.settlements, settlement) {
					parts = append(parts, key{settlement, of.currency})
				}
			}
		}
		o.lost[of.key] = append(o.lost[of.key], lost{file, parts})
		of.charges = before
	}
}

// lostIn returns the damaged file that had something of an order which no other file has, nil if there is none.
func (o *Orders) lostIn(k key) *damaged {
	for _, lost := range o.lost[k] {
		if !o.areElsewhere(lost.parts) {
			return lost.file
		}
	}
	return nil
}

// areElsewhere reports whether files that could be read have all of these.
func (o *Orders) areElsewhere(parts []key) bool {
	return !slices.ContainsFunc(parts, func(part key) bool { return o.fileOf[part] == "" })
}

// mayBeIn says which damaged files may have what is missing of an order, "" if there are none.
func (o *Orders) mayBeIn(what string) string {
	var missing []string
	for _, file := range o.damaged {
		if len(file.parts) == 0 || !o.areElsewhere(file.parts) {
			missing = append(missing, file.name)
		}
	}
	switch len(missing) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s may be in %s, which could not be read", what, missing[0])
	default:
		return fmt.Sprintf("%s may be in %s or in one of %d other files that could not be read", what, missing[0], len(missing)-1)
	}
}
