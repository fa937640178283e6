package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/simulator"
)

// Requests made from the spec, valid ones and ones with a fault, are sent to the simulator. No answer may break the spec,
// no request that the schema refuses may be accepted, nothing is a 5xx, and the same refusal is told twice.
func TestChaosRequestsFromTheSpec(t *testing.T) {
	t.Parallel()
	n := 500
	if os.Getenv("PAYREPORTS_CHAOS") == "long" {
		n = 10_000
	}
	const seed = 15
	maker := newRequestMaker(t, seed)
	sim := simulator.StartInMemory(t)
	validator, err := newValidator(sim.RoundTripper(), "/v2")
	if err != nil {
		t.Fatal(err)
	}
	accepted, refused := make(map[string]int), make(map[string]int)
	for i := range n {
		made := maker.next()
		status, body := made.exchange(t, sim, validator)
		findings := validator.take()
		what := fmt.Sprintf("request %d of seed %d: %s", i, seed, made)
		requestFault := made.fault
		for _, finding := range findings {
			if finding.Side == "response" {
				t.Errorf("%s: answered %d %s: %s", what, status, body, finding)
			} else if made.repeated == "" || !strings.Contains(finding.Problem, fmt.Sprintf("%q is given", made.repeated)) {
				requestFault = finding.Problem
			}
		}
		switch {
		case status >= 500:
			t.Errorf("%s: answered %d %s", what, status, body)
		case status < 300 && requestFault != "":
			t.Errorf("%s: accepted with %d, although %s", what, status, requestFault)
		case status < 300:
			accepted[made.operation]++
		default:
			refused[made.operation]++
			var first, second api.ErrorResponse
			again, text := made.exchange(t, sim, validator)
			validator.take()
			if json.Unmarshal(body, &first) != nil || json.Unmarshal(text, &second) != nil || again != status || first != second {
				t.Errorf("%s: refused with %d %s, then with %d %s", what, status, body, again, text)
			}
		}
		if sim.Advance(time.Second); t.Failed() {
			break
		}
	}
	for id := range operations(t) {
		if accepted[id] == 0 || refused[id] == 0 {
			t.Errorf("%s: %d requests were accepted and %d refused, want some of both", id, accepted[id], refused[id])
		}
	}
	t.Logf("%d requests: accepted %v, refused %v", n, accepted, refused)
}

// take returns the findings so far and forgets them.
func (v *validator) take() []finding {
	v.mu.Lock()
	defer v.mu.Unlock()
	taken := v.findings
	v.findings = nil
	return taken
}

// madeRequest is a request made from the spec.
type madeRequest struct {
	operation, method, path, query string
	headers                        map[string]string
	body                           string
	fault                          string // what is wrong with it, "" for a valid one
	repeated                       string // the parameter whose name is repeated where that is allowed: a finding, and no fault
	learn                          func(status int, answer map[string]any)
}

func (m madeRequest) String() string {
	return fmt.Sprintf("%s %s?%s %v %s (fault: %q)", m.method, m.path, m.query, m.headers, m.body, m.fault)
}

func (m madeRequest) exchange(t *testing.T, sim *simulator.Server, transport http.RoundTripper) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), m.method, sim.URL+"/v2"+m.path, strings.NewReader(m.body))
	if err != nil {
		t.Fatal(err)
	}
	if m.body == "" {
		req.Body = http.NoBody
	}
	req.URL.RawQuery = m.query
	for name, value := range m.headers {
		req.Header.Set(name, value)
	}
	signByHand(t, sim, req, "live", m.body)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if m.learn != nil && json.Unmarshal(body, &answer) == nil {
		m.learn(resp.StatusCode, answer)
	}
	return resp.StatusCode, body
}

// requestMaker makes requests of all operations in turn. It learns ids and tokens from the answers, so that later requests
// find something.
type requestMaker struct {
	random     *rand.Rand
	operations []specOperation
	known      map[string][]string // values by the name of a path or query parameter
	made       int
}

type specOperation struct {
	method, path string
	*openapi3.Operation
}

