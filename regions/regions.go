// Package regions knows where the Amazon Pay API is: the host and header value of each region, and the path that a
// public key id asks for. It holds no state, and all of it is safe for concurrent use.
package regions

import (
	"errors"
	"fmt"
	"strings"
)

// Region is one of the three regions of the API: [NA], [EU] or [JP]. Its value is that of the header x-amz-pay-region. The zero
// Region is none.
type Region string

// The regions. There is no fourth.
const (
	// NA is North America, pay-api.amazon.com.
	NA Region = "na"
	// EU is Europe with the United Kingdom, pay-api.amazon.eu.
	EU Region = "eu"
	// JP is Japan, pay-api.amazon.jp.
	JP Region = "jp"
)

// Parse returns the region of a name, in any case: na, eu and jp, and the official SDKs' other names us (na), de and uk
// (eu). Any other name is an error that lists these.
func Parse(name string) (Region, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "na", "us":
		return NA, nil
	case "eu", "de", "uk":
		return EU, nil
	case "jp":
		return JP, nil
	case "":
		return "", errors.New("regions: no region is given: use na (or us), eu (or de, uk) or jp")
	default:
		return "", fmt.Errorf("regions: %q is not a region: use na (or us), eu (or de, uk) or jp", clip(name))
	}
}

// Host returns the host of the region's API, or "" for a Region that isn't one of the three.
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

// String returns the region's name, which is its header value.
func (r Region) String() string { return string(r) }

// Environment is what a key is meant for: [Live] or [Sandbox]. The zero Environment means that none was given.
type Environment string

// The environments.
const (
	// Live is the real thing.
	Live Environment = "live"
	// Sandbox is for trying out. Of the reports it has the sandbox settlement report only.
	Sandbox Environment = "sandbox"
)

// ParseEnvironment returns the environment of a name, live or sandbox in any case. Any other name is an error that lists these.
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

// EnvironmentOf returns the environment that a public key id names itself, by beginning with LIVE or SANDBOX in any case; a dash need
// not follow (observed in the official SDKs). It returns false for any other id.
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

// ResolveEnvironment returns the environment that a public key id belongs to. given may be empty for an id that names it itself. It is
// an error if the two contradict each other, and if neither names one: there is no default, because a silent live could cost money.
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
		return "", fmt.Errorf("regions: the public key id %q doesn't begin with LIVE or SANDBOX: say whether it is for live or sandbox", clip(publicKeyID))
	case !ok:
		return given, nil
	case given != "" && given != named:
		return "", fmt.Errorf("regions: the public key id %q is for %s, but %s is asked for: use a key of that environment, or leave the environment out", clip(publicKeyID), named, given)
	default:
		return named, nil
	}
}

// BasePath returns the path that all operations are under: /v2 for a public key id that names its environment, else /live/v2 or
// /sandbox/v2. The errors are those of [ResolveEnvironment].
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

// BaseURL returns the URL that all operations are under, without a slash at its end, such as https://pay-api.amazon.eu/v2. The
// errors are those of [Parse] and [ResolveEnvironment].
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

// clip bounds what an error quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
