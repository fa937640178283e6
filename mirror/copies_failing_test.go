package mirror_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amazonpay-go/payreports/mirror"
)

// flakyStore fails once to read a file from some byte on, as a bucket does now and then.
type flakyStore struct {
	mirror.Store
	name string
	at   int64 // -1 fails to open it

	mu     sync.Mutex
	failed bool
}

var errSlowDown = errors.New("the storage answers SlowDown")

func (s *flakyStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	file, size, err := s.Store.Open(ctx, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || name != s.name || s.failed {
		return file, size, err
	}
	if s.at < 0 {
		s.failed = true
		file.Close()
		return nil, 0, errSlowDown
	}
	return &flakyFile{file, s, s.at}, size, nil
}

type flakyFile struct {
	io.ReadCloser
	store *flakyStore
	left  int64
}

func (f *flakyFile) Read(p []byte) (int, error) {
	if f.left == 0 {
		f.store.mu.Lock()
		defer f.store.mu.Unlock()
		f.store.failed = true
		return 0, errSlowDown
	}
	n, err := f.ReadCloser.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	return n, err
}

// A copy that can't be compared, because the storage fails once, isn't taken for another report, which would count twice.
func TestCopyThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	const large = 200 << 10
	for name, test := range map[string]struct {
		size int
		file string
		at   int64
	}{
		"not opened":                          {1 << 10, "b.csv", -1},
		"the first isn't opened":              {1 << 10, "a.csv", -1},
		"cut at the beginning":                {1 << 10, "b.csv", 100},
		"a large one, cut at the beginning":   {large, "b.csv", 100},
		"a large one, cut behind the head":    {large, "b.csv", 128 << 10},
		"the first, cut behind the head":      {large, "a.csv", 100 << 10},
		"a large one, cut before the last":    {large, "b.csv", large - 1},
		"the first, cut before the last byte": {large, "a.csv", large - 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			content := strings.Repeat("x", test.size)
			write(t, dir, map[string]string{"a.csv": content, "b.csv": content, "c.csv": strings.Repeat("y", test.size)})
			store := &flakyStore{Store: mirror.Directory(dir), name: test.file, at: test.at}
			counted := make(map[string]int)
			var problem error
			for entry, err := range mirror.OpenStore(store).Reports(t.Context(), mirror.Filter{}) {
				var text []byte
				if err == nil {
					var file io.ReadCloser
					if file, err = entry.Open(t.Context()); err == nil {
						text, err = io.ReadAll(file)
						file.Close()
					}
				}
				if err != nil {
					problem = errors.Join(problem, err)
					continue
				}
				counted[string(text[:1])]++
			}
			if counted["x"] > 1 || counted["y"] != 1 || problem == nil || !errors.Is(problem, errSlowDown) {
				t.Errorf("read %v, %v", counted, problem)
			}
		})
	}
}

// growingStore opens files with what was written since they were listed.
type growingStore struct {
	mirror.Store
	more map[string]string
}

func (s growingStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	file, size, err := s.Store.Open(ctx, name)
	if err != nil {
		return file, size, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	text = append(text, s.more[name]...)
	return io.NopCloser(bytes.NewReader(text)), int64(len(text)), err
}

// A file that is being written is no copy of one that is whole.
func TestFileThatGrowsIsNoCopy(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"a.csv": strings.Repeat("x", size), "b.csv": strings.Repeat("x", size)})
		reports := 0
		for _, err := range mirror.OpenStore(growingStore{mirror.Directory(dir), map[string]string{"b.csv": "y"}}).Reports(t.Context(), mirror.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			reports++
		}
		if reports != 2 {
			t.Errorf("%d bytes: %d reports", size, reports)
		}
	}
}

// A report whose file was overwritten with another report's is no copy of it: it is named, because its own rows are missing.
func TestReportOverwrittenWithAnother(t *testing.T) {
	t.Parallel()
	metadata := func(id, content string) string {
		return fmt.Sprintf(`{"report": {"reportId": %q, "reportType": "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_", "processingStatus": "COMPLETED"}, "sha256": "%x", "size": %d}`,
			id, sha256.Sum256([]byte(content)), len(content))
	}
	for _, size := range []int{0, 64 << 10, 200 << 10} {
		x, y := "x"+strings.Repeat("\n", size), "y"+strings.Repeat("\n", size)
		for name, test := range map[string]struct {
			files    map[string]string
			rows     map[string]int // by first letter
			problems []string
		}{
			"the second":   {map[string]string{"a.csv": x, "a.json": metadata("a", x), "b.csv": x, "b.json": metadata("b", y)}, map[string]int{"x": 1}, []string{"b"}},
			"the first":    {map[string]string{"a.csv": x, "a.json": metadata("a", y), "b.csv": x, "b.json": metadata("b", x)}, map[string]int{"x": 1}, []string{"a"}},
			"both":         {map[string]string{"a.csv": x, "a.json": metadata("a", y), "b.csv": x, "b.json": metadata("b", y+"y")}, map[string]int{}, []string{"a", "b"}},
			"none":         {map[string]string{"a.csv": x, "a.json": metadata("a", x), "b.csv": x, "b.json": metadata("b", x)}, map[string]int{"x": 1}, nil},
			"one of three": {map[string]string{"a.csv": x, "a.json": metadata("a", y), "b.csv": x, "b.json": metadata("b", x), "c.csv": x, "c.json": metadata("c", x)}, map[string]int{"x": 1}, []string{"a"}},
			"without metadata beside": {
				map[string]string{"a.csv": x, "a.json": metadata("a", x), "b.csv": x, "b.json": metadata("b", y), "c.csv": x, "d.csv": y},
				map[string]int{"x": 1, "y": 1},
				[]string{"b"},
			},
		} {
			t.Run(fmt.Sprint(name, " ", size), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write(t, dir, test.files)
				source, err := mirror.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				rows := make(map[string]int)
				var problems []string
				for entry, err := range source.Reports(t.Context(), mirror.Filter{}) {
					if err != nil {
						t.Fatal(err)
					}
					file, err := entry.Open(t.Context())
					if err != nil {
						if !strings.Contains(err.Error(), "it isn't the file that was downloaded: sync --again "+string(entry.Metadata.Report.ReportID)) {
							t.Error(err)
						}
						problems = append(problems, string(entry.Metadata.Report.ReportID))
						continue
					}
					text, err := io.ReadAll(file)
					file.Close()
					if err != nil {
						t.Fatal(err)
					}
					rows[string(text[:1])]++
				}
				if !maps.Equal(rows, test.rows) || !slices.Equal(problems, test.problems) {
					t.Errorf("read %v, problems %q", rows, problems)
				}
			})
		}
	}
}
