package conformance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// The part of Arazzo 1.0 that arazzo.yaml uses. What it doesn't know is an error, so that nothing is left out in silence.
type (
	arazzoDescription struct {
		Arazzo             string
		Info               map[string]string
		SourceDescriptions []struct{ Name, URL, Type string } `yaml:"sourceDescriptions"`
		Workflows          []arazzoWorkflow
	}
	arazzoWorkflow struct {
		WorkflowID           string `yaml:"workflowId"`
		Summary, Description string
		Inputs               struct {
			Type       string
			Required   []string
			Properties map[string]struct{ Type, Description string }
		}
		Steps   []arazzoStep
		Outputs map[string]string
	}
	arazzoStep struct {
		StepID      string `yaml:"stepId"`
		Description string
		OperationID string `yaml:"operationId"`
		WorkflowID  string `yaml:"workflowId"`
		Parameters  []struct {
			Name, In string
			Value    any
		}
		RequestBody *struct {
			ContentType string `yaml:"contentType"`
			Payload     map[string]any
		} `yaml:"requestBody"`
		SuccessCriteria []arazzoCriterion `yaml:"successCriteria"`
		Outputs         map[string]string
		OnSuccess       []arazzoAction `yaml:"onSuccess"`
		OnFailure       []arazzoAction `yaml:"onFailure"`
	}
	arazzoCriterion struct{ Condition string }
	arazzoAction    struct {
		Name, Type string
		RetryAfter float64 `yaml:"retryAfter"`
		RetryLimit int     `yaml:"retryLimit"`
		Criteria   []arazzoCriterion
	}
)

