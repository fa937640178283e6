package payreports

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits for responses. Documented responses stay far below them. Without them, a few megabytes of {} would become gigabytes in memory.
const (
	maxDepth    = 100
	maxElements = 100_000
	maxMembers  = 1_000
)

// decodeJSON decodes the body of a 2xx response into a T. It refuses objects with duplicate members, because encoding/json would silently take the
// last one. Names that differ only in case are duplicates.
func decodeJSON[T any](body []byte) (*T, error) {
	value := new(T)
	if !json.Valid(body) {
		return nil, json.Unmarshal(body, value) // its error says where
	}
	check := structure{text: body}
	if err := check.value(0); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, value); err != nil {
		return nil, err
	}
	return value, nil
}

// decodeList decodes a response that contains a list. A missing list isn't an empty one: it means that something other than the service
// responded. So does an element in which lacks finds a missing member.
func decodeList[T, E any](name string, elements func(*T) []E, lacks func(E) string) func(body []byte) (*T, error) {
	return func(body []byte) (*T, error) {
		list, err := decodeJSON[T](body)
		if err != nil {
			return nil, err
		}
		if elements(list) == nil {
			return nil, errors.New("it has no " + name)
		}
		return list, eachHas(name, elements(list), lacks)
	}
}

func eachHas[E any](name string, elements []E, lacks func(E) string) error {
	for i, element := range elements {
		if member := lacks(element); member != "" {
			return fmt.Errorf("%s[%d] has no %s", name, i, member)
		}
	}
	return nil
}

// checkAnsweredID refuses a response with another id than the requested one.
func checkAnsweredID[ID ~string](name string, answered, asked ID) error {
	switch answered {
	case asked:
		return nil
	case "":
		return errors.New("it has no " + name)
	default:
		return fmt.Errorf("its %s is %s instead of %s", name, oneLine(string(answered), 64), oneLine(string(asked), 64))
	}
}

// structure walks through JSON that is known to be valid, so it needs few checks.
type structure struct {
	text []byte
	at   int
}

func (s *structure) value(depth int) error {
	s.skipSpace()
	switch s.text[s.at] {
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.array(depth + 1)
	case '"':
		s.string()
	default:
		for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
			s.at++
		}
	}
	return nil
}

func (s *structure) object(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	seen := make(map[string]bool)
	for s.next('}') {
		if len(seen) == maxMembers {
			return fmt.Errorf("an object has more than %d members", maxMembers)
		}
		quoted := s.string()
		name := string(quoted[1 : len(quoted)-1])
		if strings.Contains(name, `\`) {
			if err := json.Unmarshal(quoted, &name); err != nil {
				return err
			}
		}
		folded := foldName(name)
		if seen[folded] {
			return fmt.Errorf("an object has the member %s twice", oneLine(name, 64))
		}
		seen[folded] = true
		s.skipSpace()
		s.at++ // the colon
		if err := s.value(depth); err != nil {
			return err
		}
	}
	return nil
}

func (s *structure) array(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	for elements := 0; s.next(']'); elements++ {
		if elements == maxElements {
			return fmt.Errorf("a list has more than %d elements", maxElements)
		}
		if err := s.value(depth); err != nil {
			return err
		}
	}
	return nil
}

// next skips the bracket or comma before the next element or member. If there is none, it skips the closing bracket and returns false.
func (s *structure) next(closing byte) bool {
	s.skipSpace()
	if s.text[s.at] == closing {
		s.at++
		return false
	}
	s.at++
	s.skipSpace()
	if s.text[s.at] == closing {
		s.at++
		return false
	}
	return true
}

// string skips a string and returns it with its quotes.
func (s *structure) string() []byte {
	start := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[start:s.at]
}

func (s *structure) skipSpace() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t' || s.text[s.at] == '\r' || s.text[s.at] == '\n') {
		s.at++
	}
}

// foldName returns the same text for all names that encoding/json treats as equal.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next // the smallest rune of those that differ in case only
			}
			r = next
		}
	}, name)
}
