package main

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/accounts"
)

// listedAccount is a line of accounts list. It says where secrets are, and never what they are.
type listedAccount struct {
	Name        string `json:"name"`
	PublicKeyID string `json:"publicKeyId"`
	Region      string `json:"region"`
	Environment string `json:"environment,omitempty"`
	PrivateKey  string `json:"privateKey"`
	AuthToken   string `json:"authToken,omitempty"`
	Endpoint    string `json:"endpoint,omitempty"`
}

var accountColumns = []column[listedAccount]{
	{"name", func(a listedAccount) string { return a.Name }, values(1)},
	{"publicKeyId", func(a listedAccount) string { return a.PublicKeyID }, values(2)},
	{"region", func(a listedAccount) string { return a.Region }, values(3)},
	{"environment", func(a listedAccount) string { return a.Environment }, values(6)},
	{"privateKey", func(a listedAccount) string { return a.PrivateKey }, values(4)},
	{"authToken", func(a listedAccount) string { return a.AuthToken }, values(5)},
	{"endpoint", func(a listedAccount) string { return a.Endpoint }, values(7)},
}

func accountsCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List the accounts of several merchants",
		Long: `List the accounts of several merchants.

Accounts are described in a TOML file: payreports.toml in the working directory, or payreports/payreports.toml in the user's
configuration directory, or the file that --config or PAYREPORTS_CONFIG names.

  [accounts.de]
  public_key_id = "LIVE-AFVX7ULWSGBZ5535PCUQOY7B"
  private_key   = "/etc/payreports/de.pem"
  region        = "eu"

  [accounts.us]
  public_key_id = "LIVE-AHWY8VMXTHCA6646QDVRPZ8C"
  private_key   = ["vault", "kv", "get", "-field=key", "secret/amazon-pay/us"]
  region        = "na"
  auth_token    = "env:US_TOKEN"

private_key is the path of a file, env: and the name of a variable, a command that prints the key, or the key itself as PEM,
base64 of PEM, or PEM in JSON. auth_token, which only solution providers need, is file: and a path, env: and the name of a
variable, a command, or the token itself. environment is live or sandbox, for public key ids that don't say it. endpoint is
the URL of a simulator.

Choose an account with --account or AMAZON_PAY_ACCOUNT, or all of them with --all-accounts. Flags win over AMAZON_PAY_
variables, which win over the file.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(accountsList(s))
	return cmd
}

func accountsList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the accounts in the file, without their secrets",
		Example: `  payreports accounts list
  payreports accounts list --config /etc/payreports/payreports.toml --output json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.source().Load()
			if err != nil {
				return usageError{err}
			}
			var list []listedAccount
			for _, name := range config.Names() {
				account, err := config.Account(name)
				if err != nil {
					return err
				}
				list = append(list, listed(account))
			}
			return printList(cmd, s.output, accountColumns, each(list))
		},
	}
}

func listed(account *accounts.Account) listedAccount {
	l := listedAccount{
		Name: account.Name, PublicKeyID: account.PublicKeyID, Region: string(account.Region), Environment: string(account.Environment),
		PrivateKey: account.PrivateKey.String(),
	}
	if endpoint, err := url.Parse(account.Endpoint); err == nil {
		l.Endpoint = endpoint.Redacted()
	}
	if !account.AuthToken.IsZero() {
		l.AuthToken = account.AuthToken.String()
	}
	return l
}
