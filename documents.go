package payreports

import (
	"cmp"
	"context"
	"net/http"

	"github.com/amazonpay-go/payreports/api"
)

// GetReportDocument returns where the file of a completed report is. The URL lives 30 seconds and its query is a secret: whatever
// prints the document shows the URL without it. While the document isn't ready (an answer of 202, or one without a url) the result
// has no URL, and [wire.DocumentURL.IsZero] says so.
//
// [Client.OpenReport] and [Client.DownloadReport] do all that is to be done with the URL.
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
		if document.URL.IsZero() { // 202, whose body isn't documented
			document.ReportDocumentID = cmp.Or(document.ReportDocumentID, id)
		}
		return document, checkAnsweredID("reportDocumentId", document.ReportDocumentID, id)
	})
}
