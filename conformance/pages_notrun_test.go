package conformance_test

// notRunCount is how many commands notRun has.
const notRunCount = 20

// notRun are the commands of the pages that no test can run, with the reason. Their flags of payreports are checked all the same.
var notRun = map[string]map[string]string{
	"docs/nightly-mirror.md": {
		"export AMAZON_PAY_PUBLIC_KEY_ID=LIVE-AFVX7ULWSGBZ5535PCUQOY7B":               "the page is run with a simulator's merchant",
		"export AMAZON_PAY_PRIVATE_KEY=/etc/payreports/private.pem":                   "the page is run with a simulator's merchant",
		"payreports sync --to 's3://my-bucket/amazon-pay?region=eu-central-1'":        "it needs a bucket; make check-s3 runs sync with one",
		"payreports verify --reports 's3://my-bucket/amazon-pay?region=eu-central-1'": "it needs a bucket; make check-s3 runs verify with one",
		"export AMAZON_PAY_REGION=eu":                                                 "the page is run with a simulator's merchant",
	},
	"deploy/README.md": {
		"install -m 0755 payreports /usr/bin/payreports":                                                                      "it writes to /usr",
		"install -D -m 0600 private.pem /etc/payreports/private.pem":                                                          "it writes to /etc",
		`printf 'AMAZON_PAY_PUBLIC_KEY_ID=LIVE-…\nAMAZON_PAY_REGION=eu\n' > /etc/payreports/environment`:                      "it writes to /etc",
		"install -m 0644 systemd/payreports.service systemd/payreports.timer /etc/systemd/system/":                            "it writes to /etc; make check-deploy reads the units",
		"systemctl daemon-reload && systemctl enable --now payreports.timer":                                                  "it changes what this machine runs",
		"kubectl create secret generic payreports-accounts --from-file=payreports.toml --from-file=de.pem --from-file=us.pem": "it needs a cluster",
		"kubectl apply -f kubernetes/cronjob.yaml":                                                                            "it needs a cluster; make check-deploy reads the file",
	},
	"docs/installing.md": {
		"sha256sum --check --ignore-missing SHA256SUMS":                                                                        "it needs a release; make check-reproducible checks the sums of one",
		"gh attestation verify payreports_0.1.0-1_amd64.deb --repo amazonpay-go/payreports":                                    "it needs a release on GitHub",
		"sudo apt install ./payreports_0.1.0-1_amd64.deb":                                                                      "it changes this machine; make check-reproducible installs the package below a folder",
		"sudo dnf install ./payreports-0.1.0-1.x86_64.rpm":                                                                     "it changes this machine; make check-reproducible reads the package with rpm",
		"tar -xzf payreports_0.1.0_linux_amd64.tar.gz && sudo install payreports_0.1.0_linux_amd64/payreports /usr/local/bin/": "it changes this machine; make check-reproducible reads the archive",
		"git checkout v0.1.0":             "it needs a release",
		"make dist":                       "it takes minutes; make check-reproducible builds a release",
		"diff dist/SHA256SUMS SHA256SUMS": "it needs a release; make check-reproducible compares two builds",
	},
}
