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
// garbage collector has little to look at.
type orderList struct {
	blocks [][]order
	count  int
	// byHash has the number, from 1, of the last order whose id has the hash. Its next is the one before with the same hash.
	byHash map[uint64]int
	seed   maphash.Seed
	ids    strings.Builder // of the last orders
	// currencies are in memory once.
	currencies map[string]string
}

const (
	ordersPerBlock = 256
	idBlockSize    = 16 << 10
)

func newOrderList() orderList {
	return orderList{byHash: make(map[uint64]int), seed: maphash.MakeSeed(), currencies: make(map[string]string)}
}

// of finds an order, or adds it.
func (l *orderList) of(id, currency string) *order {
	hash := maphash.String(l.seed, id)
	last := l.byHash[hash]
	for number := last; number > 0; {
		of := &l.blocks[(number-1)/ordersPerBlock][(number-1)%ordersPerBlock]
		if of.id == id && of.currency == currency {
			return of
		}
		number = of.next
	}
	if l.count%ordersPerBlock == 0 {
		l.blocks = append(l.blocks, make([]order, 0, ordersPerBlock))
	}
	l.count++
	l.byHash[hash] = l.count
	block := &l.blocks[len(l.blocks)-1]
	*block = (*block)[:len(*block)+1] // an order is large to copy
	of := &(*block)[len(*block)-1]
	of.key, of.next = l.keep(id, currency), last
	return of
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
		for _, block := range l.blocks {
			for i := range block {
				if !yield(&block[i]) {
					return
				}
			}
		}
	}
}

// sorted returns those orders that a condition holds for, by id and currency.
func (l *orderList) sorted(holds func(*order) bool) []*order {
	sorted := make([]*order, 0, l.count)
	for of := range l.all() {
		if holds(of) {
			sorted = append(sorted, of)
		}
	}
	if len(sorted) == 0 {
		return sorted
	}
	common := sorted[0].id
	for _, of := range sorted {
		common = common[:commonPrefix(common, of.id)]
	}
	// Most are told apart by the first bytes in which they can differ, without a look at the ids.
	heads := make([]head, len(sorted))
	for i, of := range sorted {
		var bytes [8]byte
		copy(bytes[:], of.id[len(common):])
		heads[i] = head{binary.BigEndian.Uint64(bytes[:]), of}
	}
	slices.SortFunc(heads, func(a, b head) int {
		if a.bytes != b.bytes {
			return cmp.Compare(a.bytes, b.bytes)
		}
		return cmp.Or(cmp.Compare(a.of.id, b.of.id), cmp.Compare(a.of.currency, b.of.currency))
	})
	for i := range heads {
		sorted[i] = heads[i].of
	}
	return sorted
}

// head is the beginning of an order's id, behind what all ids have in common.
type head struct {
	bytes uint64
	of    *order
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
