import assert from 'node:assert/strict';
import { constants, createPrivateKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import createClient from 'openapi-fetch';
import { canonicalPath, canonicalQuery, canonicalRequest, stringToSign, type Algorithm } from '../dist/canonical.js';
import { Client, parseTime, Signer, signingMiddleware, timestamp, type paths } from '../dist/index.js';
import { clientOf, readJSON, serve, simulate } from './helpers.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface UpstreamVector {
  name: string; algorithm: Algorithm; method: string; path: string; parameters: Record<string, string[]>; headers: Record<string, string>;
  payload: string; canonicalRequest: string; stringToSign: string;
}

interface OperationVector {
  name: string; method: string; canonicalURI: string; query: [string, string][]; canonicalQuery: string; body: string; headers: Record<string, string>;
  canonicalRequest: string; stringToSign: string;
}

const pairsOf = (pairs: [string, string][]) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');

describe('vectors of the official SDKs', () => {
  const vectors = readJSON<UpstreamVector[]>('conformance/vectors/upstream.json');
  assert.equal(vectors.length, 60);
  for (const v of vectors) {
    test(`${v.algorithm} ${v.name}`, () => {
      const query = pairsOf(Object.entries(v.parameters).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])));
      const canonical = canonicalRequest(v.method, canonicalPath(v.path), canonicalQuery(query), v.headers, v.payload);
      assert.equal(canonical, v.canonicalRequest);
      assert.equal(stringToSign(v.algorithm, canonical), v.stringToSign);
    });
  }
});

describe('vectors of the operations', () => {
  const vectors = readJSON<OperationVector[]>('conformance/vectors/reports-operations.json');
  assert.equal(vectors.length, 12);
  const signer = new Signer({ publicKeyId: 'LIVE-VECTORS', privateKey: pair.privateKey });
  for (const v of vectors) {
    test(v.name, async () => {
      const key = v.headers['x-amz-pay-idempotency-key'];
      const request = new Request(`https://pay-api.amazon.com${v.canonicalURI}?${pairsOf(v.query)}`, {
        method: v.method, ...(v.body !== '' && { body: v.body }), headers: key === undefined ? {} : { 'x-amz-pay-idempotency-key': key },
      });
      const signed = await signer.sign(request, parseTime(v.headers['x-amz-pay-date'])!);
      assert.equal(signed.url, `https://pay-api.amazon.com${v.canonicalURI}${v.canonicalQuery === '' ? '' : '?' + v.canonicalQuery}`);
      assert.deepEqual(Object.fromEntries([...signed.headers].filter(([name]) => name !== 'authorization')), v.headers);
      assert.equal(await signed.clone().text(), v.body);
      const [, names, signature] = /^AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=LIVE-VECTORS, SignedHeaders=([^,]+), Signature=(.+)$/.exec(signed.headers.get('authorization')!)!;
      assert.equal(names, Object.keys(v.headers).sort().join(';'));
      assert.ok(verifies(v.stringToSign, signature!, pair.publicKey), 'the signature is not one of the vector');
      assert.ok(!verifies(v.stringToSign + ' ', signature!, pair.publicKey));
    });
  }
});

function verifies(text: string, signature: string, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, Buffer.from(signature, 'base64'));
}

test('vectors of times', () => {
  const vectors = readJSON<{ text: string; timestamp: string | null; dateTime: string | null }[]>('conformance/vectors/timestamps.json');
  assert.equal(vectors.length, 16);
  for (const v of vectors) {
    if (v.timestamp === null) {
      assert.throws(() => parseTime(v.text), /is not a time of this API/, v.text);
      continue;
    }
    const date = parseTime(v.text);
    assert.equal(date === undefined ? '' : timestamp(date), v.timestamp, v.text);
    assert.equal(date?.toISOString() ?? '', v.dateTime, v.text);
  }
  for (const text of ['2024-02-29T23:59-59Z', '2023-02-29T00:00:00Z', '2022-11-18T15:06:30+24:00', '2022-11-18 15:06:30Z', ' 20221118T150630Z']) {
    assert.throws(() => parseTime(text), text);
  }
  assert.throws(() => timestamp(new Date(Number.NaN)));
});

