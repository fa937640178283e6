package conformance_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/simulator"
)

// A page is a session: its console and sh blocks are one shell's commands in one folder, from top to bottom. In the folder are the
// private keys, in the environment is a merchant of a simulator whose clock begins on 24 November 2026, and payreports is the
// command of this repository. What a console block shows is what is printed; a line … stands for any lines, and … in a line for any
// text. A command of a console block that fails is followed by echo $?. A block with a title is written to the file of that name.
func TestReadmePages(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash, which runs the commands of the pages")
	}
	bin := filepath.Dir(command(t))
	for _, name := range []string{"README.md", "SECURITY.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		checkProse(t, bin, string(text))
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, name := range pageNames(t) {
		if !strings.Contains(string(readme), "("+name+")") {
			t.Errorf("README.md doesn't link %s", name)
		}
		page := readPage(t, name)
		for command := range notRun[name] {
			if !slices.ContainsFunc(page.steps(), func(s *step) bool { return s.command == command }) {
				t.Errorf("%s has no command %q: remove it from notRun", name, command)
			}
			left++
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page.run(t, newSession(t, bin), shell)
		})
	}
	if left != notRunCount {
		t.Errorf("%d commands of the pages are not run, want %d: change notRunCount if each has a good reason", left, notRunCount)
	}
}

func pageNames(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../docs/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("there are no pages: %v", err)
	}
	names := []string{"deploy/README.md"}
	for _, path := range found {
		names = append(names, "docs/"+filepath.Base(path))
	}
	return names
}

// block is what stands between two lines of three backquotes.
type block struct {
	language, title string
	steps           []*step // of a console or sh block
	text            string  // of any other
}

// step is a command with what is printed, and how it ended.
type step struct {
	command, shown string
	console        bool
	printed        string
	code           int
	ran            bool
}

type page struct {
	name, text string
	updated    int // up to where text has been compared
	blocks     []*block
}

var pageBlock = regexp.MustCompile("(?ms)^```(\\w*)(?: title=(\\S+))?\n(.*?)^```$")

func readPage(t *testing.T, name string) *page {
	t.Helper()
	text, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{name: name, text: string(text)}
	for _, found := range pageBlock.FindAllStringSubmatch(p.text, -1) {
		b := &block{language: found[1], title: found[2], text: found[3]}
		if b.language == "console" || b.language == "sh" {
			b.steps = readSteps(b)
		}
		p.blocks = append(p.blocks, b)
	}
	return p
}

func readSteps(b *block) []*step {
	var steps []*step
	continues := false
	for line := range strings.Lines(b.text) {
		command, isCommand := strings.CutPrefix(line, "$ ")
		if b.language == "sh" {
			command, isCommand = line, strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#")
		}
		switch {
		case continues:
			last := steps[len(steps)-1]
			last.command += "\n" + strings.TrimRight(line, "\n")
		case isCommand:
			steps = append(steps, &step{command: strings.TrimRight(command, "\n"), console: b.language == "console"})
		case b.language == "console" && len(steps) > 0:
			steps[len(steps)-1].shown += line
		}
		continues = (continues || isCommand) && strings.HasSuffix(line, "\\\n")
	}
	return steps
}

func (p *page) steps() []*step {
	var steps []*step
	for _, b := range p.blocks {
		steps = append(steps, b.steps...)
	}
	return steps
}

// session is where the commands of a page run.
type session struct {
	dir, bin string
	replace  *strings.Replacer // what the page says -> what is run
	shown    *strings.Replacer // and back
	environ  []string
}

