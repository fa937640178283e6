package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
)

var span = regexp.MustCompile(`^(\d{1,5})(m|h|d|w)$`)

// parseTime reads what a person types for a time: RFC 3339, the API's compact form, a date in UTC (its first second, or its last for
// an end), now, today, yesterday, or a span back from now.
func parseTime(flag, text string, end bool, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "20060102T150405Z"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	day := text
	switch text {
	case "now":
		return now, nil
	case "today":
		day = now.UTC().Format(time.DateOnly)
	case "yesterday":
		day = now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	}
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		if end {
			t = t.Add(24*time.Hour - time.Second)
		}
		return t, nil
	}
	if match := span.FindStringSubmatch(text); match != nil {
		n, err := strconv.Atoi(match[1])
		unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[match[2]]
		if back := time.Duration(n) * unit; err == nil && back/unit == time.Duration(n) { // it fits
			return now.Add(-back), nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("--%s is %q: use a date (2026-11-22), a time (2026-11-22T15:04:05Z or 20261122T150405Z), a span back from now (2w, 90d, 36h, 30m), now, today or yesterday", flag, text)}
}

// isRelative reports whether a time depends on when it is read.
func isRelative(text string) bool {
	return span.MatchString(text) || text == "now" || text == "today" || text == "yesterday"
}

// rfc3339 is how tables show a time, "" for none.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// parseTypes reads report types by short name or the API's own, and suggests the nearest for a wrong one.
func parseTypes(names []string) ([]payreports.ReportType, error) {
	var types []payreports.ReportType
	for _, name := range names {
		reportType, err := payreports.ParseReportType(strings.TrimSpace(name))
		if err != nil {
			return nil, unknownValue("type", name, typeNames())
		}
		types = append(types, reportType)
	}
	return types, nil
}

func parseType(name string) (payreports.ReportType, error) {
	if name == "" {
		return "", usageError{errors.New("--type is missing: " + strings.Join(typeNames(), ", "))}
	}
	types, err := parseTypes([]string{name})
	if err != nil {
		return "", err
	}
	return types[0], nil
}

func typeNames() []string {
	var names []string
	for _, reportType := range payreports.ReportTypes() {
		names = append(names, payreports.ReportTypeName(reportType))
	}
	return names
}

func statusNames() []string { return texts(payreports.ProcessingStatuses()) }

func frequencyNames() []string { return texts(payreports.ScheduleFrequencies()) }

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return list
}

func parseStatuses(names []string) ([]payreports.ProcessingStatus, error) {
	var statuses []payreports.ProcessingStatus
	for _, name := range names {
		status := strings.ToUpper(strings.TrimSpace(name))
		if err := oneOf("status", status, statusNames()); err != nil {
			return nil, err
		}
		statuses = append(statuses, payreports.ProcessingStatus(status))
	}
	return statuses, nil
}

func parseFrequency(name string) (payreports.ScheduleFrequency, error) {
	if name == "" {
		return "", usageError{errors.New("--frequency is missing: " + strings.Join(frequencyNames(), ", "))}
	}
	frequency := strings.ToUpper(name)
	if err := oneOf("frequency", frequency, frequencyNames()); err != nil {
		return "", err
	}
	return payreports.ScheduleFrequency(frequency), nil
}

// oneOf refuses a flag's value that isn't among the known ones.
func oneOf(flag, text string, known []string) error {
	if slices.Contains(known, text) {
		return nil
	}
	return unknownValue(flag, text, known)
}

// unknownValue names the values that were probably meant, and all of them.
func unknownValue(flag, text string, known []string) error {
	last := len(known) - 1
	all := strings.Join(known[:last], ", ") + " or " + known[last]
	if near := nearest(text, known); near != nil {
		return usageError{fmt.Errorf("--%s is %q: did you mean %s? It must be %s", flag, text, strings.Join(near, " or "), all)}
	}
	return usageError{fmt.Errorf("--%s is %q: it must be %s", flag, text, all)}
}

// nearest returns the names that may have been meant.
func nearest(text string, known []string) []string {
	var near []string
	text = strings.ToLower(text)
	for _, name := range known {
		lower := strings.ToLower(name)
		similar := distance(text, lower) <= max(1, len(text)/4)
		shortened := len(text) >= 3 && strings.Contains(lower, text)
		lengthened := len(name) >= 2 && strings.HasPrefix(text, lower)
		if similar || shortened || lengthened {
			near = append(near, name)
		}
	}
	return near
}

// distance is how many letters have to be changed, added or removed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
