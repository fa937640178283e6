package payreports

import (
	"fmt"
	"iter"
)

const (
	maxEmptyPages = 100
	maxToken      = 64 << 10
)

// pages iterates over a list whose pages are linked by tokens. fetch gets "" for the first page, and then the token of the previous page. An
// empty page with a token isn't the last one. Three cases are errors, because the loop might never end: a token that is repeated,
// maxEmptyPages empty pages in a row, and a token too long for a URL.
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
				yield(zero, fmt.Errorf("payreports: %s: the service sent %d empty pages in a row, each with a nextToken: the list is incomplete", operation, empty))
				return
			case len(next) > maxToken:
				yield(zero, fmt.Errorf("payreports: %s: the service sent a nextToken of %d bytes after %d pages: the list is incomplete", operation, len(next), len(seen)+1))
				return
			}
			if seen[next] {
				yield(zero, fmt.Errorf("payreports: %s: the service sent the same nextToken twice after %d pages: the list is incomplete", operation, len(seen)+1))
				return
			}
			seen[next] = true
			token = next
		}
	}
}