test('vectors of refusals, signed and sent', async (t) => {
  interface Refusal { name: string; environment: string; method: string; target: string; body: string; status: number; reasonCode: string; messageNames: string }
  const vectors = readJSON<Refusal[]>('conformance/vectors/refusals.json');
  assert.equal(vectors.length, 24);
  const simulator = await simulate(t);
  for (const v of vectors) {
    const signer = new Signer({
      publicKeyId: v.environment === 'live' ? simulator.livePublicKeyId : simulator.publicKeyId, privateKey: readFileSync(simulator.privateKeyFile), region: 'na',
    });
    const response = await fetch(await signer.sign(new Request(`${simulator.url}/v2${v.target}`, { method: v.method, ...(v.body !== '' && { body: v.body }) })));
    const { reasonCode, message } = (await response.json()) as { reasonCode: string; message: string };
    assert.deepEqual([v.name, response.status, reasonCode], [v.name, v.status, v.reasonCode], message);
    assert.ok(message.includes(v.messageNames), `${v.name}: ${message}`);
  }
});

test('paths and queries of every kind verify at the simulator', async (t) => {
  const simulator = await simulate(t);
  const client = clientOf(simulator);
  for (const id of ["it's (1)*!", 'a/b', 'a%2Fb', '100%', 'é 日本 ß', 'a+b&c=d?e#f', '~._-', '%2e%2e', '\\', ';:@$,']) {
    await assert.rejects(client.getReportById(id), { status: 404, reasonCode: 'ResourceNotFound' }, id);
  }
  await assert.rejects(client.getReports({ nextToken: "it's+a/b=~* é" }), { status: 400 });
});

test('the middleware signs for a client that others generated', async (t) => {
  const simulator = await simulate(t);
  const signer = new Signer({ publicKeyId: simulator.livePublicKeyId, privateKey: readFileSync(simulator.privateKeyFile), region: 'na' });
  const api = createClient<paths>({ baseUrl: `${simulator.url}/v2` });
  api.use(signingMiddleware(signer));
  const { data, response } = await api.GET('/reports', { params: { query: { pageSize: 2 } } });
  assert.equal(response.status, 200);
  assert.equal(data?.reports.length, 2);
});

