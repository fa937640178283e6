// Lists, pages and creates with the functions of one generator, and prints one line of JSON. Run by node_generators_test.go, which checks it.
import { readFileSync } from 'node:fs';
import { Signer } from './signer/signing';

const simulator = JSON.parse(process.env['SIMULATOR'] ?? '') as { url: string; livePublicKeyId: string; privateKeyFile: string };
const signer = new Signer({
  publicKeyId: simulator.livePublicKeyId,
  privateKey: readFileSync(simulator.privateKeyFile, 'utf8'),
  region: 'na',
});

export const baseUrl = `${simulator.url}/v2`;

const unsignedFetch = fetch; // because a program may put signedFetch in its place

export const signedFetch: typeof fetch = async (input, init) => unsignedFetch(await signer.sign(new Request(input, init)));

export const types: ['_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_', '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_'] =
  ['_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_', '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_'];

export const request = { reportType: types[0], startTime: '20220804T000000Z', endTime: '20220804T235959Z' };

interface Page {
  reports?: { reportId?: string }[];
  nextToken?: string | null;
}

export interface Operations {
  list(pageSize: number): Promise<Page>;
  next(nextToken: string): Promise<Page>;
  create(): Promise<{ reportId?: string }>;
  status(reportId: string): Promise<string | undefined>;
}

const ids = (page: Page) => (page.reports ?? []).map((report) => report.reportId);

async function walk(operations: Operations, pageSize: number) {
  let page = await operations.list(pageSize);
  const pages = [ids(page)];
  while (page.nextToken && pages.length < 1000) {
    page = await operations.next(page.nextToken);
    pages.push(ids(page));
  }
  return pages;
}

export async function run(operations: Operations) {
  const large = await walk(operations, 100);
  const small = await walk(operations, 7);
  const { reportId } = await operations.create();
  const status = reportId && await operations.status(reportId);
  console.log(JSON.stringify({ large, small, status }));
}