func newRequestMaker(t *testing.T, seed uint64) *requestMaker {
	t.Helper()
	maker := &requestMaker{random: rand.New(rand.NewPCG(seed, seed)), known: make(map[string][]string)} //nolint:gosec // reproducible on purpose
	for path, item := range loadSpec(t).Paths.Map() {
		for method, operation := range item.Operations() {
			maker.operations = append(maker.operations, specOperation{method, path, operation})
		}
	}
	slices.SortFunc(maker.operations, func(a, b specOperation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return maker
}

func (r *requestMaker) next() madeRequest {
	operation := r.operations[r.made%len(r.operations)]
	r.made++
	m := madeRequest{operation: operation.OperationID, method: operation.method, path: operation.path, headers: make(map[string]string)}
	m.learn = r.learn
	var query []string
	for _, parameter := range operation.Parameters {
		p := parameter.Value
		switch p.In {
		case openapi3.ParameterInPath:
			m.path = strings.ReplaceAll(m.path, "{"+p.Name+"}", url.PathEscape(r.valid(p.Name, p.Schema.Value)))
		case openapi3.ParameterInHeader:
			if r.chance(3) {
				m.headers[p.Name] = r.key()
			}
		case openapi3.ParameterInQuery:
			// A token must be alone, and a list of disbursements needs both times.
			if p.Name == "nextToken" {
				if len(r.known[p.Name]) > 0 && r.chance(4) {
					query = []string{"nextToken=" + url.QueryEscape(r.valid(p.Name, p.Schema.Value))}
				}
			} else if r.chance(3) || strings.HasSuffix(p.Name, "Time") {
				query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(r.valid(p.Name, p.Schema.Value)))
			}
		}
	}
	var object map[string]any
	if operation.RequestBody != nil {
		object = r.object(operation.RequestBody.Value.Content["application/json"].Schema.Value)
		m.body = encode(object)
	}
	if r.chance(2) {
		query = r.breakSomething(&m, operation, query, object)
	}
	m.query = strings.Join(query, "&")
	return m
}

func (r *requestMaker) chance(oneIn int) bool { return r.random.IntN(oneIn) == 0 }

func (r *requestMaker) key() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	key := make([]byte, 1+r.random.IntN(32))
	for i := range key {
		key[i] = letters[r.random.IntN(len(letters))]
	}
	return string(key)
}

func (r *requestMaker) time() string {
	return time.Unix(1_600_000_000+r.random.Int64N(200_000_000), 0).UTC().Format("20060102T150405Z")
}

// valid returns a value that the schema allows, as a query or a path writes it.
func (r *requestMaker) valid(name string, schema *openapi3.Schema) string {
	if known := r.known[name]; len(known) > 0 && !r.chance(5) {
		return known[r.random.IntN(len(known))]
	}
	switch {
	case schema.Type.Is("array"):
		items := make([]string, 1+r.random.IntN(3))
		for i := range items {
			items[i] = r.valid("", schema.Items.Value)
		}
		return strings.Join(items, ",")
	case len(schema.Enum) > 0:
		return schema.Enum[r.random.IntN(len(schema.Enum))].(string)
	case schema.Format == "iso8601-basic" || len(schema.AllOf) == 1 && schema.AllOf[0].Value.Format == "iso8601-basic":
		return r.time()
	case schema.Type.Is("integer"):
		most := 500.0
		if schema.Max != nil {
			most = *schema.Max
		}
		return fmt.Sprint(1 + r.random.IntN(int(most)))
	case schema.Type.Is("boolean"):
		return fmt.Sprint(r.chance(2))
	default:
		return []string{"A1", "0", "a/b", "ä ö", "..x", "59007019641", "%2F", "x?y#z"}[r.random.IntN(8)]
	}
}

func (r *requestMaker) object(schema *openapi3.Schema) map[string]any {
	object := make(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name].Value
		switch {
		case property.Type.Is("boolean"):
			if r.chance(2) {
				object[name] = r.chance(2)
			}
		default:
			object[name] = r.valid("", property)
		}
	}
	if start, ok := object["startTime"].(string); ok && start > object["endTime"].(string) {
		object["startTime"], object["endTime"] = object["endTime"], start
	}
	return object
}

