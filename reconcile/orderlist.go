package reconcile

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
)

// orderList holds orders, of which there may be millions: they lie together in memory, without the rows that they come from, and the garbage
// collector has little to look at.
type orderList struct {
	blocks [][]order
	count  int
	// numbers are those of orders, from 1, by the hash of the id. Where that is taken by another order, it is the next free hash.
	numbers map[uint64]uint32
	seed    maphash.Seed
	// currencies are in memory once.
	currencies map[string]string
}

const ordersPerBlock = 256

func newOrderList() orderList {
	return orderList{numbers: make(map[uint64]uint32), seed: maphash.MakeSeed(), currencies: make(map[string]string)}
}

// of finds an order, or adds it.
func (l *orderList) of(id, currency string) *order {
	hash := maphash.String(l.seed, id)
	for ; ; hash++ {
		number, taken := l.numbers[hash]
		if !taken {
			break
		}
		if of := l.at(number); of.id == id && of.currency == currency {
			return of
		}
	}
	if l.count%ordersPerBlock == 0 {
		l.blocks = append(l.blocks, make([]order, ordersPerBlock))
	}
	l.count++
	l.numbers[hash] = uint32(l.count)
	of := l.at(uint32(l.count))
	of.key = l.keep(id, currency)
	return of
}

func (l *orderList) at(number uint32) *order {
	return &l.blocks[(number-1)/ordersPerBlock][(number-1)%ordersPerBlock]
}

// keep copies what identifies an order.
func (l *orderList) keep(id, currency string) key {
	kept, known := l.currencies[currency]
	if !known {
		kept = strings.Clone(currency)
		l.currencies[kept] = kept
	}
	return key{strings.Clone(id), kept}
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
	// Most are told apart by the first bytes in which they can differ, without a look at the ids: comparing the ids takes a tenth longer in all.
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
