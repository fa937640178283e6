package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/mirror/bucket"
	"github.com/amazonpay-go/payreports/simulator"
)

var fortnight = mirror.Options{Since: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)}

func start(t *testing.T) *payreports.Client {
	t.Helper()
	sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
	return sim.Client()
}

func inMemory(t *testing.T) (*bucket.Bucket, *blob.Bucket) {
	t.Helper()
	objects := memblob.OpenBucket(nil)
	t.Cleanup(func() { objects.Close() })
	return bucket.New(objects, "mem://test"), objects
}

// content returns all objects.
func content(t *testing.T, objects *blob.Bucket) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for list := objects.List(nil); ; {
		object, err := list.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := objects.ReadAll(t.Context(), object.Key)
		if err != nil {
			t.Fatal(err)
		}
		all[object.Key] = string(text)
	}
}

// A bucket holds what a directory does, and both read alike.
func TestBucketIsLikeADirectory(t *testing.T) {
	t.Parallel()
	client := start(t)
	dir := t.TempDir()
	store, objects := inMemory(t)
	want, err := mirror.Sync(t.Context(), client, dir, fortnight)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mirror.SyncStore(t.Context(), client, store, fortnight)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.New, got.New); diff != "" {
		t.Errorf("new reports (-directory +bucket):\n%s", diff)
	}
	if again, err := mirror.SyncStore(t.Context(), client, store, fortnight); err != nil || again.Kept != len(want.New) || len(again.New)+len(again.Replaced) != 0 {
		t.Errorf("the second run: %+v, %v", again, err)
	}
	if all := content(t, objects); len(all) != 2*len(want.New) {
		t.Errorf("%d objects for %d reports", len(all), len(want.New))
	}
	onDisk, err := mirror.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	read := func(m *mirror.Mirror) (paths []string, sum string) {
		for e, err := range m.Reports(t.Context(), mirror.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, fmt.Sprint(e.Path, e.Size, e.Metadata.SHA256))
		}
		rows := 0
		for _, err := range m.Settlements(t.Context(), mirror.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		verified, err := m.Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since})
		if err != nil || len(verified.Findings) != 0 || verified.Files != len(paths) {
			t.Errorf("%+v, %v", verified, err)
		}
		return paths, fmt.Sprint(rows)
	}
	wantPaths, wantRows := read(onDisk)
	gotPaths, gotRows := read(mirror.OpenStore(store))
	if diff := cmp.Diff(wantPaths, gotPaths); diff != "" || wantRows != gotRows || wantRows == "0" {
		t.Errorf("%s rows on disk, %s in the bucket (-directory +bucket):\n%s", wantRows, gotRows, diff)
	}

	// Both together are read once.
	both := mirror.OpenFiles(dir)
	both.AddStore("mem://test", store)
	copies := 0
	for e, err := range both.Reports(t.Context(), mirror.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range e.Copies {
			if !strings.HasPrefix(c.Path, "mem://test/type=") {
				t.Errorf("%s has the copy %s", e.Path, c.Path)
			}
		}
		copies += len(e.Copies)
	}
	if copies != len(wantPaths) {
		t.Errorf("%d copies, want %d", copies, len(wantPaths))
	}
}

// What was changed in a bucket is found, and the next run mends it and keeps the old object.
func TestBucketIsMended(t *testing.T) {
	t.Parallel()
	client := start(t)
	store, objects := inMemory(t)
	summary, err := mirror.SyncStore(t.Context(), client, store, fortnight)
	if err != nil {
		t.Fatal(err)
	}
	before := content(t, objects)
	path := func(i int) string { return summary.New[i].Path }
	metadata := func(i int) string { return strings.TrimSuffix(path(i), ".csv") + ".json" }
	for _, err := range []error{
		objects.WriteAll(t.Context(), path(0), []byte(before[path(0)]+"x"), nil),
		objects.Delete(t.Context(), path(1)),
		objects.Delete(t.Context(), metadata(2)),
		objects.WriteAll(t.Context(), metadata(3), []byte("{}"), nil),
		objects.WriteAll(t.Context(), ".hidden/other.csv", []byte("x"), nil),
		objects.Delete(t.Context(), path(4)), objects.Delete(t.Context(), metadata(4)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	verified, err := mirror.OpenStore(store).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since})
	if err != nil {
		t.Fatal(err)
	}
	problems := make(map[string]mirror.Problem)
	for _, f := range verified.Findings {
		problems[f.Path] = f.Problem
	}
	want := map[string]mirror.Problem{
		path(0): mirror.ProblemChanged, path(1): mirror.ProblemMissing, path(2): mirror.ProblemNoMetadata, path(3): mirror.ProblemNoMetadata, path(4): mirror.ProblemNotDownloaded,
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	mended, err := mirror.SyncStore(t.Context(), client, store, fortnight)
	if err != nil || len(mended.New) != 2 || len(mended.Replaced) != 3 || mended.Kept != len(summary.New)-5 {
		t.Errorf("%+v, %v", mended, err)
	}
	after := content(t, objects)
	for name, text := range before {
		if strings.HasSuffix(name, ".csv") && after[name] != text || after[name] == "" {
			t.Errorf("%s isn't mended", name)
		}
	}
	old := mended.Replaced[0].Old
	if mended.Replaced[0].File.Path != path(0) || after[old] != before[path(0)]+"x" || after[strings.Replace(old, ".csv", ".json", 1)] == "" {
		t.Errorf("the old object isn't kept: %+v", mended.Replaced[0])
	}
	if verified, err := mirror.OpenStore(store).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since}); err != nil || len(verified.Findings) != 0 {
		t.Errorf("%+v, %v", verified, err)
	}
}

