import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { ReportsError, timestamp, version, type RetryEvent } from '../dist/index.js';
import { clientAt, clientOf, quick, readJSON, serve, simulate } from './helpers.js';

const refund = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_';
const ago = (days: number) => timestamp(new Date(Date.now() - days * 86_400_000));

test('a 429 is retried when Retry-After says', async (t) => {
  const events: RetryEvent[] = [];
  const client = clientOf(await simulate(t, '--fault', 'throttle=0.5', '--seed', '1'), { retry: { ...quick, maxAttempts: 10, onRetry: (event) => events.push(event) } });
  const started = performance.now();
  for (let i = 0; i < 4; i++) {
    assert.equal((await client.getReports({ pageSize: 1 })).reports.length, 1);
  }
  assert.ok(events.length > 0);
  assert.ok(performance.now() - started >= 1000 * events.length, `${events.length} waits in ${performance.now() - started} ms`);
  for (const { operation, delayMs, error } of events) {
    assert.ok(delayMs >= 1000, `a wait of ${delayMs} ms`);
    assert.deepEqual([operation, error.status, error.reasonCode, error.retryAfterMs], ['getReports', 429, 'TooManyRequests', 1000]);
  }
});

test('a 429 that stays is an error after the last attempt, and slows down all calls', async (t) => {
  const client = clientOf(await simulate(t, '--fault', 'throttle=1'), { retry: { ...quick, maxAttempts: 2 } });
  const started = performance.now();
  await assert.rejects(client.getReports(), { status: 429, attempts: 2, message: /^getReports: 429 TooManyRequests: .*retry after 1 s, 2 attempts\)$/ });
  await assert.rejects(client.getReportSchedules(), { status: 429, attempts: 2 });
  assert.ok(performance.now() - started >= 2900);
});

test('cut connections and failures of the service are retried, and a POST is carried out once', async (t) => {
  let retried = 0;
  const faults = ['cut-before=0.2', 'cut-after=0.2', 'unavailable=0.1', 'server-error=0.1'].flatMap((fault) => ['--fault', fault]);
  const client = clientOf(await simulate(t, ...faults, '--seed', '7'), { retry: { ...quick, maxAttempts: 30, onRetry: () => retried++ } });
  const created = new Set<string>();
  for (let i = 0; i < 20; i++) {
    created.add((await client.createReport({ reportType: refund, startTime: ago(30 + i), endTime: ago(2) })).reportId);
  }
  assert.equal(created.size, 20);
  const found = new Set<string>();
  for await (const report of client.allReports({ reportTypes: [refund], createdSince: ago(0.5) })) {
    found.add(report.reportId);
  }
  assert.deepEqual([...created].filter((id) => !found.has(id)), []);
  assert.equal(found.size, 20, 'a retry created a report twice');
  assert.ok(retried >= 10, `only ${retried} retries`);
});

test('a connection that is always cut is an error with its cause', async (t) => {
  const client = clientOf(await simulate(t, '--fault', 'cut-before=1'), { retry: quick });
  await assert.rejects(client.createReport({ reportType: refund, startTime: ago(9), endTime: ago(2) }), (error) => {
    assert.ok(error instanceof ReportsError && error.cause instanceof Error);
    assert.deepEqual([error.status, error.attempts], [0, 4]);
    assert.match(error.message, /^createReport: no response: (other side closed|read ECONNRESET) \(idempotency key [0-9a-f]{32}, 4 attempts\)$/);
    return true;
  });
});

