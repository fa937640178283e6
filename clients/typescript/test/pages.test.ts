import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timestamp } from '../dist/index.js';
import { clientAt, clientOf, serve, simulate } from './helpers.js';

const ago = (days: number) => timestamp(new Date(Date.now() - days * 86_400_000));

async function collect<T>(elements: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of elements) {
    all.push(element);
  }
  return all;
}

test('all pages hold what one page holds', async (t) => {
  const client = clientOf(await simulate(t));
  const range = { createdSince: ago(60), createdUntil: ago(0) };
  const whole = await client.getReports({ ...range, pageSize: 100 });
  assert.ok(whole.reports.length > 9 && !whole.nextToken);
  assert.deepEqual(await collect(client.allReports({ ...range, pageSize: 3 })), whole.reports);
  assert.deepEqual(await collect(client.allReports(range)), whole.reports);
  const first = await client.getReports({ ...range, pageSize: 3 });
  assert.deepEqual(await collect(client.allReports({ nextToken: first.nextToken! })), whole.reports.slice(3));
  const paid = { startTime: ago(80), endTime: ago(0) };
  const disbursements = await collect(client.allDisbursements({ ...paid, pageSize: 2 }));
  assert.ok(disbursements.length > 2);
  assert.deepEqual(await collect(client.allDisbursements(paid)), disbursements);
});

/** Answers the pages in order, the last one forever, and notes the queries. */
async function listing(t: Parameters<typeof serve>[0], pages: string[]) {
  const queries: string[] = [];
  const url = await serve(t, (request, response) => {
    queries.push(new URL(request.url!, 'http://x').search);
    response.end(pages[Math.min(queries.length, pages.length) - 1]);
  });
  return { client: clientAt(url), queries };
}

const page = (ids: string[], nextToken: string) => `{"reports":[${ids.map((id) => `{"reportId":"${id}"}`).join()}]${nextToken}}`;

test('absent, null and "" end the list, and nextToken is sent alone', async (t) => {
  for (const end of ['', ',"nextToken":null', ',"nextToken":""']) {
    const { client, queries } = await listing(t, [page(['A'], ',"nextToken":"t+1/=="'), page([], ',"nextToken":"t2"'), page(['B'], end), page(['C'], end)]);
    const reports = await collect(client.allReports({ processingStatuses: ['COMPLETED'] }));
    assert.deepEqual(reports.map((report) => report.reportId), ['A', 'B'], end);
    assert.deepEqual(queries, ['?pageSize=100&processingStatuses=COMPLETED', '?nextToken=t%2B1%2F%3D%3D', '?nextToken=t2'], end);
  }
});

test('a list that would never end is an error', async (t) => {
  const endless: [pages: string[], message: RegExp][] = [
    [[page(['A'], ',"nextToken":"t1"')], /getReports: the service sent the same nextToken twice, after 2 pages/],
    [[page(['A'], ',"nextToken":"t1"'), page(['B'], ',"nextToken":"t2"'), page(['C'], ',"nextToken":"t1"')], /same nextToken twice, after 3 pages/],
    [Array.from({ length: 150 }, (_, i) => page([], `,"nextToken":"t${i}"`)), /100 empty pages in a row/],
    [[page(['A'], ',"nextToken":7')], /a nextToken that is no string/],
    [[page(['A'], `,"nextToken":"${'x'.repeat(70_000)}"`)], /longer than 64 KiB/],
  ];
  for (const [pages, message] of endless) {
    const { client } = await listing(t, pages);
    await assert.rejects(collect(client.allReports()), message);
  }
});

test('a page is asked for when the loop gets there', async (t) => {
  const { client, queries } = await listing(t, [page(['A', 'B'], ',"nextToken":"t1"'), page(['C'], '')]);
  for await (const report of client.allReports()) {
    if (report.reportId === 'B') {
      break;
    }
  }
  assert.equal(queries.length, 1);
});
