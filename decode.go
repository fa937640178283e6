package payreports

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// What an answer may consist of at most. The documented answers stay far below: without these bounds a few megabytes of {} would become
// gigabytes of values.
const (
	maxDepth    = 100
	maxElements = 100_000
	maxMembers  = 1_000
)

// decodeJSON reads the body of a 2xx answer into a T. A member that comes twice in an object is an error: encoding/json takes the last
// one, in whatever case it is written.
func decodeJSON[T any](body []byte) (*T, error) {
	value := new(T)
	if !json.Valid(body) {
		return nil, json.Unmarshal(body, value) // which says where
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

// decodeList reads an answer whose list must be there: one without it is no empty list, but another service's answer.
// So is one with an element for which lacks names a member.
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

// checkAnsweredID refuses an answer that is about something else than what was asked for.
func checkAnsweredID[ID ~string](name string, answered, asked ID) error {
	switch answered {
	case asked:
		return nil
	case "":
		return errors.New("it has no " + name)
	default:
		return fmt.Errorf("it is about %s %s, not %s", name, oneLine(string(answered), 64), oneLine(string(asked), 64))
	}
}

// structure walks through valid JSON, which makes most of what a parser does unnecessary.
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
			return fmt.Errorf("the member %s comes twice in an object", oneLine(name, 64))
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

// next goes past the bracket or comma before the next element or member; it reports false, past the closing bracket, if there is none.
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

// string goes past a string and returns it with its quotes.
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

// foldName returns the same text for all names that encoding/json takes for one.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next // the least of those that differ in case only
			}
			r = next
		}
	}, name)
}
