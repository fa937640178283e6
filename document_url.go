package payreports

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// checkDocumentURL refuses a URL that the service has no reason to send. If a URL points to this machine or its network, a server that impersonates
// the service could make the client read what only this machine can reach. Such URLs are accepted only if the endpoint is internal too, like a
// simulator.
func (c *Client) checkDocumentURL(u *url.URL) error {
	switch {
	case u.Host == "" || u.Opaque != "":
		return errors.New("it has no host")
	case u.User != nil:
		return errors.New("it contains a user name, which the storage service's URLs never do")
	}
	if err := checkScheme(u, c.allowInsecure); err != nil {
		return err
	}
	if endpoint, err := url.Parse(c.server); err == nil && (c.allowInsecure || isInternal(endpoint.Hostname())) {
		return nil
	}
	if isInternal(u.Hostname()) {
		return errors.New("it points to this machine or to a private network, which the storage service never does: check what is running at the endpoint")
	}
	return nil
}

// notPublic are ranges that netip has no method for: this network, carrier-grade NAT, benchmarks, reserved, and IPv4 embedded in IPv6.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16"),
}

// isInternal reports whether host is localhost or an address that isn't public. Other names are not resolved.
func isInternal(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		// Resolvers accept 127.1, 2130706433 and 0x7f000001 as addresses.
		last := host[strings.LastIndexByte(host, '.')+1:]
		return last != "" && strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
	}
	addr = addr.Unmap().WithZone("")
	for _, prefix := range notPublic {
		if prefix.Contains(addr) {
			return true
		}
	}
	return !addr.IsGlobalUnicast() || addr.IsPrivate()
}

// secretsOf returns the parts of a pre-signed URL that would let others read the file: its query, and the query's values, both encoded and
// decoded.
func secretsOf(u *url.URL) []string {
	var secrets []string
	if len(u.RawQuery) >= 16 {
		secrets = append(secrets, u.RawQuery)
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if len(value) < 16 && (len(value) < 4 || !secretParameter.MatchString(name)) {
			continue // a date or a lifetime: it isn't a secret, and may be part of an error's text
		}
		secrets = append(secrets, value)
		if decoded, err := url.QueryUnescape(value); err == nil {
			secrets = append(secrets, decoded)
		}
	}
	return secrets
}

var secretParameter = regexp.MustCompile(`(?i)sig|credential|token|key|policy`)
