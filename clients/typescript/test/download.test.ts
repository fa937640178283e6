import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { ClientOptions } from '../dist/index.js';
import { clientAt, clientOf, quick, serve, simulate, temporaryFolder } from './helpers.js';

const settlement = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_';

test('a settlement report, over cut connections and expired URLs', async (t) => {
  const simulator = await simulate(t, '--fault', 'truncate=0.5', '--fault', 'expired-url=0.2', '--seed', '3', '--transactions-per-day', '300');
  const client = clientOf(simulator, { retry: { ...quick, maxAttempts: 12 } });
  const { reports } = await client.getReports({ reportTypes: [settlement], processingStatuses: ['COMPLETED'], pageSize: 1 });
  const { reportId, reportDocumentId } = reports[0]!;
  const content = await buffer(await client.openReport(reportId));
  assert.match(content.toString('utf8'), /^\ufeff"Amazon Payments Advanced"/);
  assert.ok(content.length > 50_000, `${content.length} bytes`);
  for (let i = 0; i < 5; i++) {
    assert.ok((await buffer(await client.openReportDocument(reportDocumentId!))).equals(content));
  }
  const folder = mkdtempSync(join(temporaryFolder(), 'x'));
  assert.equal(await client.downloadReport(reportId, join(folder, 'settlement.csv')), content.length);
  assert.ok(readFileSync(join(folder, 'settlement.csv')).equals(content));
  assert.deepEqual(readdirSync(folder), ['settlement.csv']);
  assert.equal(statSync(join(folder, 'settlement.csv')).mode & 0o077, 0);
});

type Storage = (request: IncomingMessage, response: ServerResponse, n: number) => void;
const secret = 'X-Amz-Signature=0123456789abcdef0123456789abcdef&X-Amz-Credential=AKIAEXAMPLEKEY';

/** A client whose documents are answered by `storage`, which gets the number of the request, from 1. */
async function stored(t: TestContext, storage: Storage, options: Partial<ClientOptions> = {}) {
  let n = 0;
  let documents = 0;
  const files = await serve(t, (request, response) => storage(request, response, ++n));
  const url = await serve(t, (_, response) => {
    response.end(JSON.stringify({ reportDocumentId: 'D', url: `${files}/%2FNinetyDays/it's%20D?${secret}&n=${++documents}` }));
  });
  const client = clientAt(url, options);
  return { open: () => client.openReportDocument('D'), client, requests: () => n, documents: () => documents };
}

const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}\r\n`).join(''));

async function read(open: () => Promise<Readable>): Promise<Buffer> {
  return buffer(await open());
}

test('the storage gets the URL as it is, and no header of the API', async (t) => {
  const seen: IncomingMessage[] = [];
  const { open } = await stored(t, (request, response) => {
    seen.push(request);
    response.end(content);
  });
  assert.ok((await read(open)).equals(content));
  const { url, headers } = seen[0]!;
  assert.equal(url, `/%2FNinetyDays/it's%20D?${secret}&n=1`);
  assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('x-amz') || ['authorization', 'cookie', 'content-type'].includes(name)), []);
  assert.equal(headers['accept-encoding'], 'identity');
});

test('an expired URL is asked for again, and a cut file goes on where it was', async (t) => {
  const ranges: (string | undefined)[] = [];
  const { open, documents } = await stored(t, (request, response, n) => {
    ranges.push(request.headers.range);
    const from = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    if (n === 1 || n === 3) {
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>');
    } else if (n === 2) {
      response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
      response.write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
    } else {
      assert.equal(request.headers['if-range'], '"v1"');
      response.writeHead(206, { etag: '"v1"', 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }).end(content.subarray(from));
    }
  });
  assert.ok((await read(open)).equals(content));
  assert.equal(documents(), 4);
  assert.deepEqual([ranges[0], ranges[1], ranges[3]], [undefined, undefined, 'bytes=20000-']);
});

/** Cuts the first response in the middle, and lets `rest` answer the following ones. */
const cutThen = (rest: (request: IncomingMessage, response: ServerResponse) => void, etag = '"v1"'): Storage => (request, response, n) => {
  if (n > 1) {
    rest(request, response);
    return;
  }
  response.writeHead(200, { etag, 'content-length': content.length });
  response.write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
};

