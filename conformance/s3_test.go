//go:build s3

package conformance_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// s3Proxy is between the command and the S3 server. It fails a part of the requests and can kill the command.
type s3Proxy struct {
	next   http.Handler
	faults float64

	mu     sync.Mutex
	random *rand.Rand
	writes int
	killAt int // the write, counted from 1, at which kill is called
	kill   func()
}

func newS3Proxy(t *testing.T, target *url.URL, faults float64) (*s3Proxy, string) {
	t.Helper()
	proxy := &s3Proxy{random: rand.New(rand.NewPCG(1, 2)), faults: faults, next: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which the client has signed
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // the command was killed
	}}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return proxy, server.URL
}

func (p *s3Proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p.mu.Lock()
	fault, which := p.random.Float64() < p.faults, p.random.IntN(4)
	var kill func()
	if req.Method == http.MethodPut || req.Method == http.MethodDelete {
		if p.writes++; p.writes == p.killAt {
			kill = p.kill
		}
	}
	p.mu.Unlock()
	if kill != nil && which < 2 { // before the write, else after it
		kill()
	} else if kill != nil {
		defer kill()
	}
	switch {
	case !fault:
		p.next.ServeHTTP(w, req)
	case which == 0:
		http.Error(w, "<Error><Code>InternalError</Code></Error>", http.StatusInternalServerError)
	case which == 1:
		panic(http.ErrAbortHandler)
	case which == 2: // the work is done, and the answer is lost
		p.next.ServeHTTP(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	default: // half of the answer is lost
		answer := httptest.NewRecorder()
		p.next.ServeHTTP(answer, req)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func (p *s3Proxy) arm(killAt int, kill func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes, p.killAt, p.kill = 0, killAt, kill
}

func (p *s3Proxy) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// s3Content returns the files of a bucket, and checks what a reader may see at each moment: a report has its own metadata.
func s3Content(t *testing.T, bucket string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(bucket, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a temporary file of the server
			return nil
		}
		name, _ := filepath.Rel(bucket, path)
		if err != nil || entry.IsDir() || strings.HasPrefix(name, ".") {
			return err
		}
		content, err := os.ReadFile(path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		report, isReport := strings.CutSuffix(name, ".csv")
		if !isReport {
			continue
		}
		var metadata mirror.Metadata
		sum := sha256.Sum256([]byte(content))
		if err := json.Unmarshal([]byte(files[report+".json"]), &metadata); err != nil || metadata.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has other metadata than its own: %v", name, err)
		}
	}
	return files
}

// What is wrong with a bucket is one sentence that says what to do, without keys and without the URL's query.
func TestS3Errors(t *testing.T) {
	binary := command(t)
	root := t.TempDir()
	for _, folder := range []string{"present", "present/empty"} {
		if err := os.Mkdir(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	server := s3Server(t, root)
	at := func(bucket, region, endpoint string) string {
		return "s3://" + bucket + "?use_path_style=true&region=" + region + "&endpoint=" + endpoint
	}
	for name, test := range map[string]struct {
		target, key, secret string
		want                string
	}{
		"no such bucket":  {at("absent/x", "us-east-1", server.String()), s3Key, s3Secret, "s3://absent/x: there is no such bucket: create it, or correct its name in the URL"},
		"another region":  {at("present", "eu-west-1", server.String()), s3Key, s3Secret, "s3://present: the bucket is in another region: add region="},
		"a wrong secret":  {at("present", "us-east-1", server.String()), s3Key, "wrong-secret", "s3://present: the storage refuses these credentials: check that they are right"},
		"an unknown key":  {at("present", "us-east-1", server.String()), "unknown", s3Secret, "s3://present: the storage refuses these credentials"},
		"no credentials":  {at("present", "us-east-1", server.String()), "", "", "s3://present: no credentials were found, or they can't be used: set AWS_ACCESS_KEY_ID"},
		"nobody listens":  {at("present", "us-east-1", "http://127.0.0.1:1"), s3Key, s3Secret, "s3://present: the storage can't be reached: dial tcp 127.0.0.1:1"},
		"a wrong query":   {at("present", "us-east-1", server.String()) + "&colour=blue", s3Key, s3Secret, "the parameter \"colour\", which this kind of bucket doesn't know"},
		"no report there": {at("present/empty", "us-east-1", server.String()), s3Key, s3Secret, "s3://present/empty holds no reports, so nothing was checked"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), binary, "verify", "--offline", "--reports", test.target)
			command.Env = []string{"HOME=" + t.TempDir(), "AWS_ACCESS_KEY_ID=" + test.key, "AWS_SECRET_ACCESS_KEY=" + test.secret, "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1"}
			output, err := command.CombinedOutput()
			text := string(output)
			if err == nil || !strings.Contains(text, test.want) || strings.Count(text, "\n") != 1 {
				t.Errorf("%v: %s, want %q", err, text, test.want)
			}
			for _, secret := range []string{"use_path_style", "blue", s3Secret, "wrong-secret", "Signature", "Credential="} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is in %s", secret, text)
				}
			}
		})
	}
}

