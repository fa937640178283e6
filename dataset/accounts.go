package dataset

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports/mirror"
)

// accountOf is the account of a path in the mirror, as the partitions have it.
func accountOf(name string) (account string, found bool) {
	for part := range strings.SplitSeq(name, "/") {
		if folder, found := strings.CutPrefix(part, accountPrefix); found && folder != "" {
			return partitionAccount(folder), true
		}
	}
	return "", false
}

// partitionAccount spells an account as [mirror.AccountPath] does, because a folder that somebody else has named may hold what
// engines take for more than a name, such as a backslash or another =. They also take some names for NULL.
func partitionAccount(folder string) string {
	name, err := url.PathUnescape(folder)
	if err != nil || !utf8.ValidString(name) {
		name = folder
	}
	account := strings.TrimPrefix(mirror.AccountPath(name), accountPrefix)
	if strings.EqualFold(account, "null") || account == "__HIVE_DEFAULT_PARTITION__" {
		account = fmt.Sprintf("%%%02X", account[0]) + account[1:]
	}
	return account
}