// between is a store in which something happens before the calls of a kind.
type between struct {
	*bucket.Bucket
	commit func(name string)
	read   func(name string) error
}

func (b between) Create(ctx context.Context, name string) (mirror.Draft, error) {
	draft, err := b.Bucket.Create(ctx, name)
	return betweenDraft{draft, b, name}, err
}

type betweenDraft struct {
	mirror.Draft
	between between
	name    string
}

func (d betweenDraft) Commit(ctx context.Context) error {
	if d.between.commit != nil {
		d.between.commit(d.name)
	}
	return d.Draft.Commit(ctx)
}

func (b between) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	file, size, err := b.Bucket.Open(ctx, name)
	if err != nil || b.read == nil {
		return file, size, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(file, 10), failing{b.read, name}, file), file}, size, nil
}

type failing struct {
	err  func(string) error
	name string
}

func (f failing) Read([]byte) (int, error) {
	if err := f.err(f.name); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// Another run stores each report just before this one does.
func TestBucketWithAFasterRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		other    func(content string) string
		replaced bool
	}{
		"the same report":    {func(content string) string { return content }, false},
		"a different report": {func(content string) string { return content + "\n" }, true},
		"an empty object":    {func(string) string { return "" }, true},
		"of the same length": {func(content string) string { return strings.Repeat("x", len(content)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := start(t)
			first, reference := inMemory(t)
			if _, err := mirror.SyncStore(t.Context(), client, first, fortnight); err != nil {
				t.Fatal(err)
			}
			want := content(t, reference)
			store, objects := inMemory(t)
			var once sync.Map
			racing := between{Bucket: store, commit: func(name string) {
				if _, again := once.LoadOrStore(name, true); again || !strings.HasSuffix(name, ".csv") {
					return
				}
				if err := errors.Join(
					objects.WriteAll(t.Context(), name, []byte(test.other(want[name])), nil),
					objects.WriteAll(t.Context(), strings.TrimSuffix(name, ".csv")+".json", []byte("{}"), nil),
				); err != nil {
					t.Error(err)
				}
			}}
			summary, err := mirror.SyncStore(t.Context(), client, racing, fortnight)
			if err != nil || len(summary.New)+len(summary.Replaced) != len(want)/2 || (len(summary.Replaced) > 0) != test.replaced {
				t.Errorf("%d new, %d replaced, %v", len(summary.New), len(summary.Replaced), err)
			}
			got := content(t, objects)
			for name, text := range want {
				if strings.HasSuffix(name, ".csv") && got[name] != text {
					t.Errorf("%s differs", name)
				}
			}
			for _, r := range summary.Replaced {
				if got[r.Old] != test.other(want[r.File.Path]) {
					t.Errorf("%s isn't what the other run stored", r.Old)
				}
			}
			if verified, err := mirror.OpenStore(store).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since}); err != nil || len(verified.Findings) != 0 {
				t.Errorf("%+v, %v", verified.Findings, err)
			}
		})
	}
}

// A storage that can't be read for the moment says nothing about the reports: none is replaced.
func TestBucketThatCannotBeRead(t *testing.T) {
	t.Parallel()
	client := start(t)
	store, objects := inMemory(t)
	if _, err := mirror.SyncStore(t.Context(), client, store, fortnight); err != nil {
		t.Fatal(err)
	}
	before := content(t, objects)
	for name, suffix := range map[string]string{"reports": ".csv", "metadata": ".json"} {
		cut := between{Bucket: store, read: func(name string) error {
			if strings.HasSuffix(name, suffix) {
				return errors.New("connection reset")
			}
			return nil
		}}
		summary, err := mirror.SyncStore(t.Context(), client, cut, fortnight)
		if err == nil || len(summary.Failed) != len(before)/2 || len(summary.Replaced)+summary.Kept != 0 {
			t.Errorf("%s: %d failed, %d replaced, %v", name, len(summary.Failed), len(summary.Replaced), err)
		}
		verified, err := mirror.OpenStore(cut).Verify(t.Context(), mirror.VerifyOptions{})
		if err != nil || len(verified.Findings) != len(before)/2 || verified.Findings[0].Problem != mirror.ProblemUnreadable {
			t.Errorf("%s: %+v, %v", name, verified.Findings, err)
		}
	}
	if diff := cmp.Diff(before, content(t, objects)); diff != "" {
		t.Errorf("the bucket was changed:\n%s", diff)
	}
}

