package conformance_test

// notRunCount is how many commands notRun has.
const notRunCount = 12

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
}
