package mirror_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/amazonpay-go/payreports/mirror"
)

// countedStore counts how often its files are opened.
type countedStore struct {
	mirror.Store
	opened *atomic.Int64
}

func (s countedStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	s.opened.Add(1)
	return s.Store.Open(ctx, name)
}

// Thousands of small settlements are of one size. Comparing each with each would take minutes, and in a bucket much longer.
func TestReportsOpensFilesOfOneSizeOnce(t *testing.T) {
	t.Parallel()
	const count = 500
	long := make([]byte, 100<<10)
	for name, test := range map[string]struct {
		content      func(i int) string
		reports      int
		opensPerFile int64
	}{
		"all different":         {func(i int) string { return settlementFile(fmt.Sprintf("%011d", i), 1) }, count, 1},
		"all the same":          {func(int) string { return settlementFile("20021020780", 1) }, 1, 3},
		"two of each":           {func(i int) string { return settlementFile(fmt.Sprintf("%011d", i/2), 1) }, count / 2, 2},
		"different at the ends": {func(i int) string { return string(long) + fmt.Sprintf("%d", i%2) }, 2, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, opened := t.TempDir(), new(atomic.Int64)
			files := make(map[string]string)
			for i := range count {
				files[fmt.Sprintf("%04d.csv", i)] = test.content(i)
			}
			write(t, dir, files)
			reports := 0
			for _, err := range mirror.OpenStore(countedStore{mirror.Directory(dir), opened}).Reports(t.Context(), mirror.Filter{}) {
				if err != nil {
					t.Fatal(err)
				}
				reports++
			}
			if reports != test.reports {
				t.Errorf("%d reports, want %d", reports, test.reports)
			}
			if got, most := opened.Load(), count*(test.opensPerFile+1); got > most { // one more for the metadata, which is missing
				t.Errorf("%d files of one size were opened %d times, want at most %d", count, got, most)
			}
		})
	}
}
