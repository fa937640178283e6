package mirror

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/amazonpay-go/payreports"
)

// What the names of reports and of their metadata end with.
const (
	reportExtension   = ".csv"
	metadataExtension = ".json"
	// replacedSuffix and a time follow the whole name of what was replaced.
	replacedSuffix = ".replaced-"
)

// lockName and refusedName are hidden, so that nothing takes them for reports.
const (
	lockName    = ".lock"
	refusedName = ".refused"
)

// Path is where a report is kept in a mirror, with slashes on every system. No two reports have the same path, not even where
// upper and lower case are the same.
func Path(report payreports.Report) string {
	return path.Join("type="+typeName(report.ReportType), "date="+partitionDate(report), fileName(string(report.ReportID))+reportExtension)
}

// earlierPath is [Path] as it was before names were made safe for all file systems. Reports that are there stay there.
func earlierPath(report payreports.Report) string {
	visible := func(text string) string {
		name := escape(text)
		if strings.HasPrefix(name, ".") {
			name = "%2E" + name[1:]
		}
		return name
	}
	return path.Join("type="+visible(payreports.ReportTypeName(report.ReportType)), "date="+partitionDate(report),
		visible(string(report.ReportID))+reportExtension)
}

func partitionDate(report payreports.Report) string {
	end := report.EndTime.Time()
	if end.IsZero() {
		end = report.CreatedTime.Time()
	}
	return end.UTC().Format(time.DateOnly)
}

// metadataPath is where the metadata of a report is.
func metadataPath(report string) string {
	return strings.TrimSuffix(report, reportExtension) + metadataExtension
}

// typeName makes a folder's name of a report type. Types with a short name have it for themselves. Upper and lower case
// are left alone: no two reports have the same id.
func typeName(reportType payreports.ReportType) string {
	name := payreports.ReportTypeName(reportType)
	if _, err := payreports.ParseReportType(name); err == nil && name == string(reportType) {
		return fmt.Sprintf("%%%02X", name[0]) + safeName(escape(name[1:]))
	}
	return safeName(escape(name))
}

// escape makes a name of an opaque text that leads into no other folder.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// windowsDevice matches the names that open a device on Windows, whatever follows the first dot.
var windowsDevice = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// safeName mends an escaped name where a file system takes it for something else: a hidden file, a device, or a name
// without the dot at its end, which Windows drops.
func safeName(name string) string {
	if start, dot := strings.CutSuffix(name, "."); dot {
		name = start + "%2E"
	}
	if strings.HasPrefix(name, ".") || windowsDevice.MatchString(name) {
		name = fmt.Sprintf("%%%02X", name[0]) + name[1:]
	}
	return strings.ReplaceAll(name, "~", "%7E") // Windows makes up short names with it
}

// fileName makes a name of a report's id. No two ids give names that are equal, not even where upper and lower case are
// the same: one spelling of each id is written as it is, and in all others the letters that differ from it are escaped.
func fileName(id string) string {
	usual := usualCase(id)
	var name strings.Builder
	for i := range len(id) {
		if id[i] != usual[i] {
			fmt.Fprintf(&name, "%%%02X", id[i])
		} else {
			name.WriteString(escape(id[i : i+1]))
		}
	}
	return safeName(name.String())
}

// usualCase returns the spelling of an id that Amazon uses, such as A08439021T39K6DTX4JS8, or
// amzn1.tortuga.3.45ee712d-3512-6cbd-ad71-ab3cb4cffef7.T3FKJJI01Y1E32, which is lower case up to the part with dashes, or else
// up to its last part. An id without digits is no id of Amazon's: its usual spelling is lower case.
func usualCase(id string) string {
	lower, upper := asciiLower(id), asciiUpper(id)
	switch {
	case !strings.ContainsAny(id, "0123456789"):
		return lower
	case !strings.HasPrefix(lower, "amzn1."):
		return upper
	}
	cut := strings.LastIndexByte(id, '.')
	if dash := strings.LastIndexByte(id, '-'); dash >= 0 {
		cut = len(id)
		if dot := strings.IndexByte(id[dash:], '.'); dot >= 0 {
			cut = dash + dot
		}
	}
	return lower[:cut] + upper[cut:]
}

func asciiLower(text string) string { return mapASCII(text, 'A', 'Z', unicode.ToLower) }

func asciiUpper(text string) string { return mapASCII(text, 'a', 'z', unicode.ToUpper) }

// mapASCII keeps the length of a text, which the functions of package strings don't for some letters.
func mapASCII(text string, first, last byte, to func(rune) rune) string {
	bytes := []byte(text)
	for i, b := range bytes {
		if b >= first && b <= last {
			bytes[i] = byte(to(rune(b)))
		}
	}
	return string(bytes)
}