func newSession(t *testing.T, bin string) *session {
	t.Helper()
	s := &session{dir: t.TempDir(), bin: bin}
	start := time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	na := simulator.Start(t, simulator.Config{Seed: 21, Start: start})
	keys := map[string]*rsa.PublicKey{"LIVE-AFVX7ULWSGBZ5535PCUQOY7B": &na.Key.PublicKey}
	eu := simulator.Start(t, simulator.Config{Seed: 22, Start: start, Region: regions.EU, Keys: keys})
	us := simulator.Start(t, simulator.Config{Seed: 23, Start: start, Keys: map[string]*rsa.PublicKey{"LIVE-AHWY8VMXTHCA6646QDVRPZ8C": &na.Key.PublicKey}})
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(na.Key)})
	for _, name := range []string{"private.pem", "de.pem", "us.pem"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	clone, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	s.replace = strings.NewReplacer("127.0.0.1:8080", address, "../payreports", clone,
		`region = "eu"`, `region = "eu"`+"\nendpoint = \""+eu.URL+`"`, `region = "na"`, `region = "na"`+"\nendpoint = \""+us.URL+`"`)
	s.shown = strings.NewReplacer(address, "127.0.0.1:8080", clone, "../payreports", na.URL, "http://127.0.0.1:8080", s.dir+string(filepath.Separator), "")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AMAZON_PAY_") && !strings.HasPrefix(variable, "PAYREPORTS_") {
			s.environ = append(s.environ, variable)
		}
	}
	s.environ = append(s.environ, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "TZ=UTC", "LC_ALL=C.UTF-8", "NO_COLOR=1", "AWS_EC2_METADATA_DISABLED=true",
		"AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=private.pem", "AMAZON_PAY_REGION=na", "AMAZON_PAY_ENDPOINT="+na.URL)
	return s
}

// simulates starts a simulator in the background, as another terminal does, and waits for the line that says that it is ready.
const simulates = `simulated=.simulated-$RANDOM
%s >$simulated 2>$simulated.log &
trap 'kill $(jobs -p) 2>/dev/null' EXIT
for tick in {1..300}; do [ -s $simulated ] && break; kill -0 $! 2>/dev/null || break; sleep 0.1; done
if kill -0 $! 2>/dev/null; then cat $simulated; else cat $simulated.log; wait $!; fi`

func (p *page) run(t *testing.T, s *session, shell string) {
	t.Helper()
	script := new(strings.Builder)
	script.WriteString("ended() { local code=$?; printf '\\n@@%d %d@@\\n' \"$1\" $code; return $code; }\n")
	steps := p.steps()
	for _, b := range p.blocks {
		if b.title != "" {
			if err := os.WriteFile(filepath.Join(s.dir, "."+b.title), []byte(s.replace.Replace(b.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(script, "cp '.%s' '%s'\n", b.title, b.title)
		}
		for _, step := range b.steps {
			if reason := skipped(p.name, step.command); reason != "" {
				t.Logf("not run: %s: %s", step.command, reason)
				checkFlags(t, s.bin, step.command)
				continue
			}
			command := s.replace.Replace(step.command)
			if strings.HasPrefix(command, "payreports simulate") {
				command = fmt.Sprintf(simulates, command)
			}
			fmt.Fprintf(script, "%s\nended %d\n", command, slices.Index(steps, step))
			step.ran = true
		}
	}
	file := filepath.Join(t.TempDir(), "session.sh")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), shell, "--norc", "--noprofile", file)
	command.Dir, command.Env = s.dir, s.environ
	command.WaitDelay = 10 * time.Second
	output, err := command.CombinedOutput()
	ends := regexp.MustCompile(`(?s)(.*?)\n@@(\d+) (\d+)@@\n`).FindAllSubmatchIndex(output, -1)
	for _, end := range ends {
		index, _ := strconv.Atoi(string(output[end[4]:end[5]]))
		steps[index].code, _ = strconv.Atoi(string(output[end[6]:end[7]]))
		steps[index].printed = s.shown.Replace(trailing.ReplaceAllString(string(output[end[2]:end[3]]), ""))
	}
	if ran := len(slices.DeleteFunc(slices.Clone(steps), func(s *step) bool { return !s.ran })); len(ends) != ran {
		t.Fatalf("%d of %d commands were run, %v:\n%s", len(ends), ran, err, output)
	}
	p.check(t)
	checkProse(t, s.bin, p.text)
}

func (p *page) check(t *testing.T) {
	t.Helper()
	steps := p.steps()
	for i, step := range steps {
		if !step.ran {
			continue
		}
		line := "$ " + step.command + "\n"
		if at := strings.Index(p.text[p.updated:], line); at >= 0 {
			p.updated += at + len(line)
		}
		said := i+1 < len(steps) && steps[i+1].command == "echo $?"
		if step.code != 0 && !said {
			t.Errorf("%s: exit code %d, which the page doesn't show by echo $?:\n%s", step.command, step.code, step.printed)
		}
		if !step.console || matches(step.shown, step.printed) {
			continue
		}
		if *update && !strings.Contains(step.shown, "…") {
			p.show(step)
			continue
		}
		t.Errorf("%s prints\n%s\nand the page shows\n%s\nIf the page is out of date, run this test with -update.", step.command, step.printed, step.shown)
	}
	if *update {
		if err := os.WriteFile("../"+p.name, []byte(p.text), 0o644); err != nil { //nolint:gosec // as all pages are
			t.Fatal(err)
		}
	}
}

// show puts what was printed where the page shows something else.
func (p *page) show(s *step) {
	printed := s.printed
	if printed != "" && !strings.HasSuffix(printed, "\n") {
		printed += "\n"
	}
	p.text = p.text[:p.updated] + printed + strings.TrimPrefix(p.text[p.updated:], s.shown)
	p.updated += len(printed)
}

// matches compares what is shown with what was printed, where … stands for anything.
func matches(shown, printed string) bool {
	shown, printed = strings.TrimRight(shown, "\n"), strings.TrimRight(printed, "\n")
	pattern := strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".*")
	pattern = regexp.MustCompile(`(?m)^\.\*$`).ReplaceAllString(pattern, "(?s:.*)")
	return regexp.MustCompile("^" + pattern + "$").MatchString(printed)
}

