package payreports_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

// hugeAnswers are 30 MB of JSON each: the beginning, the repeated part, and the end.
var hugeAnswers = map[string]struct {
	status                int
	before, repeat, after string
	call                  func(*payreports.Client) error
}{
	"empty objects as reports":       {200, `{"reports":[`, `{},`, `{}]}`, listReports},
	"empty objects as disbursements": {200, `{"disbursements":[`, `{},`, `{}]}`, listDisbursements},
	"empty objects as schedules":     {200, `{"reportSchedules":[`, `{},`, `{}]}`, listSchedules},
	"nulls":                          {200, `{"reports":[`, `null,`, `null]}`, listReports},
	"reports of one digit":           {200, `{"reports":[`, `{"reportId":1},`, `{"reportId":1}]}`, listReports},
	"small disbursements":            {200, `{"disbursements":[`, `{"settlementId":1,"amount":1,"currencyCode":"U"},`, `{"settlementId":1,"amount":1,"currencyCode":"U"}]}`, listDisbursements},
	"schedules that exist":           {201, `[`, `1,`, `1]`, createSchedule},
	"an unknown list":                {200, `{"reports":[],"reportSchedules":[],"disbursements":[],"x":[`, `[],`, `[]]}`, listReports},
	"lists in lists":                 {200, `{"reports":`, `[`, `}`, listReports},
	"objects in objects":             {200, `{"reports":`, `{"a":`, `}`, listReports},
	"a long string":                  {200, `{"reports":[{"reportId":"`, `x`, `"}]}`, listReports},
	"a long escaped string":          {200, `{"reports":[{"reportId":"`, `\u0001`, `"}]}`, listReports},
	"a long name":                    {200, `{"`, `reports `, `":[]}`, listReports},
	"a long time":                    {200, `{"reports":[{"reportId":"1","createdTime":"`, `x `, `"}]}`, listReports},
	"a long token":                   {200, `{"reports":[],"nextToken":"`, `x`, `"}`, listReports},
	"a huge number as id":            {200, `{"reports":[{"reportId":`, `1`, `}]}`, listReports},
	"a huge number as amount":        {200, `{"disbursements":[{"settlementId":"1","currencyCode":"USD","amount":`, `1`, `}]}`, listDisbursements},
	"a huge number as status":        {200, `{"reports":[{"processingStatus":`, `1`, `}]}`, listReports},
	"an endless refusal":             {400, `{"reasonCode":"A","message":"`, `a b `, `"}`, listReports},
	"a page":                         {200, `<html>`, `a <b> `, `</html>`, listReports},
}

// Reading a response takes at most 256 MiB, whatever it contains.
func TestHugeAnswersStayInBounds(t *testing.T) {
	const which = "PAYREPORTS_TEST_HUGE_ANSWER"
	if name := os.Getenv(which); name != "" {
		readHugeAnswer(t, name)
		return
	}
	if testing.Short() {
		t.Skip("reads 20 answers of 30 MB")
	}
	names := slices.Sorted(maps.Keys(hugeAnswers))
	if raceDetector { // which takes minutes for all of them; make check reads them all without it
		names = names[:4]
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHugeAnswersStayInBounds$", "-test.v")
			child.Env = append(os.Environ(), which+"="+name)
			output, err := child.CombinedOutput()
			_, after, found := strings.Cut(string(output), "heap MiB: ")
			number, _, _ := strings.Cut(after, "\n")
			peak, parseErr := strconv.Atoi(number)
			if err != nil || !found || parseErr != nil || peak > 256 {
				t.Errorf("peak of %s MiB, %v:\n%.2000s", number, err, output)
			}
			t.Logf("peak of %d MiB", peak)
		})
	}
}

func readHugeAnswer(t *testing.T, name string) {
	huge, known := hugeAnswers[name]
	if !known {
		t.Fatalf("%q is no answer", name)
	}
	const size = 30_000_000
	debug.SetGCPercent(100) // TestMain has turned it off in FIPS 140 mode
	client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		middle := &repeated{text: huge.repeat, left: (size - len(huge.before) - len(huge.after)) / len(huge.repeat) * len(huge.repeat)}
		resp := response(req, answer{status: huge.status})
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(huge.before), middle, strings.NewReader(huge.after)))
		return resp, nil
	}))
	if err := huge.call(client); err != nil && len(err.Error()) > 2000 {
		t.Errorf("error %.2000v", err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("heap MiB: %d\n", memory.HeapSys>>20) // it never decreases, so this is the peak
}

func listReports(c *payreports.Client) error { return list(ctx, c) }

func listDisbursements(c *payreports.Client) error {
	return second(c.GetDisbursements(ctx, payreports.GetDisbursementsOptions{Since: day, Until: day}))
}

func listSchedules(c *payreports.Client) error {
	return second(c.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{}))
}

// repeated is a reader that repeats a text.
type repeated struct {
	text string
	left int
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), r.left)
	for i := range n {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	r.left -= n
	return n, nil
}
