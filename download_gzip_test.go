package payreports_test

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
)

func zipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

func changedAt(content []byte, i int) []byte {
	changed := bytes.Clone(content)
	changed[(i+len(changed))%len(changed)] ^= 1
	return changed
}

func TestDownloadUncompresses(t *testing.T) {
	plain := []byte("\"TransactionPostedDate\"\n")
	whole := zipped(plain)
	tests := map[string]struct {
		file    []byte
		want    []byte
		wantErr string
	}{
		"plain":                      {file: plain, want: plain},
		"gzip":                       {file: whole, want: plain},
		"gzip of nothing":            {file: zipped(nil), want: nil},
		"two members":                {file: slices.Concat(whole, whole), want: slices.Concat(plain, plain)},
		"a byte of the magic number": {file: whole[:1], want: whole[:1]},

		"twice":                      {file: zipped(whole), wantErr: "compressed with gzip twice"},
		"three times":                {file: zipped(zipped(whole)), wantErr: "compressed with gzip twice"},
		"twice, two members":         {file: zipped(slices.Concat(whole, whole)), wantErr: "compressed with gzip twice"},
		"twice, empty member before": {file: slices.Concat(zipped(nil), zipped(whole)), wantErr: "compressed with gzip twice"},

		"cut in the checksum":         {file: whole[:len(whole)-4], wantErr: "compressed file is damaged"},
		"cut in the data":             {file: whole[:len(whole)/2], wantErr: "compressed file is damaged"},
		"cut in the header":           {file: whole[:5], wantErr: "compressed file is damaged"},
		"wrong checksum":              {file: changedAt(whole, -6), wantErr: "compressed file is damaged"},
		"wrong length":                {file: changedAt(whole, -1), wantErr: "compressed file is damaged"},
		"something after it":          {file: append(bytes.Clone(whole), "<html>"...), wantErr: "compressed file is damaged"},
		"a second member that is cut": {file: slices.Concat(whole, whole[:len(whole)-1]), wantErr: "compressed file is damaged"},
		"not gzip":                    {file: []byte("\x1f\x8bno"), wantErr: "compressed file is damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := &storage{file: test.file, plan: plan(download{cutAfter: 12}, download{})}
				var got bytes.Buffer
				_, err := newClient(t, s).DownloadReport(t.Context(), "A1", &got)
				switch {
				case test.wantErr != "":
					if err == nil || !strings.Contains(err.Error(), test.wantErr) || strings.Count(err.Error(), "downloading report document D1") != 1 {
						t.Errorf("%d bytes, error %v, want one with %q that names the document once", got.Len(), err, test.wantErr)
					}
				case err != nil || !bytes.Equal(got.Bytes(), test.want):
					t.Errorf("%q, %v", got.Bytes(), err)
				}
			})
		})
	}
}
