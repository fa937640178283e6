package dataset_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocloud.dev/blob/memblob"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/dataset"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
)

// A report whose metadata can't be read isn't taken for one that has none: nothing would say that it is the file that was downloaded.
func TestMetadataThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(metadata string) error{
		"cut":          func(metadata string) error { return os.Truncate(metadata, 40) },
		"empty":        func(metadata string) error { return os.Truncate(metadata, 0) },
		"another JSON": func(metadata string) error { return os.WriteFile(metadata, []byte("[]"), 0o600) },
		"a folder":     func(metadata string) error { return errors.Join(os.Remove(metadata), os.Mkdir(metadata, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reports, target := t.TempDir(), t.TempDir()
			report := put(t, reports, reportOf(payreports.ReportTypeSettlement, "A", date(1, 9), date(1, 11)), settlementFile("1", "2030-01-10T00:00:00 +0000"))
			if err := spoil(strings.TrimSuffix(report, ".csv") + ".json"); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(reports, "account=b", "other.csv"), settlementFile("2", "2030-01-10T00:00:00 +0000"))
			write(t, filepath.Join(reports, "account=b", "other.json"), []byte("{}")) // somebody else's, beside a file that Sync hasn't written
			summary, err := tryBuild(t, reports, target, dataset.Options{})
			var file *mirror.FileError
			if !errors.As(err, &file) || !strings.HasSuffix(file.Path, ".csv") || !strings.Contains(err.Error(), "metadata") || len(summary.Problems) != 1 ||
				len(summary.Written) != 1 || summary.Written[0].Account != "b" {
				t.Errorf("%+v, %v", summary, err)
			}
		})
	}
}

// failingStore fails to open some files, as a bucket does now and then.
type failingStore struct {
	mirror.Store
	extension string
}

func (s failingStore) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if strings.HasSuffix(name, s.extension) {
		return nil, 0, errors.New("the storage answers SlowDown")
	}
	return s.Store.Open(ctx, name)
}

func TestStoreThatFailsForMetadata(t *testing.T) {
	t.Parallel()
	reports := t.TempDir()
	put(t, reports, reportOf(payreports.ReportTypeSettlement, "A", date(1, 9), date(1, 11)), settlementFile("1", "2030-01-10T00:00:00 +0000"))
	for _, extension := range []string{".json", ".csv"} {
		source := mirror.OpenStore(failingStore{bucketOf(t, reports), extension})
		summary, err := dataset.Write(t.Context(), source, mirror.Directory(t.TempDir()), dataset.Options{TrustRecorded: true})
		if err == nil || !strings.Contains(err.Error(), "SlowDown") || len(summary.Written) > 0 {
			t.Errorf("%s: %+v, %v", extension, summary, err)
		}
	}
}

// bucketOf is a bucket with the files of a directory.
func bucketOf(t *testing.T, dir string) mirror.Store {
	t.Helper()
	store := bucket.New(memblob.OpenBucket(nil), "mem://reports")
	t.Cleanup(func() { store.Close() })
	for name := range hashes(t, dir) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err := errors.Join(err, store.Put(t.Context(), name, content)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}
