package payreports

import (
	"cmp"
	"context"
	"net/http"

	"github.com/amazonpay-go/payreports/api"
)

// GetReportDocument returns the download URL of a completed report. The URL is valid for 30 seconds. Its query is a secret, which isn't shown
// when the document is printed. While the document isn't ready (status 202, or no url in the response), the URL's
// [wire.DocumentURL.IsZero] returns true.
//
// [Client.OpenReport] and [Client.DownloadReport] request the URL and download the file for you.
//
// [wire.DocumentURL.IsZero]: https://pkg.go.dev/github.com/amazonpay-go/payreports/api/wire#DocumentURL.IsZero
func (c *Client) GetReportDocument(ctx context.Context, id ReportDocumentID, opts ...CallOption) (*ReportDocument, error) {
	if err := checkID(opGetReportDocument, "reportDocumentId", string(id)); err != nil {
		return nil, err
	}
	return execute(c, opGetReportDocument, opts, func(generated *api.Client) (*http.Response, error) {
		return generated.GetReportDocument(ctx, id)
	}, func(body []byte) (*ReportDocument, error) {
		if len(body) == 0 { // 202
			return &ReportDocument{ReportDocumentID: id}, nil
		}
		document, err := decodeJSON[ReportDocument](body)
		if err != nil {
			return nil, err
		}
		if document.URL.IsZero() { // 202; its body isn't documented
			document.ReportDocumentID = cmp.Or(document.ReportDocumentID, id)
		}
		return document, checkAnsweredID("reportDocumentId", document.ReportDocumentID, id)
	})
}
