// Proves that package signing and Amazon's own Node SDK agree on signatures. With "sign" it prints so many random requests, signed by the SDK, a line of JSON
// each; with "verify" it reads requests that package signing has signed, a line of JSON each, and verifies them with node's crypto alone. Run by node_test.go.
//
// Values don't hold ', which the SDK signs in one form and sends in another.
'use strict';

const crypto = require('crypto');
const readline = require('readline');

const [mode, count] = process.argv.slice(2);

function randomText(most) {
  const alphabet = ' abcXYZ019-._~!"#$%&()*+,/:;<=>?@[\\]^`{|}éß日本';
  return Array.from({ length: crypto.randomInt(1, most) }, () => [...alphabet][crypto.randomInt([...alphabet].length)]).join('');
}

function sign() {
  const { WebStoreClient } = require('@amazonpay/amazon-pay-api-sdk-nodejs');
  for (let i = 0; i < Number(count); i++) {
    const client = new WebStoreClient({
      publicKeyId: 'LIVE-NODE', privateKey: process.env.PRIVATE_KEY, region: ['us', 'eu', 'jp'][i % 3],
      algorithm: i % 2 ? 'AMZN-PAY-RSASSA-PSS-V2' : 'AMZN-PAY-RSASSA-PSS',
    });
    const method = ['GET', 'POST', 'DELETE'][crypto.randomInt(3)];
    const queryParams = {};
    for (let n = crypto.randomInt(4); n > 0; n--) queryParams['p' + crypto.randomInt(100)] = randomText(20);
    const options = {
      method, queryParams,
      urlFragment: 'reports/' + crypto.randomBytes(6).toString('hex'),
      payload: method === 'POST' ? JSON.stringify({ text: randomText(40) }) : '',
      headers: method === 'POST' ? { 'x-amz-pay-idempotency-key': crypto.randomBytes(16).toString('hex') } : {},
    };
    const headers = client.getSignedHeaders(options);
    const query = Object.keys(queryParams).sort().map((name) => `${name}=${encodeURIComponent(queryParams[name])}`).join('&');
    console.log(JSON.stringify({ method, target: `/${options.urlFragment}${query ? '?' + query : ''}`, headers, body: options.payload }));
  }
}

async function verify() {
  let verified = 0;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { method, target, headers, body } = JSON.parse(line);
    const [path, query = ''] = target.split('?');
    const [, names, signature] = headers.authorization.match(/^AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=[^,]+, SignedHeaders=([^,]+), Signature=(.+)$/);
    const canonical = [
      method, path, query, ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, crypto.createHash('sha256').update(body).digest('hex'),
    ].join('\n');
    const stringToSign = 'AMZN-PAY-RSASSA-PSS-V2\n' + crypto.createHash('sha256').update(canonical).digest('hex');
    const good = crypto.verify('sha256', Buffer.from(stringToSign), {
      key: process.env.PUBLIC_KEY, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32,
    }, Buffer.from(signature, 'base64'));
    if (good) verified++;
  }
  console.log(verified);
}

if (mode === 'sign') sign();
else verify();
