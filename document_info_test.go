package payreports_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/amazonpay-go/payreports"
)

func TestDocumentInfo(t *testing.T) {
	plain := []byte("\"TransactionPostedDate\"\n")
	tests := map[string]struct {
		contentType string
		file        []byte
		want        payreports.DocumentInfo
	}{
		"nothing stated":        {file: plain},
		"type alone":            {"text/csv", plain, payreports.DocumentInfo{ContentType: "text/csv"}},
		"charset":               {"text/plain;charset=Shift_JIS", plain, payreports.DocumentInfo{ContentType: "text/plain;charset=Shift_JIS", Charset: "shift_jis"}},
		"quoted charset":        {`text/plain; charset="UTF-8"`, plain, payreports.DocumentInfo{ContentType: `text/plain; charset="UTF-8"`, Charset: "utf-8"}},
		"a page":                {"text/html; charset=utf-8", plain, payreports.DocumentInfo{ContentType: "text/html; charset=utf-8", Charset: "utf-8"}},
		"not a type":            {"///;;", plain, payreports.DocumentInfo{ContentType: "///;;"}},
		"characters of control": {"text/plain; charset=\"a\x1b[31m\u202eb\"", plain, payreports.DocumentInfo{ContentType: `text/plain; charset="a?[31m?b"`, Charset: "a?[31m?b"}},
		"gzip":                  {"text/csv", zipped(plain), payreports.DocumentInfo{ContentType: "text/csv", Compressed: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				how := download{cutAfter: 20, header: map[string]string{"Content-Type": test.contentType}}
				then := download{header: map[string]string{"Content-Type": "text/html; charset=latin1"}}
				s := &storage{file: test.file, plan: plan(how, then)}
				var info payreports.DocumentInfo
				content, err := newClient(t, s).OpenReport(t.Context(), "A1", payreports.WithDocumentInfo(&info))
				if err != nil {
					t.Fatal(err)
				}
				defer content.Close()
				if info != test.want {
					t.Errorf("%+v, want %+v", info, test.want)
				}
				if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, plain) || info != test.want {
					t.Errorf("%q, %v; %+v after reading", got, err, info)
				}
			})
		})
	}
	if _, err := newClient(t, unreachable(t)).OpenReport(t.Context(), "A1", payreports.WithDocumentInfo(nil)); !errors.Is(err, payreports.ErrInvalidArgument) {
		t.Errorf("error %v, want ErrInvalidArgument", err)
	}
}
