package payreports_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

// A URL that points to this machine or its network is used only if the service itself is there.
func TestDocumentURLsThatAreRefused(t *testing.T) {
	t.Parallel()
	const internal = "it points to this machine or to a private network"
	for url, want := range map[string]string{
		"https://127.0.0.1/D1?s=5ec7e7":                             internal,
		"https://127.9.9.9:8443/D1?s=5ec7e7":                        internal,
		"http://127.0.0.1:9000/D1?s=5ec7e7":                         internal,
		"https://localhost/D1?s=5ec7e7":                             internal,
		"https://LocalHost./D1?s=5ec7e7":                            internal,
		"https://storage.localhost/D1?s=5ec7e7":                     internal,
		"https://[::1]/D1?s=5ec7e7":                                 internal,
		"https://[::ffff:127.0.0.1]/D1?s=5ec7e7":                    internal,
		"https://[::127.0.0.1]/D1?s=5ec7e7":                         internal,
		"https://[64:ff9b::10.0.0.1]/D1?s=5ec7e7":                   internal,
		"https://10.1.2.3/D1?s=5ec7e7":                              internal,
		"https://172.16.0.1/D1?s=5ec7e7":                            internal,
		"https://192.168.1.1./D1?s=5ec7e7":                          internal,
		"https://100.64.0.1/D1?s=5ec7e7":                            internal,
		"https://169.254.169.254/latest/meta-data?s=5ec7e7":         internal,
		"https://[fd00:ec2::254]/latest/meta-data?s=5ec7e7":         internal,
		"https://[fe80::1%25eth0]/D1?s=5ec7e7":                      internal,
		"https://0.0.0.0/D1?s=5ec7e7":                               internal,
		"https://[::]/D1?s=5ec7e7":                                  internal,
		"https://255.255.255.255/D1?s=5ec7e7":                       internal,
		"https://224.0.0.1/D1?s=5ec7e7":                             internal,
		"https://127.1/D1?s=5ec7e7":                                 internal,
		"https://2130706433/D1?s=5ec7e7":                            internal,
		"https://0x7f000001/D1?s=5ec7e7":                            internal,
		"https://0x7f.0.0.0x1/D1?s=5ec7e7":                          internal,
		"https://017700000001/D1?s=5ec7e7":                          internal,
		"https://5ec7e7:5ec7e7@storage.example/D1?s=5ec7e7":         "a user name",
		"https://5ec7e7@storage.example/D1?s=5ec7e7":                "a user name",
		"https://@storage.example/D1?s=5ec7e7":                      "a user name",
		"https://storage.example:443@127.0.0.1/D1?s=5ec7e7":         "a user name",
		"http://storage.example/D1?s=5ec7e7":                        "http is allowed only to loopback addresses",
		"ftp://storage.example/D1?s=5ec7e7":                         "must be https",
		"file:///etc/passwd?s=5ec7e7":                               "it has no host",
		"https:///D1?s=5ec7e7":                                      "it has no host",
		"https:storage.example/D1?s=5ec7e7":                         "it has no host",
		"//storage.example/D1?s=5ec7e7":                             "must be https",
		"/D1?s=5ec7e7":                                              "it has no host",
		"https://storage.example:5ec7e7/D1?X-Amz-Signature=5ec7e7b": "can't parse the service's URL",
	} {
		e := &exchanges{url: url, answers: []func(*http.Request) *http.Response{sent(200, fileA)}}
		_, err := e.download(t)
		if err == nil || !strings.Contains(err.Error(), want) || len(e.ranges) != 0 {
			t.Errorf("%s: error %v after %d requests, want one with %q and no request", url, err, len(e.ranges), want)
		}
		if err != nil && strings.Contains(err.Error(), "5ec7e7") {
			t.Errorf("error %v quotes a secret", err)
		}
	}
}

func TestDocumentURLsThatAreFollowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		endpoint, url string
		insecure      bool
	}{
		{endpoint: "", url: "https://storage.example/D1"},
		{endpoint: "", url: "https://s3.eu-west-1.amazonaws.com:443/D1"},
		{endpoint: "", url: "https://52.218.0.1/D1"},
		{endpoint: "", url: "https://[2a05:d018::1]/D1"},
		{endpoint: "https://simulator.example", url: "https://storage.example/D1"},
		{endpoint: "http://127.0.0.1:8080", url: "http://127.0.0.1:8080/D1"},
		{endpoint: "https://localhost:8443", url: "https://localhost:8443/D1"},
		{endpoint: "https://[::1]:8443", url: "https://127.0.0.1:9000/D1"},
		{endpoint: "https://10.0.0.7", url: "https://10.0.0.7/D1"},
		{endpoint: "http://simulator.internal", url: "http://10.0.0.7/D1", insecure: true},
		{endpoint: "https://simulator.internal", url: "https://10.0.0.7/D1", insecure: true},
	} {
		var opts []payreports.Option
		if test.endpoint != "" {
			opts = append(opts, payreports.WithEndpoint(test.endpoint))
		}
		if test.insecure {
			opts = append(opts, payreports.WithInsecureEndpoint())
		}
		e := &exchanges{url: test.url, answers: []func(*http.Request) *http.Response{sent(200, fileA)}}
		if got, err := e.download(t, opts...); got != fileA || err != nil {
			t.Errorf("%s from endpoint %q: %q, %v", test.url, test.endpoint, got, err)
		}
	}
}
