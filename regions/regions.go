// Package regions has the addresses of the Amazon Pay API: the host and the header value of each region, and the path for a public key id. All
// of it is safe for concurrent use.
package regions

import (
	"errors"
	"fmt"
	"strings"
)

// Region is a region of the API: [NA], [EU] or [JP]. Its value is the value of the header x-amz-pay-region. The zero Region means that none was
// given.
type Region string

// The regions.
const (
	// NA is North America, pay-api.amazon.com.
	NA Region = "na"
	// EU is Europe, including the United Kingdom, pay-api.amazon.eu.
	EU Region = "eu"
	// JP is Japan, pay-api.amazon.jp.
	JP Region = "jp"
)

// Parse returns the region with the given name: na, eu or jp, or one of the official SDKs' other names, us (na), de and uk (eu). Case is ignored.
// For any other name, the error lists these.
func Parse(name string) (Region, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "na", "us":
		return NA, nil
	case "eu", "de", "uk":
		return EU, nil
	case "jp":
		return JP, nil
	case "":
		return "", errors.New("regions: the region is missing: use na (or us), eu (or de, uk) or jp")
	default:
		return "", fmt.Errorf("regions: %q is not a region: use na (or us), eu (or de, uk) or jp", clip(name))
	}
}

// Host returns the host of the region's API. It returns "" if the region is invalid.
func (r Region) Host() string {
	switch r {
	case NA:
		return "pay-api.amazon.com"
	case EU:
		return "pay-api.amazon.eu"
	case JP:
		return "pay-api.amazon.jp"
	default:
		return ""
	}
}

// String returns the value of the header x-amz-pay-region.
func (r Region) String() string { return string(r) }

// Environment is the environment that a key belongs to: [Live] or [Sandbox]. The zero Environment means that none was given.
type Environment string

// The environments.
const (
	// Live is the production environment, with real money.
	Live Environment = "live"
	// Sandbox is the test environment. Its only report type is the sandbox settlement report.
	Sandbox Environment = "sandbox"
)

// ParseEnvironment returns the environment with the given name: live or sandbox. Case is ignored. For any other name, the error lists these.
func ParseEnvironment(name string) (Environment, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "live":
		return Live, nil
	case "sandbox":
		return Sandbox, nil
	default:
		return "", fmt.Errorf("regions: %q is not an environment: use live or sandbox", clip(name))
	}
}

// EnvironmentOf returns the environment of a public key id that begins with LIVE or SANDBOX, in any case. As in the official SDKs, the
// prefix doesn't have to end with a dash. For any other id, it returns false.
func EnvironmentOf(publicKeyID string) (Environment, bool) {
	id := strings.ToUpper(publicKeyID)
	switch {
	case strings.HasPrefix(id, "LIVE"):
		return Live, true
	case strings.HasPrefix(id, "SANDBOX"):
		return Sandbox, true
	default:
		return "", false
	}
}

// ResolveEnvironment returns the environment that a public key id belongs to. given may be empty if the id begins with LIVE or SANDBOX. It is an
// error if the two contradict each other, or if neither names an environment. There is no default, because using the live environment by mistake
// could cost money.
func ResolveEnvironment(publicKeyID string, given Environment) (Environment, error) {
	if given != "" {
		parsed, err := ParseEnvironment(string(given))
		if err != nil {
			return "", err
		}
		given = parsed
	}
	named, ok := EnvironmentOf(publicKeyID)
	switch {
	case !ok && given == "":
		return "", fmt.Errorf("regions: the public key id %q doesn't begin with LIVE or SANDBOX: set the environment to live or sandbox", clip(publicKeyID))
	case !ok:
		return given, nil
	case given != "" && given != named:
		return "", fmt.Errorf("regions: the public key id %q is for %s, but the environment is set to %s: use a key for that environment, or don't set the environment", clip(publicKeyID), named, given)
	default:
		return named, nil
	}
}

// BasePath returns the path that precedes every operation's path. It is /v2 if the public key id begins with LIVE or SANDBOX, and /live/v2 or
// /sandbox/v2 otherwise. The errors are those of [ResolveEnvironment].
func BasePath(publicKeyID string, given Environment) (string, error) {
	environment, err := ResolveEnvironment(publicKeyID, given)
	if err != nil {
		return "", err
	}
	if _, named := EnvironmentOf(publicKeyID); named {
		return "/v2", nil
	}
	return "/" + string(environment) + "/v2", nil
}

// BaseURL returns the base URL of all operations without a trailing slash, such as https://pay-api.amazon.eu/v2. The errors are those of [Parse]
// and [ResolveEnvironment].
func BaseURL(region Region, publicKeyID string, given Environment) (string, error) {
	region, err := Parse(string(region))
	if err != nil {
		return "", err
	}
	path, err := BasePath(publicKeyID, given)
	if err != nil {
		return "", err
	}
	return "https://" + region.Host() + path, nil
}

// clip limits what an error quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