test('header values are signed as they are sent', async (t) => {
  const simulator = await simulate(t);
  const signer = new Signer({ publicKeyId: simulator.livePublicKeyId, privateKey: readFileSync(simulator.privateKeyFile), region: 'na' });
  const signed = await signer.sign(new Request(`${simulator.url}/v2/reports?pageSize=1`, { headers: { 'X-Amz-Pay-Authtoken': 'a  b \t\t c', 'x-other': '  d  e' } }));
  assert.equal(signed.headers.get('x-amz-pay-authtoken'), 'a b c');
  assert.equal(signed.headers.get('x-other'), 'd  e');
  assert.match(signed.headers.get('authorization')!, /SignedHeaders=accept;content-type;x-amz-pay-authtoken;x-amz-pay-date;x-amz-pay-host;x-amz-pay-region,/);
  assert.equal((await fetch(signed)).status, 200);
  const again = await signer.sign(signed, new Date(Date.now() - 60_000));
  assert.notEqual(again.headers.get('x-amz-pay-date'), signed.headers.get('x-amz-pay-date'));
  assert.equal((await fetch(again)).status, 200);
  await assert.rejects(signer.sign(new Request(simulator.url, { headers: { 'x-amz-pay-authtoken': 'é' } })), /x-amz-pay-authtoken has characters other than ASCII/);
  await assert.rejects(new Signer({ publicKeyId: 'LIVE-A', privateKey: pair.privateKey }).sign(new Request(simulator.url)), /the region of 127.0.0.1 isn't known/);
});

test('a key may be anywhere', async (t) => {
  const simulator = await simulate(t);
  const key = readFileSync(simulator.privateKeyFile);
  const object = createPrivateKey(key);
  const pkcs1 = object.export({ type: 'pkcs1', format: 'pem' });
  const elsewhere = async (text: Uint8Array) => sign('sha256', text, { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  for (const privateKey of [key, key.toString(), pkcs1, object, elsewhere]) {
    assert.ok((await clientOf(simulator, { privateKey }).getReports({ pageSize: 1 })).reports.length > 0);
  }
  const broken = clientOf(simulator, { privateKey: () => Promise.reject(new Error('the KMS is away')) });
  await assert.rejects(broken.getReports(), { name: 'ReportsError', attempts: 0, status: 0, message: /^getReports: not sent: the request can't be signed: the KMS is away \(0 attempts\)$/ });
});

test('a wrong configuration is refused with what to do', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const pem = (key: KeyObject) => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }) as string;
  const encrypted = pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string;
  const good = { region: 'na', publicKeyId: 'LIVE-A', privateKey: pair.privateKey } as const;
  const tests: [options: object, message: RegExp][] = [
    [{ privateKey: '' }, /empty/],
    [{ privateKey: 'private.pem' }, /not PEM.*If it is a path/],
    [{ privateKey: pem(pair.publicKey) }, /is a PUBLIC KEY/],
    [{ privateKey: pair.publicKey }, /is a public key/],
    [{ privateKey: pem(ec) }, /of type ec/],
    [{ privateKey: pem(small) }, /1024 bits/],
    [{ privateKey: encrypted }, /encrypted.*passphrase/],
    [{ privateKey: pem(pair.privateKey).slice(0, 400) }, /damaged/],
    [{ privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA' }, /ssh-keygen -p -m PKCS8/],
    [{ publicKeyId: '' }, /publicKeyId is empty/],
    [{ publicKeyId: 'A, B' }, /spaces, commas/],
    [{ publicKeyId: 'AFVX' }, /give the option environment/],
    [{ environment: 'sandbox' }, /is for live, but the option environment is sandbox/],
    [{ environment: 'test' }, /use live or sandbox/],
    [{ region: 'mars' }, /use na \(or us\), eu \(or de, uk\) or jp/],
    [{ region: undefined }, /use na/],
    [{ region: 'constructor' }, /use na/],
    [{ endpoint: 'pay-api.amazon.eu' }, /not a URL/],
    [{ endpoint: 'http://pay-api.amazon.eu' }, /must be https/],
    [{ endpoint: 'https://user@pay-api.amazon.eu' }, /user name/],
    [{ endpoint: 'https://pay-api.amazon.eu?x=1' }, /query/],
    [{ retry: { maxAttempts: 0 } }, /maxAttempts is 0/],
    [{ retry: { baseDelayMs: -1 } }, /baseDelayMs is -1/],
    [{ retry: { maxAttempts: 1.5 } }, /maxAttempts is 1.5/],
    [{ attemptTimeoutMs: 0 }, /attemptTimeoutMs is 0/],
    [{ attemptTimeoutMs: Number.NaN }, /attemptTimeoutMs is NaN/],
  ];
  for (const [options, message] of tests) {
    assert.throws(() => new Client({ ...good, ...options } as ConstructorParameters<typeof Client>[0]), (error: Error) => error instanceof TypeError && message.test(error.message), JSON.stringify(options));
  }
});

test('the base URL follows from region, key and environment', async (t) => {
  const seen: string[] = [];
  const recording = ((request: Request) => {
    seen.push(request.url, request.headers.get('x-amz-pay-host')!, request.headers.get('x-amz-pay-region')!);
    return Promise.resolve(new Response('{"reports":[]}'));
  }) as typeof fetch;
  const url = await serve(t, () => {});
  const good = { privateKey: pair.privateKey, fetch: recording };
  for (const [options, want, host, region] of [
    [{ region: 'us', publicKeyId: 'LIVE-A' }, 'https://pay-api.amazon.com/v2/reports', 'pay-api.amazon.com', 'na'],
    [{ region: 'eu', publicKeyId: 'sandboxA' }, 'https://pay-api.amazon.eu/v2/reports', 'pay-api.amazon.eu', 'eu'],
    [{ region: 'jp', publicKeyId: 'A1', environment: 'live' }, 'https://pay-api.amazon.jp/live/v2/reports', 'pay-api.amazon.jp', 'jp'],
    [{ region: 'eu', publicKeyId: 'LIVE-A', endpoint: url }, `${url}/v2/reports`, '127.0.0.1', 'eu'],
    [{ region: 'eu', publicKeyId: 'A1', environment: 'sandbox', endpoint: url }, `${url}/sandbox/v2/reports`, '127.0.0.1', 'eu'],
    [{ region: 'eu', publicKeyId: 'LIVE-A', endpoint: `${url}/` }, `${url}/reports`, '127.0.0.1', 'eu'],
    [{ region: 'eu', publicKeyId: 'LIVE-A', endpoint: `${url}/gateway/v2/` }, `${url}/gateway/v2/reports`, '127.0.0.1', 'eu'],
    [{ region: 'eu', publicKeyId: 'LIVE-A', endpoint: 'https://pay-api.amazon.eu/' }, 'https://pay-api.amazon.eu/v2/reports', 'pay-api.amazon.eu', 'eu'],
  ] as const) {
    seen.length = 0;
    await new Client({ ...good, ...options }).getReports();
    assert.deepEqual(seen, [want, host, region]);
  }
});

test('a client shows no secret', () => {
  const client = new Client({ region: 'na', publicKeyId: 'LIVE-A', privateKey: pair.privateKey, authToken: 'token-of-a-merchant' });
  const shown = inspect(client, { depth: 10, showHidden: true }) + JSON.stringify(client);
  assert.doesNotMatch(shown, /token-of-a-merchant|PRIVATE/);
});