test('a storage that can not send the rest sends the file again, which must be the same', async (t) => {
  const whole = (body: Buffer, headers = {}) => (_: IncomingMessage, response: ServerResponse) => response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
  const otherRange = (headers: Record<string, string>) => (request: IncomingMessage, response: ServerResponse) =>
    request.headers.range === undefined ? whole(content)(request, response) : response.writeHead(206, headers).end(Buffer.alloc(content.length - 20_000, 'x'));
  const chunked = (body: Buffer) => (_: IncomingMessage, response: ServerResponse) => response.writeHead(206, { etag: '"v1"', 'content-range': range }).end(body);
  const range = `bytes 20000-${content.length - 1}/${content.length}`;
  const changed = Buffer.from(content);
  changed[7] = 0x39;
  const tests: [name: string, storage: Storage, message?: RegExp][] = [
    ['200', cutThen(whole(content))],
    ['a weak ETag', cutThen(whole(content), 'W/"v1"')],
    ['another ETag', cutThen(otherRange({ etag: '"v2"', 'content-range': range }))],
    ['another range', cutThen(otherRange({ etag: '"v1"', 'content-range': `bytes 19999-${content.length - 1}/${content.length}` }))],
    ['a shorter range', cutThen(otherRange({ etag: '"v1"', 'content-range': `bytes 20000-30000/${content.length}` }))],
    ['no range', cutThen(otherRange({ etag: '"v1"' }))],
    ['a rest that ends early', (request, response, n) => (n === 2 ? chunked(content.subarray(20_000, 30_000)) : cutThen(whole(content)))(request, response, n)],
    ['a rest that goes on', cutThen(chunked(Buffer.concat([content.subarray(20_000), content]))), /sent more than the 53890 bytes that it announced/],
    ['416', cutThen((request, response) => (request.headers.range === undefined ? whole(content)(request, response) : response.writeHead(416).end()))],
    ['a changed file', cutThen(whole(changed)), /the first 20000 bytes of the file are not what they were: it was changed during the download/],
    ['a part that was not asked for', cutThen((_, response) => response.writeHead(206, { 'content-range': range }).end(content.subarray(20_000)), 'W/"v1"'), /the storage answered 206/],
    ['a shorter file', cutThen(whole(content.subarray(0, 30_000))), /the file had 53890 bytes and now has 30000/],
    ['redirect', cutThen((_, response) => response.writeHead(302, { location: 'https://example.com/' }).end()), /answered 302, a redirect, which is never followed/],
  ];
  for (const [name, storage, message] of tests) {
    const { open } = await stored(t, storage);
    if (message !== undefined) {
      await assert.rejects(read(open), { message }, name);
      continue;
    }
    assert.ok((await read(open)).equals(content), name);
  }
});

test('gzip is undone once, and only where the bytes are gzip', async (t) => {
  const zipped = gzipSync(content);
  const send = (body: Buffer, headers = {}): Storage => (_, response) => response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
  const tests: [name: string, storage: Storage, want: Buffer | RegExp][] = [
    ['gzip', send(zipped), content],
    ['declared gzip', send(zipped, { 'content-encoding': 'gzip' }), content],
    ['declared gzip that was undone on the way', send(content, { 'content-encoding': 'gzip' }), content],
    ['two members', send(Buffer.concat([gzipSync(content.subarray(0, 100)), gzipSync(content.subarray(100))])), content],
    ['gzip that is cut twice', (_, response, n) => {
      response.writeHead(200, { 'content-length': zipped.length, etag: '"z"' });
      if (n < 3) {
        response.write(zipped.subarray(0, 1000 * n), () => setTimeout(() => response.destroy(), 50));
      } else {
        response.end(zipped);
      }
    }, content],
    ['empty', send(Buffer.alloc(0)), Buffer.alloc(0)],
    ['one byte', send(Buffer.from([0x1f])), Buffer.from([0x1f])],
    ['chunked', (_, response) => response.end(content), content],
    ['harmless', send(content, { 'content-encoding': 'aws-chunked, UTF-8' }), content],
    ['twice', send(gzipSync(zipped)), /compressed with gzip twice/],
    ['cut gzip', send(zipped.subarray(0, zipped.length - 10)), /the compressed file is damaged: unexpected end of file/],
    ['damaged gzip', send(Buffer.concat([zipped.subarray(0, 2000), Buffer.alloc(100), zipped.subarray(2100)])), /the compressed file is damaged/],
    ['gzip and more', send(Buffer.concat([zipped, Buffer.from('more')])), /the compressed file is damaged: incorrect header check/],
    ['gzip and zeros', send(Buffer.concat([zipped, Buffer.alloc(512)])), /the compressed file is damaged: there are other bytes after its end/],
    ['gzip and many zeros', send(Buffer.concat([zipped, Buffer.alloc(200_000)])), /the compressed file is damaged: there are other bytes after its end/],
    ['deflate', send(deflateRawSync(content), { 'content-encoding': 'deflate' }), /encoded as "deflate", which was not asked for/],
    ['br', send(content, { 'content-encoding': 'br' }), /encoded as "br"/],
  ];
  for (const [name, storage, want] of tests) {
    const { open } = await stored(t, storage, { retry: { ...quick, maxAttempts: 4 } });
    if (want instanceof RegExp) {
      await assert.rejects(read(open), { message: want }, name);
      continue;
    }
    assert.ok((await read(open)).equals(want), name);
  }
});

