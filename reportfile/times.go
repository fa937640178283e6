package reportfile

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// locations remembers the offsets of a file, which has few, and its last day: rows of one day follow each other.
type locations struct {
	byOffset    map[int]*time.Location
	day, offset string // as they were written last
	begins      time.Time
}

var errTime = errors.New("not a time")

// time reads the two forms of report files, 2018-09-13T05:00:39 -0700 with and without the space, RFC 3339, and dates of a
// layout, "" if there is none.
func (l *locations) time(text, layout string) (time.Time, error) {
	if t, err := l.parseFast(text); err == nil {
		return t, nil
	}
	for _, layout := range []string{layout, time.RFC3339} {
		if t, err := time.Parse(layout, text); layout != "" && err == nil {
			return t, nil
		}
	}
	why := "such as 2018-09-13T05:00:39 -0700"
	switch {
	case layout != "":
		why += ", nor is it in the layout that the option DateLayout gives"
	case looksLikeDate(text):
		why += ": the file looks re-saved by a spreadsheet; the option DateLayout (--date-layout), such as \"dd.mm.yyyy HH:MM:SS\", reads its dates"
	}
	return time.Time{}, fmt.Errorf("%s is not a time %s", quote(text), why)
}

// looksLikeDate tells dates such as 01.03.2030 and 3/1/2030 9:15.
func looksLikeDate(text string) bool {
	day, _, _ := strings.Cut(text, " ")
	return strings.Count(day, ".") == 2 || strings.Count(day, "/") == 2 || strings.Count(day, "-") == 2
}

func (l *locations) parseFast(s string) (time.Time, error) {
	const dayLength, timeLength = len("2018-09-13T"), len("2018-09-13T05:00:39")
	if len(s) <= timeLength || s[13] != ':' || s[16] != ':' {
		return time.Time{}, errTime
	}
	hour, minute, second := twoDigits(s[11:13]), twoDigits(s[14:16]), twoDigits(s[17:19])
	if hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, errTime
	}
	if day, offset := s[:dayLength], s[timeLength:]; day != l.day || offset != l.offset {
		midnight, err := l.midnight(day, offset)
		if err != nil {
			return time.Time{}, err
		}
		l.day, l.offset, l.begins = day, offset, midnight
	}
	return l.begins.Add(time.Duration(hour*3600+minute*60+second) * time.Second), nil
}

// midnight reads a day such as 2018-09-13T and an offset.
func (l *locations) midnight(day, offset string) (time.Time, error) {
	if day[4] != '-' || day[7] != '-' || day[10] != 'T' {
		return time.Time{}, errTime
	}
	year, ok1 := number(day[0:4])
	month, ok2 := number(day[5:7])
	dayOfMonth, ok3 := number(day[8:10])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysIn(time.Month(month), year) {
		return time.Time{}, errTime
	}
	zone, err := l.zone(strings.TrimPrefix(offset, " "))
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, zone), nil
}

func daysIn(month time.Month, year int) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (l *locations) zone(s string) (*time.Location, error) {
	if s == "Z" {
		return time.UTC, nil
	}
	if len(s) == 6 && s[3] == ':' {
		s = s[:3] + s[4:]
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return nil, errTime
	}
	hours, ok1 := number(s[1:3])
	minutes, ok2 := number(s[3:5])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return nil, errTime
	}
	offset := hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	zone := l.byOffset[offset]
	if zone == nil {
		zone = time.FixedZone("", offset)
		if l.byOffset == nil {
			l.byOffset = make(map[int]*time.Location)
		}
		l.byOffset[offset] = zone
	}
	return zone, nil
}

// twoDigits reads what every row has three of. It returns 100 if one of them is no digit.
func twoDigits(s string) int {
	tens, units := s[0]-'0', s[1]-'0'
	if tens > 9 || units > 9 {
		return 100
	}
	return int(tens)*10 + int(units)
}

func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}
