// Measures the official Node SDK beside the bare work of its runtime: one signature, and one call to the server at HOST. Prints one line of JSON with
// nanoseconds. Run by peers_test.go.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const { WebStoreClient } = require('@amazonpay/amazon-pay-api-sdk-nodejs');

const pem = fs.readFileSync(process.env.PRIVATE_KEY);
const key = crypto.createPrivateKey(pem);
const host = process.env.HOST;
const client = new WebStoreClient({
  publicKeyId: process.env.PUBLIC_KEY_ID, privateKey: pem, region: 'us', algorithm: 'AMZN-PAY-RSASSA-PSS-V2', overrideServiceUrl: host,
});

const agent = new https.Agent({ keepAlive: true });
const get = () => new Promise((resolve, reject) => {
  https.get(`https://${host}/v2/reports?pageSize=10`, { agent }, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
    answer.on('error', reject);
  }).on('error', reject);
});

const pss = { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
const work = {
  'crypto.sign': () => crypto.sign('sha256', Buffer.from('x'), pss),
  getSignedHeaders: () => client.getSignedHeaders({ method: 'GET', urlFragment: 'reports', payload: '', headers: {}, queryParams: { pageSize: 10 } }),
  https: get,
  getReports: () => client.getReports({ pageSize: 10 }),
};

(async () => {
  const nanoseconds = {};
  for (const [name, once] of Object.entries(work)) {
    for (let i = 0; i < 100; i++) await once();
    const rounds = 1000;
    const start = process.hrtime.bigint();
    for (let i = 0; i < rounds; i++) await once();
    nanoseconds[name] = Number(process.hrtime.bigint() - start) / rounds;
  }
  console.log(JSON.stringify(nanoseconds));
  agent.destroy();
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