test('a download that fails leaves no file and shows no secret', async (t) => {
  const tests: [name: string, storage: Storage, message: RegExp][] = [
    ['always cut', (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 20));
    }, /stopped after 20000 bytes: .*gave up after 3 attempts/],
    ['always refused', (request, response) => response.writeHead(403).end(`<Error><Code>AccessDenied</Code><Message>No: ${request.url}</Message></Error>`), /the storage answered 403 AccessDenied: No: .*gave up after 3 attempts/],
    ['not there', (request, response) => response.writeHead(404).end(`<Code>NoSuchKey</Code><Message>${request.url} 0123456789abcdef0123456789abcdef</Message>`), /the storage answered 404 NoSuchKey/],
    ['a login page', (_, response) => response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'), /the storage answered 401 with a body of text\/html/],
    ['too long to wait', (_, response) => response.writeHead(503, { 'retry-after': '100' }).end(), /the storage asks to wait 100 s/],
    ['no length', (_, response) => {
      response.socket!.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nline 1');
    }, /the storage doesn't say how long the file is, so it could be cut unnoticed/],
  ];
  for (const [name, storage, message] of tests) {
    const folder = temporaryFolder();
    const { client } = await stored(t, storage, { retry: { ...quick, maxAttempts: 3 } });
    t.mock.method(client, 'getReportById', () => Promise.resolve({ reportId: 'A', processingStatus: 'COMPLETED', reportDocumentId: 'D' }));
    const error = await client.downloadReport('A', join(folder, 'a.csv')).then(() => assert.fail(name), (error: Error) => error);
    assert.match(error.message, /^downloading report document D: stopped after \d+ bytes: /, name);
    assert.match(error.message, message, name);
    assert.doesNotMatch(inspect(error, { depth: 10 }), /0123456789abcdef|AKIAEXAMPLE/, name);
    assert.deepEqual(readdirSync(folder), [], name);
  }
});

test('a URL that the service has no reason to give is refused', async () => {
  const answering = (url: string) => (() => Promise.resolve(new Response(JSON.stringify({ reportDocumentId: 'D', url })))) as typeof fetch;
  for (const [url, message] of [
    ['https://169.254.169.254/latest/meta-data?x', /leads to this machine or a private network/],
    ['https://localhost:1/x?x', /leads to this machine/],
    ['https://2130706433/x?x', /leads to this machine/],
    ['https://[::ffff:10.0.0.1]/x?x', /leads to this machine/],
    ['http://s3.example/x?x', /isn't https/],
    ['ftp://s3.example/x?x', /isn't https/],
    ['https://user:password@s3.example/x', /user name/],
    ['nonsense', /Invalid URL/],
  ] as const) {
    const client = clientAt('https://pay-api.amazon.com', { fetch: answering(url) });
    await assert.rejects(client.openReportDocument('D'), { message }, url);
  }
});

test('a document that is not ready is asked for again', async (t) => {
  let n = 0;
  const files = await serve(t, (_, response) => response.end(content));
  const url = await serve(t, (_, response) => {
    response.writeHead(++n === 1 ? 202 : 200).end(n === 1 ? '' : JSON.stringify({ reportDocumentId: 'D', url: `${files}/x` }));
  });
  assert.ok((await buffer(await clientAt(url).openReportDocument('D'))).equals(content));
});

test('a stream that is closed early, or whose signal ends, ends the connection', async (t) => {
  const closed: Promise<void>[] = [];
  const { client } = await stored(t, (_, response) => {
    closed.push(new Promise((resolve) => response.once('close', resolve)));
    response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 20_000));
  });
  for await (const chunk of await client.openReportDocument('D')) {
    assert.ok((chunk as Buffer).length > 0);
    break;
  }
  const ended = new AbortController();
  const stream = await client.openReportDocument('D', { signal: ended.signal });
  setImmediate(() => ended.abort(new Error('the program stops')));
  await assert.rejects(buffer(stream), { message: /stopped after 20000 bytes: the program stops/ });
  await Promise.all(closed);
  assert.equal(closed.length, 2);
});