test('each attempt has a date and signature of its own, and the same key and body', async (t) => {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const url = await serve(t, (request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => {
      seen.push({ headers: request.headers, body });
      response.writeHead(seen.length < 3 ? 500 : 201).end('{"reportId":"A"}');
    });
  });
  const client = clientAt(url, { authToken: 'token-1', retry: { baseDelayMs: 3000, maxDelayMs: 3000 } });
  t.mock.method(Math, 'random', () => 0.4); // waits of 1.2 s
  await client.createReport({ reportType: refund, startTime: ago(9), endTime: ago(2) }, { authToken: 'token-2' });
  const all = (pick: (request: (typeof seen)[number]) => unknown) => new Set(seen.map(pick)).size;
  assert.equal(seen.length, 3);
  assert.equal(all(({ headers }) => headers['x-amz-pay-date']), 3);
  assert.equal(all(({ headers }) => headers.authorization), 3);
  assert.equal(all(({ headers }) => headers['x-amz-pay-idempotency-key']), 1);
  assert.equal(all(({ body }) => body), 1);
  const { headers } = seen[0]!;
  assert.deepEqual([headers['x-amz-pay-authtoken'], headers['user-agent'], headers['x-amz-pay-host']], ['token-2', `payreports-typescript/${version}`, '127.0.0.1']);
  assert.match(headers.authorization!, /SignedHeaders=accept;content-type;x-amz-pay-authtoken;x-amz-pay-date;x-amz-pay-host;x-amz-pay-idempotency-key;x-amz-pay-region,/);
});

test('a response that is cut in the middle is asked for again', async (t) => {
  let requests = 0;
  const url = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 14 });
    if (++requests < 3) {
      response.write('{"rep', () => response.destroy());
    } else {
      response.end('{"reports":[]}');
    }
  });
  assert.deepEqual(await clientAt(url).getReports(), { reports: [] });
  assert.equal(requests, 3);
});

test('a response without end is not read to its end', async () => {
  let sent = 0;
  const endless = (() => Promise.resolve(new Response(new ReadableStream({
    pull(controller) {
      sent += 1 << 20;
      controller.enqueue(new Uint8Array(1 << 20).fill(0x20));
    },
  })))) as typeof fetch;
  await assert.rejects(clientAt('http://127.0.0.1:1', { fetch: endless }).getReports(), { attempts: 1, message: /longer than 32 MiB/ });
  assert.ok(sent < 40 << 20, `${sent} bytes were read`);
});

test('a long text that looks like URLs is searched for secrets in no time', async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(400).end(JSON.stringify({ reasonCode: 'X', message: '/'.repeat(900_000) })));
  const started = performance.now();
  await assert.rejects(clientAt(url).getReports(), { status: 400 });
  assert.ok(performance.now() - started < 5000);
});

