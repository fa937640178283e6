package payreports

import (
	"fmt"
	"iter"
)

// pages goes through a list whose pages are linked by tokens: fetch gets "" for the first page, afterwards the token of
// the page before. A page without elements is not the end as long as it has a token. A token that comes a second time is an
// error, because the loop would not end.
func pages[T any](operation string, fetch func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := make(map[string]bool)
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
			if seen[next] {
				yield(zero, fmt.Errorf("payreports: %s: the service sent the same nextToken twice, after %d pages: the list can't be finished", operation, len(seen)+1))
				return
			}
			seen[next] = true
			token = next
		}
	}
}
