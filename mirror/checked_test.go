package mirror_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// What a run has found right is looked at again as soon as it was touched, whatever the file of checked reports says.
func TestSyncLooksAgainAtWhatWasTouched(t *testing.T) {
	t.Parallel()
	page := func(content []byte) []byte { // of the same length
		return append([]byte("<!DOCTYPE html><title>Sign in</title>"), bytes.Repeat([]byte(" "), len(content)-37)...)
	}
	for name, test := range map[string]struct {
		change func(t *testing.T, dir, report, metadata string)
		want   string // the reason of the replacement; "" for none
	}{
		"nothing": {func(*testing.T, string, string, string) {}, ""},
		"a page": {func(t *testing.T, _, report, _ string) {
			content := read(t, report)
			overwrite(t, report, page(content))
		}, "not this report"},
		"a page, recorded": {func(t *testing.T, _, report, metadata string) { // by an earlier version, or a person
			overwrite(t, report, page(read(t, report)))
			overwrite(t, metadata, read(t, metadata))
		}, "not this report"},
		"shorter":        {func(t *testing.T, _, report, _ string) { overwrite(t, report, read(t, report)[:1000]) }, "it has 1000 bytes"},
		"no metadata":    {func(t *testing.T, _, _, metadata string) { remove(t, metadata) }, "its metadata is missing"},
		"other metadata": {func(t *testing.T, _, _, metadata string) { overwrite(t, metadata, []byte("{}")) }, "its metadata can't be read"},
		"another document": {func(t *testing.T, _, _, metadata string) {
			overwrite(t, metadata, bytes.Replace(read(t, metadata), []byte("amzn1.tortuga.3."), []byte("amzn1.tortuga.4."), 1))
		}, "it was downloaded from document amzn1.tortuga.4."},
		"no checked reports": {func(t *testing.T, dir, _, _ string) { remove(t, filepath.Join(dir, ".checked")) }, ""},
		"damaged": {func(t *testing.T, dir, _, _ string) {
			overwrite(t, filepath.Join(dir, ".checked"), []byte("payreports 1\n1 2\n\x00"))
		}, ""},
		"another format": {func(t *testing.T, dir, _, _ string) {
			overwrite(t, filepath.Join(dir, ".checked"), []byte("payreports 2\n"))
		}, ""},
		"a page and no record": {func(t *testing.T, dir, report, _ string) {
			remove(t, filepath.Join(dir, ".checked"))
			overwrite(t, report, page(read(t, report)))
		}, "not this report"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client, _ := start(t, simulator.Config{})
			dir := t.TempDir()
			options := mirror.Options{Since: fortnight.Since.AddDate(0, 0, 12)}
			first, err := mirror.Sync(t.Context(), client, dir, options)
			if err != nil || len(first.New) != 3 {
				t.Fatalf("%d reports, %v", len(first.New), err)
			}
			report := filepath.Join(dir, first.New[1].Path)
			test.change(t, dir, report, strings.TrimSuffix(report, ".csv")+".json")
			second, err := mirror.Sync(t.Context(), client, dir, options)
			switch {
			case err != nil:
				t.Error(err)
			case test.want == "" && (second.Kept != 3 || len(second.Replaced) > 0):
				t.Errorf("%+v", second)
			case test.want != "" && (second.Kept != 2 || len(second.Replaced) != 1 || !strings.Contains(second.Replaced[0].Reason, test.want)):
				t.Errorf("%d kept, replaced %+v, want %q", second.Kept, second.Replaced, test.want)
			}
			if third, err := mirror.Sync(t.Context(), client, dir, options); err != nil || third.Kept != 3 {
				t.Errorf("the third run: %d kept, %v", third.Kept, err)
			}
			copied, err := mirror.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := copied.Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: options.Since}); err != nil || len(v.Findings) > 0 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