// Two runs at once.
func TestBucketTwoRuns(t *testing.T) {
	t.Parallel()
	client := start(t)
	store, objects := inMemory(t)
	var runs sync.WaitGroup
	for range 2 {
		runs.Go(func() {
			if _, err := mirror.SyncStore(t.Context(), client, store, fortnight); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	last, err := mirror.SyncStore(t.Context(), client, store, fortnight)
	if all := content(t, objects); err != nil || len(all) != 2*last.Kept || last.Kept == 0 || len(last.New)+len(last.Replaced) != 0 {
		t.Errorf("%d objects, %+v, %v", len(all), last, err)
	}
	if verified, err := mirror.OpenStore(store).Verify(t.Context(), mirror.VerifyOptions{Client: client, Since: fortnight.Since}); err != nil || len(verified.Findings) != 0 {
		t.Errorf("%+v, %v", verified, err)
	}
}

// What is refused is kept in the bucket too, and not too much of it.
func TestBucketKeepsWhatIsRefused(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
	client := sim.Client(payreports.WithHTTPClient(&http.Client{Transport: pages{sim.RoundTripper()}}))
	store, objects := inMemory(t)
	summary, err := mirror.SyncStore(t.Context(), client, store, fortnight)
	all := content(t, objects)
	if !errors.Is(err, mirror.ErrRefused) || len(summary.New) != 0 || len(all) != 2*len(summary.Failed) {
		t.Errorf("%d objects, %d failed, %v", len(all), len(summary.Failed), err)
	}
	for name := range all {
		if !strings.HasPrefix(name, ".refused/") {
			t.Errorf("%s was written", name)
		}
	}
	for range mirror.OpenStore(store).Reports(t.Context(), mirror.Filter{}) {
		t.Error("what was refused is read")
	}
}

// pages answers downloads with a login page.
type pages struct{ next http.RoundTripper }

func (p pages) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(req.URL.Path, "/v2/") {
		return p.next.RoundTrip(req)
	}
	page := "<html><body>Log in</body></html>"
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(page)), Body: io.NopCloser(bytes.NewReader([]byte(page))), Request: req}, nil
}

func TestBucketMethods(t *testing.T) {
	t.Parallel()
	store, objects := inMemory(t)
	ctx := t.Context()
	if _, _, err := store.Open(ctx, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := store.Move(ctx, "none", "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := store.Remove(ctx, "none"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(store.Put(ctx, "a", []byte("1")), store.Put(ctx, "b", []byte("2"))); err != nil {
		t.Fatal(err)
	}
	if err := store.Move(ctx, "a", "b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if err := store.Move(ctx, "a", "c"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]string{"b": "2", "c": "1"}, content(t, objects)); diff != "" {
		t.Error(diff)
	}
	ended, end := context.WithCancelCause(ctx)
	cause := errors.New("stopped")
	end(cause)
	if _, _, err := store.Open(ended, "b"); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for url, want := range map[string]string{
		"s3://":                                  "can't be read",
		"reports":                                "can't be read",
		"s3://%zz?x=" + secret:                   "can't be read",
		"s3://AKIA:" + secret + "@bucket/prefix": "leave it out",
		"ftp://bucket/prefix?x=" + secret:        "ftp://bucket/prefix: this kind of URL isn't supported: it must begin with s3://",
	} {
		_, err := bucket.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v, want one with %q", url, err, want)
		}
	}
}

// Many merchants share a bucket, each in a folder of its own, and two processes may do the same accounts at once.
func TestBucketOfManyAccounts(t *testing.T) {
	t.Parallel()
	store, objects := inMemory(t)
	clients := map[string]*payreports.Client{"de": start(t), "A/b": start(t)}
	var accounts []mirror.Account
	for name, client := range clients {
		accounts = append(accounts, mirror.Account{Name: name, Client: func(context.Context) (*payreports.Client, error) { return client, nil }})
	}
	var runs sync.WaitGroup
	for range 2 {
		runs.Go(func() {
			if _, err := mirror.SyncAccountsStore(t.Context(), accounts, store, fortnight); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	summaries, err := mirror.SyncAccountsStore(t.Context(), accounts, store, fortnight)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, s := range summaries {
		kept += s.Kept
		if len(s.New)+len(s.Replaced) != 0 || s.Kept == 0 {
			t.Errorf("%s: %+v", s.Account, s.Summary)
		}
	}
	perFolder := make(map[string]int)
	for name := range content(t, objects) {
		folder, _, _ := strings.Cut(name, "/")
		perFolder[folder]++
	}
	if diff := cmp.Diff(map[string]int{"account=de": kept, "account=A%2Fb": kept}, perFolder); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if verified, err := mirror.OpenStore(store).Verify(t.Context(), mirror.VerifyOptions{}); err != nil || len(verified.Findings) != 0 || verified.Files != kept {
		t.Errorf("%+v, %v", verified, err)
	}
}
