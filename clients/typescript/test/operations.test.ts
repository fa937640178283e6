import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { Client, ReportCancelledError, ReportFailedError, ReportScheduleExistsError, ReportsError, timestamp } from '../dist/index.js';
import { clientAt, clientOf, repository, serve, simulate } from './helpers.js';

const refund = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_';
const settlement = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_';
const ago = (days: number) => timestamp(new Date(Date.now() - days * 86_400_000));

test('all operations of openapi.yaml', async (t) => {
  const called = new Set<string>();
  const client = new Proxy(clientOf(await simulate(t)), {
    get(target, name) {
      called.add(String(name));
      const method = Reflect.get(target, name, target) as unknown;
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
  const { reportId } = await client.createReport({ reportType: refund, startTime: ago(9), endTime: ago(2) });
  assert.deepEqual(await client.getReportById(reportId).then((report) => [report.reportId, report.reportType]), [reportId, refund]);

  const { reports } = await client.getReports({ reportTypes: [settlement, refund], processingStatuses: ['COMPLETED'], createdSince: ago(80), createdUntil: ago(0), pageSize: 5 });
  assert.equal(reports.length, 5);
  assert.ok(reports.every((report) => report.processingStatus === 'COMPLETED' && [settlement, refund].includes(report.reportType)));
  const document = await client.getReportDocument(reports[0]!.reportDocumentId!);
  assert.equal(document?.reportDocumentId, reports[0]!.reportDocumentId);
  assert.match(document!.url, /^http:\/\/127.*\?.*X-Amz-Signature=/);
  assert.match(inspect({ document }), /\?REDACTED/);
  assert.doesNotMatch(inspect({ document }), /X-Amz-Signature/);

  const schedule = { reportType: refund, scheduleFrequency: 'P1D', nextReportCreationTime: '20300806T235959Z' } as const;
  const { reportScheduleId } = await client.createReportSchedule(schedule);
  await assert.rejects(client.createReportSchedule(schedule), (error) => {
    assert.ok(error instanceof ReportScheduleExistsError);
    assert.deepEqual(error.schedules.map((existing) => [existing.reportScheduleId, existing.scheduleFrequency]), [[reportScheduleId, 'P1D']]);
    return true;
  });
  const replaced = await client.createReportSchedule({ ...schedule, scheduleFrequency: 'PT84H', deleteExistingSchedule: true });
  const { reportSchedules } = await client.getReportSchedules({ reportTypes: [refund] });
  assert.deepEqual(reportSchedules.map((found) => [found.reportScheduleId, found.scheduleFrequency]), [[replaced.reportScheduleId, 'PT84H']]);
  assert.equal((await client.getReportScheduleById(replaced.reportScheduleId)).reportType, refund);
  await client.cancelReportSchedule(replaced.reportScheduleId);
  assert.deepEqual(await client.getReportSchedules(), { reportSchedules: [] });
  await assert.rejects(client.cancelReportSchedule(replaced.reportScheduleId), { status: 404, reasonCode: 'ResourceNotFound' });

  const { disbursements } = await client.getDisbursements({ startTime: ago(60), endTime: ago(0), pageSize: 2 });
  assert.equal(disbursements.length, 2);
  assert.match(disbursements[0]!.amount, /^-?\d+\.\d+$/);

  // A new operation must be called here too. Client doesn't compile without it.
  const spec = readFileSync(join(repository, 'openapi.yaml'), 'utf8');
  const operations = [...spec.matchAll(/^ {6}operationId: (\w+)$/gm)].map((match) => match[1]!);
  assert.ok(operations.length >= 9);
  assert.deepEqual(operations.filter((operation) => !called.has(operation)), []);
});

test('a wrong key', async (t) => {
  const simulator = await simulate(t);
  const wrong = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const error = await clientOf(simulator, { privateKey: wrong, authToken: 'a-token-of-a-merchant' }).getReports().then(() => assert.fail(), (error: unknown) => error);
  assert.ok(error instanceof ReportsError);
  assert.deepEqual([error.operation, error.status, error.reasonCode, error.attempts], ['getReports', 403, 'InvalidRequestSignature', 1]);
  assert.match(error.requestId, /^.{8,}$/);
  assert.match(error.message, /^getReports: 403 InvalidRequestSignature: .*the private key is the wrong one: it doesn't belong to the public key id LIVE-SIMULATOR.*\(request id .+, 1 attempt\)$/);
  assert.doesNotMatch(inspect(error), /signature \[[A-Za-z0-9+/=]{20}|a-token-of-a-merchant/);

  const tampering = ((request: Request, init: RequestInit) => {
    const headers = new Headers(request.headers);
    headers.set('accept', 'text/html');
    return fetch(new Request(request, { headers }), init);
  }) as typeof fetch;
  await assert.rejects(clientOf(simulator, { fetch: tampering }).getReports(), { status: 403, diagnosis: /something on the way .* changed the path/ });
  await assert.rejects(clientOf(simulator, { publicKeyId: 'LIVE-OTHER' }).getReports(), { status: 403, reasonCode: 'InvalidAuthentication' });
});

test('an idempotency key that comes again', async (t) => {
  const client = clientOf(await simulate(t));
  const request = { reportType: refund, startTime: ago(9), endTime: ago(2) } as const;
  const first = await client.createReport(request, { idempotencyKey: 'night-2026-11-26' });
  assert.deepEqual(await client.createReport(request, { idempotencyKey: 'night-2026-11-26' }), first);
  assert.notDeepEqual(await client.createReport(request), first);
  await assert.rejects(client.createReport({ ...request, endTime: ago(3) }, { idempotencyKey: 'night-2026-11-26' }), {
    status: 400, reasonCode: 'DuplicateIdempotencyKey', idempotencyKey: 'night-2026-11-26', attempts: 1,
  });
  for (const idempotencyKey of ['', 'x'.repeat(33), 'a b', crypto.randomUUID()]) {
    await assert.rejects(client.createReport(request, { idempotencyKey }), /without its dashes; nothing was sent/);
  }
});

test('arguments that can only be wrong are refused before anything is sent', async () => {
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const client = new Client({ region: 'na', publicKeyId: 'LIVE-A', privateKey, fetch: () => assert.fail('something was sent') });
  const times = { startTime: ago(9), endTime: ago(2) };
  for (const call of [
    () => client.getReportById(''), () => client.getReportById('.'), () => client.getReportDocument('..'), () => client.getReportScheduleById(' '),
    () => client.cancelReportSchedule(undefined as unknown as string), () => client.openReportDocument(''), () => client.openReport(''),
    () => client.getReports({ nextToken: 'x', pageSize: 10 }), () => client.getReports({ reportTypes: [`${refund},${settlement}` as typeof refund] }),
    () => client.getReportSchedules({ reportTypes: ['' as typeof refund] }), () => client.getDisbursements({ ...times, nextToken: 'x' }),
    () => client.getDisbursements({ startTime: ago(9) }), () => client.getDisbursements({}), () => client.allDisbursements({}).next(),
  ]) {
    await assert.rejects(async () => call(), (error) => error instanceof TypeError && /nothing was sent/.test(error.message), call.toString());
  }
});

test('empty parameters are left out', async (t) => {
  const seen: string[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.url!);
    response.end('{"reports":[]}');
  });
  const client = clientAt(`${url}/v2`);
  await client.getReports({ reportTypes: [], nextToken: '', createdSince: undefined as unknown as string });
  await client.getReports({ reportTypes: [settlement, refund], pageSize: 10 });
  assert.deepEqual(seen, ['/v2/reports', `/v2/reports?pageSize=10&reportTypes=${settlement}%2C${refund}`]);
});

test('responses that the documentation does not know are no empty results', async (t) => {
  let answer: string;
  const url = await serve(t, (_, response) => response.end(answer));
  const client = clientAt(url);
  const times = { startTime: ago(9), endTime: ago(2) };
  const paid = (amount: string) => `{"disbursements":[{"settlementId":"1","currencyCode":"EUR","amount":${amount}}]}`;
  const wrong: [body: string, call: () => Promise<unknown>, message: RegExp][] = [
    ['{}', () => client.getReports(), /the list reports is missing/],
    ['', () => client.getReports(), /an object is missing/],
    ['[]', () => client.getReports(), /an object is missing/],
    ['null', () => client.getReportSchedules(), /an object is missing/],
    ['{"reports":[{"reportId":"A"},{}]}', () => client.getReports(), /reports\[1\]: reportId is missing/],
    ['{"reports":[null]}', () => client.getReports(), /reports\[0\]: an object is missing/],
    ['{"reportId":"B","processingStatus":"COMPLETED"}', () => client.getReportById('A'), /it is about the reportId B, not A/],
    ['{"reportId":68973459224123456789}', () => client.getReportById('68973459224123456789'), /reportId is the number 68973459224123460000, which may have been rounded/],
    ['{"reportDocumentId":"B","url":"https://x.example/"}', () => client.getReportDocument('A'), /reportDocumentId B, not A/],
    ['<html>Sign in</html>', () => client.getReports(), /not JSON but 20 bytes of unknown type: it comes from a proxy or a login page/],
    [paid('null'), () => client.getDisbursements(times), /disbursements\[0\]: amount is missing/],
    [paid('"1.000,50"'), () => client.getDisbursements(times), /the amount "1.000,50" is not a number/],
    [paid('1e3000'), () => client.getDisbursements(times), /the number Infinity/],
    [paid('12345678901234567.89'), () => client.getDisbursements(times), /may have been rounded/],
    ['{}', () => client.createReport({ reportType: refund, ...times }), /reportId is missing/],
    ['{}', () => client.createReportSchedule({ reportType: refund, scheduleFrequency: 'P1D', nextReportCreationTime: ago(0) }), /reportScheduleId is missing/],
  ];
  for (const [body, call, message] of wrong) {
    answer = body;
    await assert.rejects(call(), (error) => error instanceof ReportsError && error.status === 200 && error.attempts === 1 && message.test(error.message), `${body} ${message}`);
  }
  answer = paid('1000.5');
  assert.equal((await client.getDisbursements(times)).disbursements[0]!.amount, '1000.5');
  answer = '{"reportScheduleId":68973459224}';
  assert.deepEqual(await client.getReportScheduleById('68973459224'), { reportScheduleId: '68973459224' });
  answer = '{"reportSchedules":[{"reportScheduleId":"7"}]}';
  assert.deepEqual(await client.getReportScheduleById('7'), { reportScheduleId: '7' });
  answer = '';
  assert.equal(await client.getReportDocument('A'), undefined);
  await client.cancelReportSchedule('7');
});

test('waiting for a report', async (t) => {
  const client = clientOf(await simulate(t, '--speed', '30'));
  const polls: string[] = [];
  const { reportId } = await client.createReport({ reportType: refund, startTime: ago(9), endTime: ago(2) });
  const report = await client.waitForReport(reportId, { onPoll: ({ processingStatus }) => polls.push(processingStatus) });
  assert.deepEqual([report.reportId, report.processingStatus, polls.at(-1)], [reportId, 'COMPLETED', 'COMPLETED']);
  const future = await client.createReport({ reportType: refund, startTime: '20400101T000000Z', endTime: '20400102T000000Z' });
  await assert.rejects(client.waitForReport(future.reportId), ReportCancelledError);
  await assert.rejects(client.openReport(future.reportId), ReportCancelledError);
});

test('waiting ends with the signal, and says the last state', async (t) => {
  const client = clientOf(await simulate(t));
  const { reportId } = await client.createReport({ reportType: refund, startTime: ago(9), endTime: ago(2) });
  const ended = new AbortController();
  const reason = new Error('the program stops');
  const waiting = client.waitForReport(reportId, { signal: ended.signal, onPoll: () => setImmediate(() => ended.abort(reason)) });
  await assert.rejects(waiting, { message: `waiting for report ${reportId}: it is still IN_PROGRESS: the program stops`, cause: reason });
  await assert.rejects(client.openReport(reportId), /is IN_PROGRESS and has no document yet: wait for it with waitForReport/);
});

test('a report that failed, and one that is not known yet', async (t) => {
  const answers = [
    [404, '{"reasonCode":"ResourceNotFound","message":"x"}'],
    [200, '{"reportId":"A","reportType":"T","processingStatus":"A_NEW_STATUS"}'],
    [200, '{"reportId":"A","reportType":"T","processingStatus":"FAILED"}'],
  ] as const;
  let n = 0;
  const url = await serve(t, (_, response) => {
    const [status, body] = answers[n++]!;
    response.writeHead(status).end(body);
  });
  const client = clientAt(url);
  await assert.rejects(client.waitForReport('A'), (error) => error instanceof ReportFailedError && error.report.reportId === 'A');
  assert.equal(n, 3);
});
