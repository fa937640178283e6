package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// proxyProblems describes what Go ignores or misreads in the proxy variables. Go would then connect directly, or to another host. No
// problem quotes a value, because it may contain a password.
func proxyProblems(getenv func(string) string) []string {
	var problems []string
	first := func(names ...string) (name, value string) { // in the order of net/http
		for _, name := range names {
			if value := getenv(name); value != "" {
				return name, value
			}
		}
		return "", ""
	}
	https, httpsProxy := first("HTTPS_PROXY", "https_proxy")
	if problem := proxyProblem(httpsProxy); problem != "" {
		problems = append(problems, https+" "+problem)
	}
	http, httpProxy := first("HTTP_PROXY", "http_proxy")
	if problem := proxyProblem(httpProxy); problem != "" {
		problems = append(problems, http+" "+problem)
	}
	if all, value := first("ALL_PROXY", "all_proxy"); value != "" && httpsProxy == "" {
		problems = append(problems, all+" is set, but Go ignores it: set HTTPS_PROXY")
	}
	no, value := first("NO_PROXY", "no_proxy")
	for i, entry := range strings.Split(value, ",") {
		if problem := noProxyProblem(strings.TrimSpace(entry)); problem != "" {
			problems = append(problems, fmt.Sprintf("%s: entry %d %s", no, i+1, problem))
		}
	}
	return problems
}

const proxyForm = "write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"

func proxyProblem(value string) string {
	if value == "" {
		return ""
	}
	if strings.ContainsAny(value, "\"'`") {
		return "contains quotes: remove them, and in a password write ' as %27 and \" as %22"
	}
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok || scheme == "" {
		return "has no scheme, so Go may misread it: " + proxyForm
	}
	if authority := rest[:strings.LastIndex(rest, "@")+1]; authority != "" {
		if at := strings.IndexAny(authority, "#?/"); at >= 0 {
			return fmt.Sprintf("has a %c in its user name or password, so Go misreads it: write %%%02X instead", authority[at], authority[at])
		}
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return "is not a valid URL, so Go ignores or misreads it: in a user name or password, write % as %25; check the port; " + proxyForm
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, strings.ToLower(u.Scheme)):
		return "has a scheme that Go doesn't support: use http, https or socks5"
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \\,;"):
		return "has no host: " + proxyForm
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "has something after its host and port: " + proxyForm
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "has a port that is not from 1 to 65535"
		}
	}
	return ""
}

func noProxyProblem(entry string) string {
	switch {
	case entry == "" || entry == "*":
		return ""
	case strings.ContainsAny(entry, " \t;|"):
		return "contains spaces or semicolons, so Go finds no host in it: separate hosts with commas"
	case strings.Contains(entry, "://") || strings.Contains(entry, "@"):
		return "is a URL, so Go finds no host in it: give only the host"
	case strings.ContainsAny(entry, "\"'`"):
		return "contains quotes: remove them"
	case strings.Contains(strings.TrimPrefix(entry, "*."), "*"):
		return "has a wildcard that Go doesn't support: use *.HOST, or * for all hosts"
	case strings.Contains(entry, "/"):
		if _, err := netip.ParsePrefix(entry); err != nil {
			return "is neither a host nor a network such as 10.0.0.0/8"
		}
	}
	return ""
}
