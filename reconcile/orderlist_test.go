package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// An orderList is a map that can be sorted.
func TestOrderListIsAMap(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, id := range map[string]func() string{
		"numbers":         func() string { return fmt.Sprint(random.IntN(5000)) },
		"a common prefix": func() string { return fmt.Sprintf("ORDER-%07d-%04d", random.IntN(3), random.IntN(2000)) },
		"bytes": func() string {
			return strings.Repeat(string(rune(random.IntN(3))), random.IntN(12)) + "x"[:random.IntN(2)]
		},
		"all sorts": func() string {
			return []string{"", "A", "a", "é", "#1", "A\x00", "A\x00\x00", "AAAAAAAA", "AAAAAAAAA", "AAAAAAAAB"}[random.IntN(10)]
		},
		"one":  func() string { return "ORDER-1" },
		"long": func() string { return strings.Repeat("9", random.IntN(32<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newOrderList()
			want := make(map[key]*order)
			for range 3000 {
				k := key{id(), []string{"USD", "EUR", "JPY"}[random.IntN(3)]}
				of := l.of(k.id, k.currency)
				if of.key != k || want[k] != nil && want[k] != of {
					t.Fatalf("%q: found %q, want %p", k, of.key, want[k])
				}
				want[k] = of
			}
			keys := slices.SortedFunc(maps.Keys(want), func(a, b key) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.currency, b.currency)) })
			sorted := l.sorted(func(*order) bool { return true })
			if len(sorted) != len(keys) {
				t.Fatalf("%d orders, want %d", len(sorted), len(keys))
			}
			for i, number := range sorted {
				if of := l.at(number); of != want[keys[i]] {
					t.Errorf("order %d is %q, want %q", i, of.key, keys[i])
				}
			}
			if only := l.sorted(func(of *order) bool { return of.currency == "EUR" }); slices.ContainsFunc(only, func(number uint32) bool { return l.at(number).currency != "EUR" }) {
				t.Error("other currencies than EUR")
			}
		})
	}
	l := newOrderList()
	if sorted := l.sorted(func(*order) bool { return true }); len(sorted) != 0 {
		t.Errorf("an empty list: %v", sorted)
	}
}