var (
	trailing     = regexp.MustCompile(`(?m)[ \t]+$`)
	inlineFlag   = regexp.MustCompile("^--[a-z][a-z-]*")
	payreportsIs = regexp.MustCompile(`(?m)(?:^|[|&;] *)payreports ([^|&;>#\n]*)`)
)

// checkProse checks the commands and flags in the sentences of a page.
func checkProse(t *testing.T, bin, page string) {
	t.Helper()
	flags := knownFlags(t)
	for _, code := range inlineCode.FindAllStringSubmatch(anyBlock.ReplaceAllString(page, ""), -1) {
		text := spaces.ReplaceAllString(code[1], " ")
		if flag := inlineFlag.FindString(text); flag != "" && !flags[flag] && (!strings.HasSuffix(flag, "-") || !isPrefix(flag, flags)) {
			t.Errorf("the page names the flag %s, which no command has", flag)
		}
		if target, isMake := strings.CutPrefix(text, "make "); isMake {
			runs(t, "..", "make", "--no-print-directory", "-n", target)
		}
		checkFlags(t, bin, text)
	}
}

// isPrefix reports whether flags begin so, such as --bank-.
func isPrefix(flag string, flags map[string]bool) bool {
	for known := range flags {
		if strings.HasPrefix(known, flag) {
			return true
		}
	}
	return false
}

// knownFlags are all flags that the help of a command names.
func knownFlags(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("../cmd/payreports/testdata/help/*.txt")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d help texts, %v", len(names), err)
	}
	flags := make(map[string]bool)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range regexp.MustCompile(`(?m)^ {2,}(?:-\w, )?(--[a-z0-9-]+)`).FindAllSubmatch(text, -1) {
			flags[string(flag[1])] = true
		}
	}
	return flags
}

// checkFlags checks a command that isn't run: the flags are parsed before --help is seen, so a wrong one is an error.
func checkFlags(t *testing.T, bin, text string) {
	t.Helper()
	for _, found := range payreportsIs.FindAllStringSubmatch(strings.ReplaceAll(text, "\\\n", " "), -1) {
		args := regexp.MustCompile(`'[^']*'|[^\s']+`).FindAllString(found[1], -1)
		command := exec.CommandContext(t.Context(), filepath.Join(bin, "payreports"), append(args, "--help")...)
		help, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("payreports %s: %v: %s", found[1], err, help)
		} else if len(args) > 0 && !strings.HasPrefix(args[0], "-") && !bytes.Contains(help, []byte("payreports "+args[0]+" ")) {
			t.Errorf("there is no command payreports %s", args[0])
		}
	}
}

// skipped says why a command isn't run here, if it isn't.
func skipped(page, command string) string {
	if reason := notRun[page][command]; reason != "" {
		return reason
	}
	name, _, _ := strings.Cut(command, " ")
	if slices.Contains(optionalPrograms, name) {
		if _, err := exec.LookPath(name); err != nil {
			return name + " is not installed here"
		}
	}
	return ""
}

// optionalPrograms are packages of Debian that only some machines have.
var optionalPrograms = []string{"hledger", "ledger", "bean-check", "curl"}
