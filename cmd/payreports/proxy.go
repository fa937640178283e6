package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// proxyProblems says what Go ignores or reads otherwise than it was meant in the variables that name proxies: it then connects without
// one, or to another host. No problem quotes a value, because that can hold a password.
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
		problems = append(problems, all+" is set, which Go ignores: set HTTPS_PROXY")
	}
	no, value := first("NO_PROXY", "no_proxy")
	for i, entry := range strings.Split(value, ",") {
		if problem := noProxyProblem(strings.TrimSpace(entry)); problem != "" {
			problems = append(problems, fmt.Sprintf("%s: its entry %d %s", no, i+1, problem))
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
		return "has quotes in it: leave them out, and in a password write ' as %27 and \" as %22"
	}
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok || scheme == "" {
		return "has no scheme, and what Go makes of it depends on its other characters: " + proxyForm
	}
	if authority := rest[:strings.LastIndex(rest, "@")+1]; authority != "" {
		if at := strings.IndexAny(authority, "#?/"); at >= 0 {
			return fmt.Sprintf("has a %c in its user name or password, so that Go misreads it: write %%%02X there", authority[at], authority[at])
		}
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return "can't be read as a URL, so Go ignores it or misreads it: write % in a user name or password as %25, and check the port; " + proxyForm
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, strings.ToLower(u.Scheme)):
		return "has a scheme that Go doesn't know: use http, https or socks5"
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \\,;"):
		return "names no host: " + proxyForm
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "has something behind its host and port: " + proxyForm
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "has a port that is not 1 to 65535"
		}
	}
	return ""
}

func noProxyProblem(entry string) string {
	switch {
	case entry == "" || entry == "*":
		return ""
	case strings.ContainsAny(entry, " \t;|"):
		return "holds spaces or semicolons, so Go finds no host in it: separate the hosts by commas"
	case strings.Contains(entry, "://") || strings.Contains(entry, "@"):
		return "is a URL, in which Go finds no host: give the host without scheme and user"
	case strings.ContainsAny(entry, "\"'`"):
		return "has quotes in it: leave them out"
	case strings.Contains(strings.TrimPrefix(entry, "*."), "*"):
		return "has a wildcard that Go doesn't know: *.HOST is the only one, besides * for all hosts"
	case strings.Contains(entry, "/"):
		if _, err := netip.ParsePrefix(entry); err != nil {
			return "is no network such as 10.0.0.0/8, and a host has no path"
		}
	}
	return ""
}
