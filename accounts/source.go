package accounts

import (
	"cmp"
	"errors"
	"os"

	"github.com/amazonpay-go/payreports/regions"
)

// The variables that choose an account of a file.
const (
	NameVariable = "AMAZON_PAY_ACCOUNT"
	FileVariable = "PAYREPORTS_CONFIG"
)

// Source says where accounts come from. In an account, a value of Flags wins over one of the environment, which wins over one of the file.
// The zero Source is what the environment says.
type Source struct {
	// Flags are values that win over all others, such as those of a command line. Empty ones don't count.
	Flags Account
	// Name is the name of an account in the file. With "" it is that of AMAZON_PAY_ACCOUNT. Without either there is no file: the account
	// consists of the AMAZON_PAY_ variables and Flags.
	Name string
	// File is the path of the file. With "" it is that of PAYREPORTS_CONFIG, and without either the one that [Load] finds.
	File string
}

// Load reads the file of accounts; see [Load].
func (s Source) Load() (*Config, error) {
	return Load(cmp.Or(s.File, Getenv(FileVariable)))
}

// Account returns one account. It may lack values: making its client then fails, and says what is missing.
func (s Source) Account() (*Account, error) {
	account := &Account{}
	if name := cmp.Or(s.Name, Getenv(NameVariable)); name != "" {
		config, err := s.Load()
		if errors.Is(err, ErrNoFile) {
			return nil, &missingFileError{name, err}
		}
		if err != nil {
			return nil, err
		}
		if account, err = config.Account(name); err != nil {
			return nil, err
		}
	}
	return account.With(Variables()).With(s.Flags), nil
}

// All returns all accounts of the file, by name. Variables that describe one account, such as AMAZON_PAY_PUBLIC_KEY_ID, are ignored, because
// they would make all accounts the same; AMAZON_PAY_ENDPOINT counts. Name must be empty, and so must be all of Flags but the Endpoint.
func (s Source) All() ([]*Account, error) {
	endpoint := cmp.Or(s.Flags.Endpoint, Variables().Endpoint)
	if s.Flags.Endpoint = ""; s.Name != "" || !s.Flags.empty() {
		return nil, errors.New("accounts: values of one account can't be given for all accounts")
	}
	config, err := s.Load()
	if err != nil {
		return nil, err
	}
	accounts := make([]*Account, 0, len(config.accounts))
	for _, name := range config.Names() {
		accounts = append(accounts, config.accounts[name].With(Account{Endpoint: endpoint}))
	}
	return accounts, nil
}

type missingFileError struct {
	account string
	err     error
}

func (e *missingFileError) Error() string {
	return e.err.Error() + ", for the account " + clip(e.account)
}
func (e *missingFileError) Unwrap() error { return e.err }

// Variables returns what the AMAZON_PAY_ variables say: AMAZON_PAY_PUBLIC_KEY_ID, AMAZON_PAY_PRIVATE_KEY (see [KeySecret]), AMAZON_PAY_REGION,
// AMAZON_PAY_ENVIRONMENT, AMAZON_PAY_ENDPOINT and AMAZON_PAY_AUTH_TOKEN (see [TokenSecret]). Values are trimmed of spaces, line ends and one
// pair of quotes. What isn't set is empty.
func Variables() Account {
	get := func(name string) string { return Getenv("AMAZON_PAY_" + name) }
	return Account{
		PublicKeyID: get("PUBLIC_KEY_ID"), PrivateKey: KeySecret(get("PRIVATE_KEY")), Region: regions.Region(get("REGION")),
		Environment: regions.Environment(get("ENVIRONMENT")), AuthToken: TokenSecret(get("AUTH_TOKEN")), Endpoint: get("ENDPOINT"),
	}
}

// Getenv returns the value of an environment variable without what .env files and pipelines put around it: spaces, line ends and one pair of
// quotes.
func Getenv(name string) string { return clean(os.Getenv(name)) }
