package openapispec_test

import (
	"net/http"
	"testing"

	"github.com/amazonpay-go/payreports/internal/openapispec"
)

func TestLoadFindsTheSpecValid(t *testing.T) {
	t.Parallel()
	if _, err := openapispec.Load(); err != nil {
		t.Fatal(err)
	}
}

func TestRouter(t *testing.T) {
	t.Parallel()
	doc, err := openapispec.Load()
	if err != nil {
		t.Fatal(err)
	}
	router, err := openapispec.Router(doc, "/v2")
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodGet, "https://anywhere.example/v2/reports/A1", nil)
	route, parameters, err := router.FindRoute(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := route.Operation.OperationID; got != "getReportById" || parameters["reportId"] != "A1" {
		t.Errorf("operation %s with %v, want getReportById with reportId A1", got, parameters)
	}
}