test('what is not retried', async (t) => {
  let answer: { status: number; headers?: Record<string, string>; body?: string };
  let requests = 0;
  const url = await serve(t, (_, response) => {
    requests++;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const html = { 'content-type': 'text/html; charset=utf-8' };
  for (const [given, message] of [
    [{ status: 429, headers: { 'retry-after': '61' } }, /^getReports: 429 Too Many Requests: the response has no body \(retry after 61 s, 1 attempt\)$/],
    [{ status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' } }, /retry after 120 s, 1 attempt/],
    [{ status: 302, headers: { location: 'https://example.com/' } }, /302 Found: the response is a redirect, which is never followed/],
    [{ status: 403, headers: html, body: '<h1>No</h1>' }, /403 Forbidden: the response is not an error of this API but 11 bytes of text\/html, perhaps from a proxy/],
    [{ status: 400, body: '{"reasonCode":"InvalidParameterValue","message":"line 1\\nline 2\\u202e"}' }, /400 InvalidParameterValue: line 1 line 2 \(1 attempt\)$/],
    [{ status: 400, body: '{"reasonCode":7,"message":{"a":1}}' }, /400 7: \{"a":1\}/],
    [{ status: 200, headers: html, body: '<h1>Sign in</h1>' }, /200 OK: the response is not JSON but 16 bytes of text\/html/],
  ] as [typeof answer, RegExp][]) {
    requests = 0;
    answer = given;
    await assert.rejects(clientAt(url).getReports(), { message });
    assert.equal(requests, 1, String(message));
  }
});

test('an error holds no secret that the service echoes', async (t) => {
  const token = 'Atza|IwEBIJ+secret/token==';
  const url = await serve(t, (request, response) => {
    const signature = request.headers.authorization!.split('Signature=')[1]!;
    response.writeHead(400, { 'x-amz-pay-request-id': token }).end(JSON.stringify({
      reasonCode: 'InvalidRequest',
      message: `${token} ${encodeURIComponent(token)} ${token.slice(0, 20)} ${signature} ${encodeURIComponent(signature)} ${signature.slice(0, 40)}… https://h.example/f?X-Amz-Signature=0123456789`,
    }));
  });
  const error = await clientAt(url, { authToken: token }).getReports().then(() => assert.fail(), (error: Error) => error);
  assert.match(error.message, /^getReports: 400 InvalidRequest: REDACTED REDACTED REDACTED REDACTED REDACTED REDACTED… https:\/\/h\.example\/f\?REDACTED \(request id REDACTED, 1 attempt\)$/);
});

test('a clock that is ahead is corrected once by the service', async (t) => {
  const simulator = await simulate(t);
  const now = Date.now.bind(Date);
  t.mock.method(Date, 'now', () => now() + 600_000);
  let retried = 0;
  const client = clientOf(simulator, { retry: { ...quick, onRetry: () => retried++ } });
  await client.getReports({ pageSize: 1 });
  await client.getReports({ pageSize: 1 });
  assert.equal(retried, 1, 'the second call must start with the correction');
  t.mock.restoreAll();
  await client.getReports({ pageSize: 1 });
  assert.equal(retried, 1);
});

test('a schedule that an earlier attempt cancelled counts as cancelled', async (t) => {
  let answers: [number, string][] = [];
  const url = await serve(t, (_, response) => {
    const [status, body] = answers.shift()!;
    if (status === 0) {
      response.destroy();
    } else {
      response.writeHead(status).end(body);
    }
  });
  const notFound: [number, string] = [404, '{"reasonCode":"ResourceNotFound","message":"x"}'];
  const canceller = clientAt(url);
  answers = [[0, ''], notFound];
  await canceller.cancelReportSchedule('7');
  answers = [[500, ''], notFound];
  await canceller.cancelReportSchedule('7');
  answers = [notFound];
  await assert.rejects(canceller.cancelReportSchedule('7'), { status: 404 });
  answers = [[429, ''], notFound];
  await assert.rejects(canceller.cancelReportSchedule('7'), { status: 404 });
  answers = [[0, ''], [404, '<html>']];
  await assert.rejects(canceller.cancelReportSchedule('7'), { status: 404 });
});

test('a call ends with its signal, and an attempt with its time', async (t) => {
  let requests = 0;
  const url = await serve(t, () => requests++); // never answers
  const ended = new AbortController();
  setTimeout(() => ended.abort(new Error('the program stops')), 100);
  await assert.rejects(clientAt(url).getReports({}, { signal: ended.signal }), { message: /^getReports: no response: the program stops \(1 attempt\)$/ });
  await assert.rejects(clientAt(url).getReports({}, { signal: ended.signal }), { message: /not sent: the program stops \(0 attempts\)$/ });
  assert.equal(requests, 1);
  await assert.rejects(clientAt(url, { attemptTimeoutMs: 50, retry: { ...quick, maxAttempts: 2 } }).getReports(), { attempts: 2, message: /timeout/ });
});

test('a certificate that nobody vouches for is not tried again', async (t) => {
  const simulator = await simulate(t, '--tls');
  await assert.rejects(clientOf(simulator).getReports(), { attempts: 1, diagnosis: /NODE_EXTRA_CA_CERTS/ });
});

test('the version is that of the package', () => {
  assert.equal(readJSON<{ version: string }>('clients/typescript/package.json').version, version);
});
