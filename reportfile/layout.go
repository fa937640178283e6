package reportfile

import (
	"fmt"
	"strings"
	"time"
)

// goLayout turns a date layout into that of package time. What it returns gives a date back as it was.
func goLayout(layout string) (string, error) {
	if layout == "" {
		return "", nil
	}
	translated := layout
	if !strings.Contains(layout, "2006") {
		translated = translate(layout)
	}
	probe := time.Date(2031, 11, 23, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(translated, probe.Format(translated))
	if err != nil || !back.Equal(probe) || strings.Contains(translated, "MST") {
		return "", fmt.Errorf("reportfile: %q is no layout of dates: write day, month and year, and the time if there is one, such as dd.mm.yyyy HH:MM:SS or mm/dd/yyyy h:mm AM/PM", clip(layout))
	}
	return translated, nil
}

// translate replaces runs of a letter. A minute is told from a month as in spreadsheets: by the hour before it or the
// second after it.
func translate(layout string) string {
	lower := strings.ToLower(layout)
	halves := strings.Contains(lower, "am/pm")
	var b strings.Builder
	last := byte(0) // the letter of the last run
	for i := 0; i < len(lower); {
		if strings.HasPrefix(lower[i:], "am/pm") {
			b.WriteString("PM")
			i += len("am/pm")
			continue
		}
		end := i + 1
		for end < len(lower) && lower[end] == lower[i] {
			end++
		}
		run := lower[i:end]
		letter := run[0]
		if letter == 'm' && (last == 'h' || strings.HasPrefix(strings.TrimLeft(lower[end:], ":. "), "s")) {
			run = strings.ToUpper(run)
		}
		if letter == 'h' && halves {
			run = strings.ToUpper(run)
		}
		known, ok := map[string]string{
			"d": "2", "dd": "02", "m": "1", "mm": "01", "mmm": "Jan", "mmmm": "January", "yy": "06", "yyyy": "2006", "h": "15", "hh": "15", "H": "3", "HH": "03",
			"M": "4", "MM": "04", "s": "5", "ss": "05",
		}[run]
		if ok {
			b.WriteString(known)
		} else {
			b.WriteString(layout[i:end])
		}
		if 'a' <= letter && letter <= 'z' && letter != 't' {
			last = letter
		}
		i = end
	}
	return b.String()
}