// A sync to a bucket is killed twenty times, then two run at once, and then the bucket holds exactly the reports.
func TestS3Sync(t *testing.T) {
	_, version, _ := strings.Cut(versitygw, "@")
	compares := compared.With(t, "reports in a bucket, after killed and simultaneous runs", "versitygw, a server with the interface of S3", version)
	binary := command(t)
	root := t.TempDir()
	server := s3Server(t, root)

	sim := simulator.Start(t, simulator.Config{Seed: 3, Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
	client := sim.Client()
	since := time.Date(2026, 8, 28, 0, 0, 0, 0, time.UTC)
	plan, err := mirror.Sync(t.Context(), client, t.TempDir(), mirror.Options{Since: since, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s3Reports - len(plan.New) {
		day := since.Add(time.Duration(i) * 12 * time.Hour)
		if _, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeOrderReference, Start: day, End: day.AddDate(0, 0, 20)}); err != nil {
			t.Fatal(err)
		}
	}
	sim.Advance(time.Hour)
	undisturbed := t.TempDir()
	if all, err := mirror.Sync(t.Context(), client, undisturbed, mirror.Options{Since: since}); err != nil || len(all.New) != s3Reports {
		t.Fatalf("%d reports, %v", len(all.New), err)
	}
	want := s3Content(t, undisturbed)
	keyFile := filepath.Join(t.TempDir(), "private.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(sim.Key)}), 0o600); err != nil {
		t.Fatal(err)
	}

	for name, faults := range map[string]float64{"sound": 0, "faulty": 0.05} {
		t.Run(name, func(t *testing.T) {
			bucket := filepath.Join(root, name)
			if err := os.Mkdir(bucket, 0o700); err != nil {
				t.Fatal(err)
			}
			proxy, address := newS3Proxy(t, server, faults)
			temporary := t.TempDir()
			target := "s3://" + name + "/reports?region=us-east-1&use_path_style=true&endpoint=" + address
			command := func(stderr *bytes.Buffer, args ...string) *exec.Cmd {
				c := exec.CommandContext(t.Context(), binary, args...)
				c.Stderr = stderr
				c.Env = []string{
					"HOME=" + t.TempDir(), "TMPDIR=" + temporary, "AWS_ACCESS_KEY_ID=" + s3Key, "AWS_SECRET_ACCESS_KEY=" + s3Secret, "AWS_EC2_METADATA_DISABLED=true",
					"AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=" + keyFile, "AMAZON_PAY_REGION=na", "AMAZON_PAY_ENDPOINT=" + sim.URL,
				}
				return c
			}
			arguments := []string{"sync", "--to", target, "--since", "2026-08-28"}
			killed := 0
			for range 20 {
				var stderr bytes.Buffer
				run := command(&stderr, arguments...)
				proxy.arm(1+rand.IntN(14), func() { run.Process.Kill() })
				if err := run.Start(); err != nil {
					t.Fatal(err)
				}
				if err := run.Wait(); err != nil && run.ProcessState.ExitCode() == -1 {
					killed++
				} else {
					t.Errorf("the run ended before it was killed: %v: %s", err, stderr.String())
				}
				s3Content(t, filepath.Join(bucket, "reports"))
			}
			before := len(s3Content(t, filepath.Join(bucket, "reports")))
			t.Logf("killed %d times; %d objects", killed, before)
			if killed != 20 || before == 0 || before >= 2*s3Reports {
				t.Errorf("killed %d times, %d objects: nothing is left for two runs at once", killed, before)
			}
			proxy.arm(0, nil)
			var both sync.WaitGroup
			for range 2 {
				var stderr bytes.Buffer
				run := command(&stderr, arguments...)
				both.Go(func() {
					if output, err := run.Output(); err != nil {
						t.Errorf("one of two runs: %v: %s%s", err, output, stderr.String())
					}
				})
			}
			both.Wait()

			proxy.arm(0, nil)
			var stderr bytes.Buffer
			if err := command(&stderr, arguments...).Run(); err != nil || !strings.HasPrefix(stderr.String(), "0 new (0 bytes), 200 already present, 0 failed") {
				t.Errorf("the last run: %v: %s", err, stderr.String())
			}
			if n := proxy.written(); n != 0 {
				t.Errorf("the last run wrote %d times", n)
			}
			got := s3Content(t, filepath.Join(bucket, "reports"))
			compares.Count(len(got)/2, "reports")
			reports := func(files map[string]string) map[string]string {
				only := make(map[string]string)
				for name, content := range files {
					if strings.HasSuffix(name, ".csv") {
						only[name] = content
					}
				}
				return only
			}
			if diff := cmp.Diff(reports(want), reports(got)); diff != "" || len(got) != 2*s3Reports {
				t.Errorf("%d objects; reports (-directory +bucket):\n%.2000s", len(got), diff)
			}
			stderr.Reset()
			if err := command(&stderr, "verify", "--reports", target, "--since", "2026-08-28").Run(); err != nil || stderr.String() != "200 files checked, 200 reports of the service compared, 0 problems found\n" {
				t.Errorf("verify: %v: %s", err, stderr.String())
			}
			stderr.Reset()
			if output, err := command(&stderr, "file", "summary", target, "-o", "csv").Output(); err != nil || bytes.Count(output, []byte("\n")) < 80 {
				t.Errorf("summary: %v: %s%.200s", err, stderr.String(), output)
			}
			// One object is read by its own URL, and gives what the file gives.
			for one := range reports(want) {
				of := func(file string) string {
					stderr.Reset()
					output, err := command(&stderr, "file", "convert", file, "--to", "csv").Output()
					if err != nil {
						t.Errorf("convert: %v: %s", err, stderr.String())
					}
					return string(output)
				}
				address, query, _ := strings.Cut(target, "?")
				if inBucket := of(address + "/" + one + "?" + query); inBucket != of(filepath.Join(undisturbed, one)) || inBucket == "" {
					t.Errorf("%s converts to %.200s", one, inBucket)
				}
				break
			}
			// Files and their copies in the bucket are read once.
			stderr.Reset()
			together, err := command(&stderr, "file", "summary", target, undisturbed, "-o", "csv").Output()
			if alone, aloneErr := command(new(bytes.Buffer), "file", "summary", undisturbed, "-o", "csv").Output(); errors.Join(err, aloneErr) != nil || !bytes.Equal(together, alone) {
				t.Errorf("summary of both: %v: %.200s, want %.200s", err, together, alone)
			}
			// A run can be killed after it made a temporary file and before it removed its name: such a file is empty.
			left, err := os.ReadDir(temporary)
			if err != nil {
				t.Error(err)
			}
			for _, file := range left {
				if info, err := file.Info(); err != nil || info.Size() != 0 {
					t.Errorf("the temporary file %s is left with %d bytes, %v", file.Name(), info.Size(), err)
				}
			}
		})
	}
}
