// Package api holds the models, the HTTP client and the server interface of the Amazon Pay Reports API. oapi-codegen generates all of it,
// except for this comment, from the file openapi.yaml at the root of the module.
//
// Most programs should use package [github.com/amazonpay-go/payreports] instead. It is built on this one and adds retries, paging, waiting,
// downloads and typed errors. Use this package if you want to send single requests and handle every response yourself.
//
// # Sending requests
//
// Requests must be signed. The method SignRequest of a signer from package signing is a [RequestEditorFn]:
//
//	signer, err := signing.NewSigner("LIVE-AFVX7ULWSGBZ5535PCUQOY7B", key)
//	if err != nil {
//		return err
//	}
//	client, err := api.NewClientWithResponses("https://pay-api.amazon.eu/v2", api.WithRequestEditorFn(signer.SignRequest))
//	if err != nil {
//		return err
//	}
//	response, err := client.GetReportByIDWithResponse(ctx, "A08439021T39K6DTX4JS8")
//	if err != nil {
//		return err
//	}
//	if response.JSON200 == nil {
//		return fmt.Errorf("getReportById: %s", response.Status())
//	}
//	report := *response.JSON200
//
// The path is /v2 for public key ids that begin with LIVE or SANDBOX. It is /live/v2 or /sandbox/v2 for all others. On a POST, the signer
// also sets an idempotency key, so that the same request can be sent again without creating anything twice.
//
// The example GeneratedClient of package payreports is a complete program.
//
// # Reading responses
//
// Each operation has a response type, such as [GetReportByIDHTTPResponse]. It holds the response, its body, and the decoded body in the field
// for its status: JSON200, JSON404 and so on. The fields for other statuses are nil. So are all of them if the body isn't JSON, as in an
// error page from a gateway. Check the status first.
//
// Models hold values, not pointers. An optional field that is absent has its zero value. Times, ids and download URLs have types of their own,
// in package [github.com/amazonpay-go/payreports/api/wire].
//
// # Serving requests
//
// [ServerInterface] and [Handler] are for programs that stand in for the service. Package simulator uses them.
//
// # Compatibility
//
// The models and their constants are covered by Semantic Versioning, like the rest of the module. Their names and fields come from
// openapi.yaml. Everything else follows the generator: functions, clients, parameters, HTTP responses and servers may change in a minor
// version, when oapi-codegen changes.
package api
