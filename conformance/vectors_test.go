package conformance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/simulator"
)

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("vectors/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestVectorsAreThoseOfTheirSchema(t *testing.T) {
	t.Parallel()
	const library = "github.com/santhosh-tekuri/jsonschema/v6"
	compares := compared.With(t, "vectors are those of their JSON schema", "santhosh-tekuri/jsonschema", compared.VersionOfModule(t, "..", library))
	schema, err := jsonschema.NewCompiler().Compile("vectors/vectors.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"upstream", "reports-operations", "timestamps", "refusals"} {
		var vectors []any
		readVectors(t, name, &vectors)
		if err := schema.Properties[name].Validate(vectors); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		compares.Count(len(vectors), "vectors")
		vectors[0].(map[string]any)["surplus"] = "x"
		if schema.Properties[name].Validate(vectors) == nil {
			t.Errorf("%s: the schema takes a member that it doesn't have", name)
		}
	}
}

func TestTimestampVectors(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		Text                string
		Timestamp, DateTime *string
	}
	readVectors(t, "timestamps", &vectors)
	for _, v := range vectors {
		var ts wire.Timestamp
		if err := ts.UnmarshalText([]byte(v.Text)); (err == nil) != (v.Timestamp != nil) || err == nil && ts.String() != *v.Timestamp {
			t.Errorf("Timestamp %q: %q, %v", v.Text, ts, err)
		}
		var dt wire.DateTime
		if err := dt.UnmarshalText([]byte(v.Text)); (err == nil) != (v.DateTime != nil) || err == nil && dt.String() != *v.DateTime {
			t.Errorf("DateTime %q: %q, %v", v.Text, dt, err)
		}
	}
}

func TestRefusalVectors(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		Name, Environment, Method, Target, Body, ReasonCode, MessageNames string
		Status                                                            int
	}
	readVectors(t, "refusals", &vectors)
	sim := simulator.StartInMemory(t)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), v.Method, sim.URL+"/v2"+v.Target, strings.NewReader(v.Body))
			if err != nil {
				t.Fatal(err)
			}
			signer := sim.SandboxSigner
			if v.Environment == "live" {
				signer = sim.Signer
			}
			if err := signer.SignRequest(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			resp, err := sim.RoundTripper().RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var refusal api.ErrorResponse
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != v.Status || refusal.ReasonCode != v.ReasonCode || !strings.Contains(refusal.Message, v.MessageNames) {
				t.Errorf("%d %s %q", resp.StatusCode, refusal.ReasonCode, refusal.Message)
			}
		})
	}
}