// learn keeps the newest ids and tokens of the answers.
func (r *requestMaker) learn(_ int, answer map[string]any) {
	walk(answer, "", func(path string, node any) {
		text, ok := node.(string)
		name := path[strings.LastIndex(path, "/")+1:]
		if !ok || !strings.HasSuffix(name, "Id") && name != "nextToken" || text == "" {
			return
		}
		if name == "nextToken" {
			r.known[name] = []string{text}
			return
		}
		known := append(r.known[name], text)
		r.known[name] = known[max(0, len(known)-20):]
	})
}

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// breakSomething gives the request one fault, or writes it in a way that means the same, and returns its query.
func (r *requestMaker) breakSomething(m *madeRequest, operation specOperation, query []string, object map[string]any) []string {
	var changes []func()
	change := func(fault string, do func()) {
		changes = append(changes, func() {
			m.fault = fault
			do()
		})
	}
	change("an unknown query parameter", func() { query = append(query, r.key()[:1]+"unknown=1") })
	for _, parameter := range operation.Parameters {
		p := parameter.Value
		replace := func(value string) func() {
			return func() {
				query = slices.DeleteFunc(query, func(part string) bool { return strings.HasPrefix(part, p.Name+"=") })
				query = append(query, p.Name+"="+value)
			}
		}
		schema := p.Schema.Value
		switch {
		case p.In == openapi3.ParameterInHeader:
			for _, key := range []string{strings.Repeat("k", 33), "4f0c9c0f-6d5e-4b1f-a0a9-f0c2d3e4b5a6", "a b", "ä", "a.b"} {
				change("the idempotency key "+key, func() { m.headers[p.Name] = key })
			}
		case p.In != openapi3.ParameterInQuery:
		case schema.Type.Is("array"):
			change("an empty item", replace(r.valid("", schema)+","))
			change("an unknown item", replace("X"))
			change("a space in a list", replace(r.valid("", schema)+",%20"+r.valid("", schema)))
			change("a numbered list", func() { query = append(query, p.Name+".1="+r.valid("", schema)) })
			changes = append(changes, func() { // means the same
				m.repeated = p.Name
				replace(r.valid("", schema))()
				query = append(query, p.Name+"="+r.valid("", schema))
			})
		case schema.Type.Is("integer"):
			for _, value := range []string{"0", "-1", "1.5", "1e1", "ten", "007", "%2B7", "99999999999999999999"} {
				change(p.Name+" "+value, replace(value))
			}
			change("two values", func() {
				replace("1")()
				query = append(query, p.Name+"=2")
			})
		case schema.Type.Is("boolean"):
			for _, value := range []string{"TRUE", "1", "yes", "null"} {
				change(p.Name+" "+value, replace(value))
			}
		case schema.Format == "iso8601-basic":
			for _, value := range []string{"20220230T000000Z", "20230229T000000Z", "2022-08-04T00-00-00Z", "2022-08-04T00:00:00Z", "20220804T240000Z", "20220804", "20220804T000000", "now"} {
				change(p.Name+" "+value, replace(value))
			}
		case p.Name == "nextToken":
			change("a token that isn't one", func() { query = []string{"nextToken=x"} })
			change("a token with another parameter", func() { query = []string{"nextToken=x", "pageSize=5"} })
			changes = append(changes, func() { // means nothing
				m.repeated = p.Name
				query = append(query, "nextToken=")
			})
		}
	}
	if object != nil {
		r.breakBody(m, object, change)
	}
	changes[r.random.IntN(len(changes))]()
	return query
}

func (r *requestMaker) breakBody(m *madeRequest, object map[string]any, change func(string, func())) {
	write := func() { m.body = encode(object) }
	for _, name := range slices.Sorted(maps.Keys(object)) {
		for _, value := range []any{nil, 1, 1.5, []any{}, map[string]any{}, "", "x"} {
			change(fmt.Sprintf("member %s is %v", name, value), func() { object[name] = value; write() })
		}
		if _, optional := object[name].(bool); !optional {
			change("no member "+name, func() { delete(object, name); write() })
		}
		change("member "+name+" in upper case", func() {
			object[strings.ToUpper(name)] = object[name]
			delete(object, name)
			write()
		})
	}
	change("an unknown member", func() { object["unknown"] = 1; write() })
	change("no body", func() { m.body = "" })
	change("a body that is cut off", func() { m.body = m.body[:1+r.random.IntN(len(m.body)-1)] })
	change("an array", func() { m.body = "[" + m.body + "]" })
	change("two objects", func() { m.body += m.body })
	change("text after the object", func() { m.body += "x" })
	change("bytes that aren't text", func() { m.body = string(bytes.Replace([]byte(m.body), []byte(`"`), []byte{0xff}, 1)) })
	change("null", func() { m.body = "null" })
}
