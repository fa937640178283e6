package payreports

import (
	"fmt"
	"iter"
)

const (
	maxEmptyPages = 100
	maxToken      = 64 << 10
)

// pages goes through a list whose pages are linked by tokens: fetch gets "" for the first page, afterwards the token of
// the page before. A page without elements is not the end as long as it has a token. A token that comes a second time is an
// error, because the loop would not end; so are maxEmptyPages empty pages in a row, and a token that no URL can hold.
func pages[T any](operation string, fetch func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := make(map[string]bool)
		empty := 0
		for token := ""; ; {
			elements, next, err := fetch(token)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, element := range elements {
				if !yield(element, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if empty++; len(elements) > 0 {
				empty = 0
			}
			switch {
			case empty == maxEmptyPages:
				yield(zero, fmt.Errorf("payreports: %s: the service sent %d empty pages in a row, each with a nextToken: the list can't be finished", operation, empty))
				return
			case len(next) > maxToken:
				yield(zero, fmt.Errorf("payreports: %s: the service sent a nextToken of %d bytes, after %d pages: the list can't be finished", operation, len(next), len(seen)+1))
				return
			}
			if seen[next] {
				yield(zero, fmt.Errorf("payreports: %s: the service sent the same nextToken twice, after %d pages: the list can't be finished", operation, len(seen)+1))
				return
			}
			seen[next] = true
			token = next
		}
	}
}
