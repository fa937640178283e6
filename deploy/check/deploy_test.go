// Package check reads the files of deploy the way the programs do that they are for. It is a module of its own, because only it needs the
// types of Kubernetes.
package check

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "kubernetes", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestKubernetes(t *testing.T) {
	t.Attr("compared-with", compares("manifests of deploy/kubernetes", "types of the Kubernetes API", version(t, "go", "list", "-m", "-f", "{{.Version}}", "k8s.io/api")))
	var cron batchv1.CronJob
	read(t, "cronjob.yaml", &cron)
	if cron.APIVersion != "batch/v1" || cron.Kind != "CronJob" || cron.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
		t.Errorf("cronjob.yaml: %s %s, %s", cron.APIVersion, cron.Kind, cron.Spec.ConcurrencyPolicy)
	}
	var job batchv1.Job
	read(t, "job.yaml", &job)
	if job.APIVersion != "batch/v1" || job.Kind != "Job" {
		t.Errorf("job.yaml: %s %s", job.APIVersion, job.Kind)
	}
	for name, spec := range map[string]batchv1.JobSpec{"cronjob.yaml": cron.Spec.JobTemplate.Spec, "job.yaml": job.Spec} {
		checkJob(t, name, spec)
	}
	t.Attr("compared-count", "2 manifests")
}

// compares says what a test compares, for internal/proof. See internal/compared, which this module doesn't require.
func compares(what, with, version string) string {
	text, err := json.Marshal(map[string]string{"what": what, "with": with, "version": version})
	if err != nil {
		panic(err) // they are strings
	}
	return string(text)
}

func version(t *testing.T, program string, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), program, args...).Output()
	found := regexp.MustCompile(`v?\d+(\.\d+)*`).Find(output)
	if err != nil || found == nil {
		t.Fatalf("%s says %.100q, %v", program, output, err)
	}
	return string(found)
}

func checkJob(t *testing.T, name string, spec batchv1.JobSpec) {
	t.Helper()
	if spec.CompletionMode == nil || *spec.CompletionMode != batchv1.IndexedCompletion || *spec.Completions != *spec.Parallelism || *spec.MaxFailedIndexes != *spec.Completions {
		t.Errorf("%s: the shards don't fit each other", name)
	}
	pod := spec.Template.Spec
	container := pod.Containers[0]
	if shard := fmt.Sprintf("--shard=$(SHARD)/%d", *spec.Completions); !strings.Contains(strings.Join(container.Args, " ")+" ", shard+" ") {
		t.Errorf("%s: no %s in %q", name, shard, container.Args)
	}
	if !*pod.SecurityContext.RunAsNonRoot || !*container.SecurityContext.ReadOnlyRootFilesystem || *container.SecurityContext.AllowPrivilegeEscalation ||
		container.SecurityContext.Capabilities.Drop[0] != "ALL" || *pod.AutomountServiceAccountToken || pod.RestartPolicy != corev1.RestartPolicyNever {
		t.Errorf("%s: the pod may do more than it has to", name)
	}
	if pod.Volumes[0].Secret == nil || !container.VolumeMounts[0].ReadOnly {
		t.Errorf("%s: the keys are not in a secret that is mounted for reading", name)
	}
	accepts(t, name, strings.Join(container.Args, " "))
}

// accepts checks that the command knows the subcommand and the flags of a line.
func accepts(t *testing.T, where, line string) {
	t.Helper()
	fields := strings.Fields(line)
	help := exec.CommandContext(t.Context(), "go", "run", "./cmd/payreports", fields[0], "--help")
	help.Dir = filepath.Join("..", "..")
	text, err := help.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", where, err, text)
	}
	flags := regexp.MustCompile(`--[a-z-]+`).FindAllString(line, -1)
	if len(flags) == 0 {
		t.Errorf("%s: no flags in %q", where, line)
	}
	for _, flag := range flags {
		if !regexp.MustCompile(`(?m)^ +(-., )?` + flag + `\b`).Match(text) {
			t.Errorf("%s: payreports %s has no flag %s", where, fields[0], flag)
		}
	}
}

// The command lines of all other files are those of the command, too.
func TestCommandLines(t *testing.T) {
	for _, name := range []string{"systemd/payreports.service", "cron/payreports"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		lines := regexp.MustCompile(`payreports ((?:sync|reconcile) [^>\n]*)`).FindAllStringSubmatch(string(text), -1)
		if len(lines) == 0 {
			t.Errorf("%s: no command line", name)
		}
		for _, line := range lines {
			accepts(t, name, line[1])
		}
	}
}

func TestSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Attr("compared-with", compares("units of deploy/systemd", "systemd-analyze", ""))
		t.Skip("systemd-analyze is not installed here")
	}
	t.Attr("compared-with", compares("units of deploy/systemd", "systemd-analyze", version(t, analyze, "--version")))
	// The program isn't installed where the unit looks for it, so the unit is read with another one.
	dir := t.TempDir()
	for _, name := range []string{"payreports.service", "payreports.timer"} {
		text, err := os.ReadFile(filepath.Join("..", "systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(string(text), "/usr/bin/payreports", "/bin/true", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.CommandContext(t.Context(), analyze, "verify", "--recursive-errors=no", filepath.Join(dir, "payreports.service"), filepath.Join(dir, "payreports.timer")).CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, output)
	}
	security, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", "--threshold=20", filepath.Join(dir, "payreports.service")).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, security)
	}
	t.Attr("compared-count", "2 units")
}