func readArazzo(t *testing.T) map[string]arazzoWorkflow {
	t.Helper()
	file, err := os.Open("../arazzo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	var description arazzoDescription
	if err := decoder.Decode(&description); err != nil {
		t.Fatal(err)
	}
	if len(description.SourceDescriptions) != 1 || description.SourceDescriptions[0].URL != "./openapi.yaml" {
		t.Errorf("sources %v, want openapi.yaml", description.SourceDescriptions)
	}
	workflows := make(map[string]arazzoWorkflow)
	for _, workflow := range description.Workflows {
		workflows[workflow.WorkflowID] = workflow
	}
	return workflows
}

// arazzoRun carries workflows out against a simulator.
type arazzoRun struct {
	t         *testing.T
	sim       *simulator.Server
	transport http.RoundTripper
	workflows map[string]arazzoWorkflow
	onURL     func(url string) // each URL as soon as its step has ended
	steps     []string         // the operations in the order of their requests
}

// scope is what expressions of one step can see.
type scope struct {
	inputs map[string]any
	steps  map[string]map[string]any
	status int
	body   any
}

// run returns the workflow's outputs and whether it ended well.
func (r *arazzoRun) run(id string, inputs map[string]any) (map[string]any, bool) {
	r.t.Helper()
	workflow, ok := r.workflows[id]
	if !ok {
		r.t.Fatalf("there is no workflow %s", id)
	}
	for _, name := range workflow.Inputs.Required {
		if inputs[name] == nil {
			r.t.Fatalf("%s: the input %s is missing", id, name)
		}
	}
	s := &scope{inputs: inputs, steps: make(map[string]map[string]any)}
	good := true
	for at := 0; at < len(workflow.Steps); at++ {
		end := false
		if end, good = r.step(workflow.Steps[at], s); end || !good {
			break
		}
	}
	return r.outputs(workflow.Outputs, s), good
}

// step repeats a step for as long as its actions say so, and tells whether the workflow ends with it and whether it is good.
func (r *arazzoRun) step(step arazzoStep, s *scope) (end, good bool) {
	r.t.Helper()
	for tries := 0; ; tries++ {
		if step.WorkflowID != "" {
			inputs := make(map[string]any)
			for _, parameter := range step.Parameters {
				inputs[parameter.Name] = r.value(parameter.Value, s)
			}
			s.steps[step.StepID], good = r.run(step.WorkflowID, inputs)
			return false, good
		}
		s.status, s.body = r.request(step, s)
		s.steps[step.StepID] = r.outputs(step.Outputs, s)
		if link, ok := s.steps[step.StepID]["url"].(string); ok {
			r.onURL(link)
		}
		good = r.all(step.SuccessCriteria, s)
		actions := step.OnFailure
		if good {
			actions = step.OnSuccess
		}
		chosen := slices.IndexFunc(actions, func(action arazzoAction) bool { return r.all(action.Criteria, s) })
		if chosen < 0 {
			return false, good
		}
		switch action := actions[chosen]; action.Type {
		case "end":
			return true, good
		case "retry":
			if tries >= action.RetryLimit {
				return true, false
			}
			r.sim.Advance(time.Duration(action.RetryAfter * float64(time.Second)))
		default:
			r.t.Fatalf("%s: an action of type %q", step.StepID, action.Type)
		}
	}
}

func (r *arazzoRun) request(step arazzoStep, s *scope) (int, any) {
	r.t.Helper()
	method, path := "", ""
	for candidate, item := range loadSpec(r.t).Paths.Map() {
		for m, operation := range item.Operations() {
			if operation.OperationID == step.OperationID {
				method, path = m, candidate
			}
		}
	}
	if method == "" {
		r.t.Fatalf("%s: there is no operation %q", step.StepID, step.OperationID)
	}
	r.steps = append(r.steps, step.OperationID)
	query, header := make(url.Values), make(http.Header)
	for _, parameter := range step.Parameters {
		value := fmt.Sprint(r.value(parameter.Value, s))
		switch parameter.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", url.PathEscape(value))
		case "query":
			query.Set(parameter.Name, value)
		case "header":
			header.Set(parameter.Name, value)
		default:
			r.t.Fatalf("%s: a parameter in %q", step.StepID, parameter.In)
		}
	}
	var body string
	if step.RequestBody != nil {
		payload := make(map[string]any)
		for name, value := range step.RequestBody.Payload {
			payload[name] = r.value(value, s)
		}
		body = encode(payload)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.sim.URL+"/v2"+path+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	if err := r.sim.Signer.SignRequest(r.t.Context(), req); err != nil {
		r.t.Fatal(err)
	}
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	var answer any
	if err := json.Unmarshal(text, &answer); err != nil {
		r.t.Fatalf("%s: %v: %s", step.StepID, err, text)
	}
	return resp.StatusCode, answer
}

func (r *arazzoRun) outputs(expressions map[string]string, s *scope) map[string]any {
	values := make(map[string]any)
	for name, expression := range expressions {
		if value := r.value(expression, s); value != nil {
			values[name] = value
		}
	}
	return values
}

func (r *arazzoRun) all(criteria []arazzoCriterion, s *scope) bool {
	return !slices.ContainsFunc(criteria, func(criterion arazzoCriterion) bool { return !r.holds(criterion.Condition, s) })
}

func (r *arazzoRun) holds(condition string, s *scope) bool {
	for part := range strings.SplitSeq(condition, " || ") {
		left, right, ok := strings.Cut(strings.TrimSpace(part), " == ")
		if !ok {
			r.t.Fatalf("the condition %q isn't a comparison", part)
		}
		if fmt.Sprint(r.value(left, s)) == fmt.Sprint(r.literal(right)) {
			return true
		}
	}
	return false
}

func (r *arazzoRun) literal(text string) any {
	if text == "null" {
		return nil
	}
	if inner, ok := strings.CutPrefix(text, "'"); ok {
		return strings.TrimSuffix(inner, "'")
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		r.t.Fatalf("%q is no literal", text)
	}
	return number
}

// value evaluates a runtime expression. What isn't one stands for itself.
func (r *arazzoRun) value(value any, s *scope) any {
	text, ok := value.(string)
	if !ok || !strings.HasPrefix(text, "$") {
		return value
	}
	if text == "$statusCode" {
		return s.status
	}
	if pointer, ok := strings.CutPrefix(text, "$response.body#/"); ok {
		return at(s.body, strings.Split(pointer, "/"))
	}
	switch parts := strings.Split(text, "."); {
	case len(parts) == 2 && parts[0] == "$inputs":
		return s.inputs[parts[1]]
	case len(parts) == 4 && parts[0] == "$steps" && parts[2] == "outputs":
		return s.steps[parts[1]][parts[3]]
	}
	r.t.Fatalf("%q is no expression that is known here", text)
	return nil
}

func at(node any, steps []string) any {
	for _, step := range steps {
		switch value := node.(type) {
		case map[string]any:
			node = value[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(value) {
				return nil
			}
			node = value[i]
		default:
			return nil
		}
	}
	return node
}

// carryOut runs a workflow in which every URL is fetched at once, and returns what the files had.
func carryOut(t *testing.T, sim *simulator.Server, workflow string, inputs map[string]any) (outputs map[string]any, good bool, files, operations []string) {
	t.Helper()
	validator, err := newValidator(sim.RoundTripper(), "/v2")
	if err != nil {
		t.Fatal(err)
	}
	run := &arazzoRun{t: t, sim: sim, transport: validator, workflows: readArazzo(t), onURL: func(link string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := sim.RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		content, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v", resp.StatusCode, err)
		}
		files = append(files, string(content))
	}}
	outputs, good = run.run(workflow, inputs)
	for _, finding := range validator.Findings() {
		t.Error(finding)
	}
	return outputs, good, files, run.steps
}

func TestArazzoCreateWaitFetch(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end     string
		outcome payreports.ProcessingStatus
		good    bool
		status  any
		files   int
	}{
		"completed": {"20261101T000000Z", "", true, "COMPLETED", 1},
		"cancelled": {"20261101T000000Z", payreports.ProcessingStatusCancelled, true, "CANCELLED", 0},
		"failed":    {"20261101T000000Z", payreports.ProcessingStatusFailed, false, "FAILED", 0},
		"refused":   {"20251001T000000Z", "", false, nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)})
				sim.SetOutcome(payreports.ReportTypeRefund, test.outcome)
				outputs, good, files, operations := carryOut(t, sim, "createWaitFetch", map[string]any{
					"reportType": string(payreports.ReportTypeRefund), "startTime": "20261001T000000Z", "endTime": test.end, "idempotencyKey": "workflow-1",
				})
				if good != test.good || outputs["processingStatus"] != test.status || len(files) != test.files {
					t.Errorf("ended %t with %v after %v, and %d files", good, outputs, operations, len(files))
				}
				if test.files > 0 && (outputs["reportId"] == nil || outputs["url"] == nil || !strings.Contains(files[0], "RefundId")) {
					t.Errorf("outputs %v, file %.100q", outputs, files[0])
				}
				if status, _ := outputs["processingStatus"].(string); status != "" && strings.Count(strings.Join(operations, " "), "getReportById") < 2 {
					t.Errorf("the report was not waited for: %v", operations)
				}
			})
		})
	}
}

func TestArazzoListFetchNew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for since, want := range map[time.Time]int{now.AddDate(0, 0, -5): 5, now.AddDate(0, 0, -1): 1, now.Add(-time.Minute): 0} {
		synctest.Test(t, func(t *testing.T) {
			sim := simulator.StartInMemory(t, simulator.Config{Start: now})
			_, good, files, operations := carryOut(t, sim, "listFetchNew", map[string]any{"createdSince": since.Format("20060102T150405Z")})
			distinct := make(map[string]bool)
			for _, file := range files {
				distinct[file] = true
			}
			if !good || len(files) != want || len(distinct) != want {
				t.Errorf("since %v: ended %t with %d files, %d of them distinct, want %d: %v", since, good, len(files), len(distinct), want, operations)
			}
		})
	}
}
