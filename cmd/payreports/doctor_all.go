package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/accounts"
)

// examined is what doctor found out about one account.
type examined struct {
	Result      string    `json:"result"` // the worst of its findings
	Account     string    `json:"account"`
	PublicKeyID string    `json:"publicKeyId"`
	Region      string    `json:"region"`
	Findings    []finding `json:"findings"`
}

var examinedColumns = []column[examined]{
	{"result", func(e examined) string { return e.Result }, values(2)},
	{"account", func(e examined) string { return e.Account }, values(3)},
	{"publicKeyId", func(e examined) string { return e.PublicKeyID }, values(5)},
	{"region", func(e examined) string { return e.Region }, values(4)},
	{"detail", examined.detail, prose(1)},
}

// detail is what is wrong, or the last check if nothing is.
func (e examined) detail() string {
	var wrong []string
	for _, f := range e.Findings {
		if f.Result == e.Result && f.Result != "ok" {
			wrong = append(wrong, f.Check+": "+f.Detail)
		}
	}
	if wrong == nil && len(e.Findings) > 0 {
		last := e.Findings[len(e.Findings)-1]
		wrong = []string{last.Check + ": " + last.Detail}
	}
	return strings.Join(wrong, "; ")
}

// doctorConcurrency is how many accounts are checked at once.
const doctorConcurrency = 8

// examineAll checks all accounts of the file. The error names those with a problem.
func examineAll(cmd *cobra.Command, s *settings) error {
	list, err := s.source().All()
	if err != nil {
		return usageError{err}
	}
	transport, err := s.transport()
	if err != nil {
		return err
	}
	results := make([]examined, len(list))
	turns := make(chan struct{}, doctorConcurrency)
	var running sync.WaitGroup
	for i, account := range list {
		running.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			results[i] = examine(cmd, account, transport)
		})
	}
	running.Wait()
	if err := printList(cmd, s.output, examinedColumns, each(results)); err != nil {
		return err
	}
	var broken []string
	for _, e := range results {
		if e.Result == "problem" {
			broken = append(broken, e.Account)
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s checked, %d with a problem\n", plural(len(results), "account"), len(broken))
	if broken != nil {
		return brokenAccountsError(broken)
	}
	return nil
}

func examine(cmd *cobra.Command, account *accounts.Account, transport http.RoundTripper) examined {
	d := &doctor{account: account, transport: transport}
	d.examine(cmd.Context())
	e := examined{Result: "ok", Account: account.Name, PublicKeyID: account.PublicKeyID, Region: string(account.Region), Findings: d.findings}
	for _, f := range d.findings {
		if f.Result == "problem" || f.Result == "warning" && e.Result == "ok" {
			e.Result = f.Result
		}
	}
	return e
}

// brokenAccountsError are the accounts that have a problem. As an error, they end doctor with exit code 4.
type brokenAccountsError []string

func (b brokenAccountsError) Error() string {
	const most = 10
	names := strings.Join(b[:min(len(b), most)], ", ")
	if more := len(b) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return "a problem was found with these accounts: " + names
}

func (b brokenAccountsError) Is(target error) bool { return target == errDifferences }
