// What a signature costs in Amazon's own Node SDK, beside the bare RSA operation with a key that was read once. Run by make bench-peers.
'use strict';

const crypto = require('crypto');
const { WebStoreClient } = require('@amazonpay/amazon-pay-api-sdk-nodejs');

const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
const client = new WebStoreClient({ publicKeyId: 'LIVE-NODE', privateKey: pem, region: 'us', algorithm: 'AMZN-PAY-RSASSA-PSS-V2' });

function measure(name, work) {
  for (let i = 0; i < 100; i++) work();
  const start = process.hrtime.bigint();
  const rounds = 1000;
  for (let i = 0; i < rounds; i++) work();
  const ns = Number(process.hrtime.bigint() - start) / rounds;
  console.log(`${name}\t${Math.round(ns)} ns/op`);
  return ns;
}

const bare = measure('node crypto.sign', () => crypto.sign('sha256', Buffer.from('x'), { key: privateKey, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }));
const sdk = measure('Node SDK getSignedHeaders', () => client.getSignedHeaders({ method: 'GET', urlFragment: 'reports/A1', payload: '', headers: {}, queryParams: { pageSize: 10 } }));
console.log(`what the SDK adds to the RSA operation\t${(sdk / bare - 1).toFixed(3)} of it`);
