// Proves that the spec serves another language: openapi-typescript makes the types from openapi.yaml, openapi-fetch the client, and the signature is implemented
// from the spec's text alone. It calls all nine operations of the simulator, and compiles with tsc --strict. Run by node_test.go.
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './openapi.js';

const simulator = JSON.parse(process.env['SIMULATOR']!) as { url: string; publicKeyId: string; privateKeyFile: string };
const key = createPrivateKey(readFileSync(simulator.privateKeyFile));

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');

const signer: Middleware = {
  async onRequest({ request }) {
    const url = new URL(request.url);
    const path = url.pathname.split('/').map((segment) => encode(decodeURIComponent(segment))).join('/');
    const query = [...url.searchParams]
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&');
    const body = await request.clone().text();
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/json',
      'x-amz-pay-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
      'x-amz-pay-host': url.hostname,
      'x-amz-pay-region': 'na',
    };
    const idempotencyKey = request.headers.get('x-amz-pay-idempotency-key');
    if (idempotencyKey) headers['x-amz-pay-idempotency-key'] = idempotencyKey;
    const names = Object.keys(headers).sort();
    const canonical = [request.method, path, query, ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), sha256(body)].join('\n');
    const signature = sign('sha256', Buffer.from(`AMZN-PAY-RSASSA-PSS-V2\n${sha256(canonical)}`), { key, padding: 6, saltLength: 32 });
    headers['authorization'] =
      `AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=${simulator.publicKeyId}, SignedHeaders=${names.join(';')}, Signature=${signature.toString('base64')}`;
    return new Request(`${url.origin}${path}${query ? '?' + query : ''}`, { method: request.method, headers, ...(body ? { body } : {}) });
  },
};

// openapi-fetch doesn't read explode: false from the spec: lists are one comma-joined value.
const client = createClient<paths>({ baseUrl: `${simulator.url}/v2`, querySerializer: { array: { style: 'form', explode: false } } });
client.use(signer);

function check<T>(name: string, answer: { data?: T; error?: unknown; response: Response }, status: number): T {
  if (answer.response.status !== status) throw new Error(`${name}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  console.log(name);
  return answer.data as T;
}

const idempotent = () => ({ 'x-amz-pay-idempotency-key': randomBytes(16).toString('hex') });
const refund = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_' as const;
const settlement = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_' as const;

const created = check('createReport', await client.POST('/reports', {
  params: { header: idempotent() }, body: { reportType: refund, startTime: '20220804T000000Z', endTime: '20220804T235959Z' },
}), 201);
check('getReportById', await client.GET('/reports/{reportId}', { params: { path: { reportId: created.reportId } } }), 200);
const list = check('getReports', await client.GET('/reports', {
  params: { query: { reportTypes: [settlement, refund], processingStatuses: ['COMPLETED'], pageSize: 5 } },
}), 200);
const documentId = list.reports[0]?.reportDocumentId;
if (!documentId) throw new Error('getReports: no completed report');
const document = check('getReportDocument', await client.GET('/report-documents/{reportDocumentId}', { params: { path: { reportDocumentId: documentId } } }), 200);
const file = await fetch(document.url);
// text() leaves out the byte order mark that the file begins with.
if (file.status !== 200 || !(await file.text()).startsWith('"Amazon Payments Advanced"')) throw new Error('the document is no settlement report');
const schedule = { reportType: refund, scheduleFrequency: 'P1D' as const, nextReportCreationTime: '20300806T235959Z' };
const scheduled = check('createReportSchedule', await client.POST('/report-schedules', { params: { header: idempotent() }, body: schedule }), 201);
if (Array.isArray(scheduled)) throw new Error('createReportSchedule: there was a schedule already');
const existing = check('createReportSchedule again', await client.POST('/report-schedules', { params: { header: idempotent() }, body: schedule }), 201);
if (!Array.isArray(existing) || existing[0]?.scheduleFrequency !== 'P1D') throw new Error('createReportSchedule: the existing schedule was not answered');
check('getReportSchedules', await client.GET('/report-schedules', { params: { query: { reportTypes: [refund] } } }), 200);
const path = { reportScheduleId: (scheduled as { reportScheduleId: string }).reportScheduleId };
check('getReportScheduleById', await client.GET('/report-schedules/{reportScheduleId}', { params: { path } }), 200);
check('cancelReportSchedule', await client.DELETE('/report-schedules/{reportScheduleId}', { params: { path }, parseAs: 'text' }), 200);
check('getDisbursements', await client.GET('/disbursements', { params: { query: { startTime: '20260801T000000Z', endTime: '20260804T000000Z' } } }), 200);
