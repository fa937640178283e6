package reconcile

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
)

// orderList holds orders, of which there may be millions: orders and ids lie together in memory, without the rows that they come from, and the
// garbage collector has little to look at. A map would take as long as reading the reports.
type orderList struct {
	blocks [][]order
	count  int
	// slots is a hash table of their numbers. Its length is a power of two, and at most half of it is taken.
	slots []slot
	seed  maphash.Seed
	ids   strings.Builder // of the last orders
	// currencies are in memory once.
	currencies map[string]string
}

// slot is the place of an order in the table, or the next free one behind it.
type slot struct {
	hash   uint32 // of the order's id
	number uint32 // from 1: 0 is for a free slot. So many orders would take a tebibyte
}

const (
	ordersPerBlock = 256
	idBlockSize    = 16 << 10
)

func newOrderList() orderList {
	return orderList{slots: make([]slot, 2*ordersPerBlock), seed: maphash.MakeSeed(), currencies: make(map[string]string)}
}

// of finds an order, or adds it.
func (l *orderList) of(id, currency string) *order {
	hash := uint32(maphash.String(l.seed, id))
	i := l.find(hash, func(number uint32) bool {
		of := l.at(number)
		return of.id == id && of.currency == currency
	})
	if number := l.slots[i].number; number > 0 {
		return l.at(number)
	}
	if l.count%ordersPerBlock == 0 {
		l.blocks = append(l.blocks, make([]order, ordersPerBlock))
	}
	l.count++
	l.slots[i] = slot{hash, uint32(l.count)}
	if l.count == len(l.slots)/2 {
		l.grow()
	}
	of := l.at(uint32(l.count))
	of.key = l.keep(id, currency)
	return of
}

func (l *orderList) at(number uint32) *order {
	return &l.blocks[(number-1)/ordersPerBlock][(number-1)%ordersPerBlock]
}

// find returns the slot with a hash and a number that is right, or the free one that it would have.
func (l *orderList) find(hash uint32, isRight func(number uint32) bool) int {
	for i := int(hash) & (len(l.slots) - 1); ; i = (i + 1) & (len(l.slots) - 1) {
		if s := l.slots[i]; s.number == 0 || s.hash == hash && isRight(s.number) {
			return i
		}
	}
}

func (l *orderList) grow() {
	old := l.slots
	l.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.number > 0 {
			l.slots[l.find(s.hash, func(uint32) bool { return false })] = s
		}
	}
}

// keep copies what identifies an order.
func (l *orderList) keep(id, currency string) key {
	kept, known := l.currencies[currency]
	if !known {
		kept = strings.Clone(currency)
		l.currencies[kept] = kept
	}
	if l.ids.Cap()-l.ids.Len() < len(id) {
		l.ids.Reset()
		l.ids.Grow(max(idBlockSize, len(id)))
	}
	start := l.ids.Len()
	l.ids.WriteString(id)
	return key{l.ids.String()[start:], kept}
}

// all yields the orders in which they were added.
func (l *orderList) all() iter.Seq[*order] {
	return func(yield func(*order) bool) {
		for number := uint32(1); number <= uint32(l.count); number++ {
			if !yield(l.at(number)) {
				return
			}
		}
	}
}

// sorted returns the numbers of those orders that a condition holds for, by id and currency.
func (l *orderList) sorted(holds func(*order) bool) []uint32 {
	numbers := make([]uint32, 0, l.count)
	common := ""
	for number := uint32(1); number <= uint32(l.count); number++ {
		of := l.at(number)
		if !holds(of) {
			continue
		}
		if len(numbers) == 0 {
			common = of.id
		}
		common = common[:commonPrefix(common, of.id)]
		numbers = append(numbers, number)
	}
	// Most are told apart by the first bytes in which they can differ, without a look at the ids.
	heads := make([]head, len(numbers))
	for i, number := range numbers {
		var bytes [8]byte
		copy(bytes[:], l.at(number).id[len(common):])
		heads[i] = head{binary.BigEndian.Uint64(bytes[:]), number}
	}
	slices.SortFunc(heads, func(a, b head) int {
		if a.bytes != b.bytes {
			return cmp.Compare(a.bytes, b.bytes)
		}
		first, second := l.at(a.number), l.at(b.number)
		return cmp.Or(cmp.Compare(first.id, second.id), cmp.Compare(first.currency, second.currency))
	})
	for i := range heads {
		numbers[i] = heads[i].number
	}
	return numbers
}

// head is the beginning of an order's id, behind what all ids have in common.
type head struct {
	bytes  uint64
	number uint32
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
