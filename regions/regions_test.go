package regions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/regions"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]regions.Region{
		"na": regions.NA, "us": regions.NA, "NA": regions.NA, "Us": regions.NA, "eu": regions.EU, "DE": regions.EU, "uk": regions.EU,
		"jp": regions.JP, " JP ": regions.JP,
	} {
		if got, err := regions.Parse(name); got != want || err != nil {
			t.Errorf("Parse(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"", "fe", "au", "europe", strings.Repeat("x", 1000), "x" + strings.Repeat("é", 1000)} {
		_, err := regions.Parse(name)
		if err == nil || !strings.Contains(err.Error(), "na (or us), eu (or de, uk) or jp") || len(err.Error()) > 200 || strings.Contains(err.Error(), `\x`) {
			t.Errorf("Parse(%.10q): error %v doesn't list what is allowed, or quotes too much or half a character", name, err)
		}
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for region, want := range map[regions.Region]string{
		regions.NA: "pay-api.amazon.com", regions.EU: "pay-api.amazon.eu", regions.JP: "pay-api.amazon.jp", "": "", "xx": "",
	} {
		if got := region.Host(); got != want {
			t.Errorf("%q.Host() = %q, want %q", region, got, want)
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		region      regions.Region
		id          string
		environment regions.Environment
		want        string
		wantErr     string
	}{
		{regions.NA, "LIVE-A", "", "https://pay-api.amazon.com/v2", ""},
		{regions.EU, "SANDBOX-A", "", "https://pay-api.amazon.eu/v2", ""},
		{regions.JP, "sandboxA", "", "https://pay-api.amazon.jp/v2", ""},
		{regions.JP, "LiveA", regions.Live, "https://pay-api.amazon.jp/v2", ""},
		{"us", "LIVE-A", "", "https://pay-api.amazon.com/v2", ""},
		{regions.EU, "A1B2", regions.Live, "https://pay-api.amazon.eu/live/v2", ""},
		{regions.EU, "A1B2", "SANDBOX", "https://pay-api.amazon.eu/sandbox/v2", ""},
		{regions.EU, "A1B2", "", "", "set the environment to live or sandbox"},
		{regions.EU, "LIVE-A", regions.Sandbox, "", "is for live, but the environment is set to sandbox"},
		{regions.EU, "SANDBOX-A", regions.Live, "", "is for sandbox, but the environment is set to live"},
		{regions.EU, "A1B2", "test", "", "use live or sandbox"},
		{"", "LIVE-A", "", "", "the region is missing"},
		{"mars", "LIVE-A", "", "", "not a region"},
	}
	for _, test := range tests {
		got, err := regions.BaseURL(test.region, test.id, test.environment)
		if got != test.want || (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("BaseURL(%q, %q, %q) = %q, %v, want %q, %q", test.region, test.id, test.environment, got, err, test.want, test.wantErr)
		}
	}
}

func ExampleBaseURL() {
	url, err := regions.BaseURL(regions.EU, "SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B", "")
	fmt.Println(url, err)
	_, err = regions.BaseURL(regions.EU, "AFVX7ULWSGBZ5535", "")
	fmt.Println(err)
	// Output:
	// https://pay-api.amazon.eu/v2 <nil>
	// regions: the public key id "AFVX7ULWSGBZ5535" doesn't begin with LIVE or SANDBOX: set the environment to live or sandbox
}
