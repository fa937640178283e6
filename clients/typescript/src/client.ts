import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import createClient, { type Client as GeneratedClient } from 'openapi-fetch';
import { checkDisbursements, checkList, checkMember, hideQuery } from './answers.js';
import { Call, type CallOptions, type Transport } from './call.js';
import { baseURL, parseRegion, type Environment, type Region } from './config.js';
import { downloadTo, openDocument } from './document.js';
import { ReportScheduleExistsError } from './errors.js';
import type { PrivateKey } from './key.js';
import type {
  CreateReportRequest, CreateReportResponse, CreateReportScheduleRequest, CreateReportScheduleResponse, Disbursement, GetDisbursementsResponse,
  GetReportSchedulesResponse, GetReportsResponse, operations, paths, Report, ReportDocument, ReportSchedule,
} from './openapi.js';
import { pages } from './pages.js';
import { ClockSkew, retriesOf, Throttle, type RetryPolicy } from './retry.js';
import { idempotencyKeyHeader, newIdempotencyKey, Signer } from './signing.js';
import { version } from './version.js';
import { documentOf, waitForReport, type WaitOptions } from './wait.js';

export interface ClientOptions {
  /** The region that the key was made for. */
  region: Region;
  /** The id of the key pair, from Seller Central. */
  publicKeyId: string;
  /** The private key: PEM text, a KeyObject, or a function that signs with a key that is elsewhere. */
  privateKey: PrivateKey;
  /** Required if the public key id begins with neither LIVE nor SANDBOX. */
  environment?: Environment | undefined;
  /** Another endpoint, such as a simulator's. If it has a path, this is the whole base path. */
  endpoint?: string | undefined;
  /** The token of a merchant who has granted access to a solution provider. */
  authToken?: string | undefined;
  retry?: RetryPolicy | undefined;
  /** The longest that one attempt may take. The default is 60,000. Downloads have no such limit. */
  attemptTimeoutMs?: number | undefined;
  /** Sends the API's requests instead of the global fetch, such as one with a proxy. */
  fetch?: typeof fetch | undefined;
  /** Connects to the storage for downloads, such as through a proxy. */
  storageAgent?: Agent | undefined;
}

/** What a POST can be given. */
export interface CreateOptions extends CallOptions {
  /**
   * One to 32 letters, digits, - and _. By default each call has a random key of its own, which its retries keep. Give one
   * to make calls of several processes or runs one: the same key and request are carried out once.
   */
  idempotencyKey?: string | undefined;
}

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;
export type GetReportsQuery = Query<'getReports'>;
export type GetReportSchedulesQuery = Query<'getReportSchedules'>;
export type GetDisbursementsQuery = Query<'getDisbursements'>;

/** Every operation of openapi.yaml is a method of the client: one that is missing doesn't compile. */
type Operations = Record<keyof operations, (...args: never[]) => Promise<unknown>>;

/**
 * A client of the Amazon Pay Reports API for one merchant. Use one for the whole program: its calls then slow down together when the
 * service asks for it. Its methods have the documentation's names, and throw a {@link ReportsError} if a call fails, or a
 * TypeError if an argument can't be right, before anything is sent.
 */
export class Client implements Operations {
  readonly #transport: Transport;
  readonly #api: GeneratedClient<paths>;
  readonly #storage: { endpoint: URL; agent: Agent | undefined };

  constructor(options: ClientOptions) {
    const region = parseRegion(options.region);
    const signer = new Signer({ publicKeyId: options.publicKeyId, privateKey: options.privateKey, region });
    const attemptTimeoutMs = options.attemptTimeoutMs ?? 60_000;
    if (!(attemptTimeoutMs >= 1 && attemptTimeoutMs <= 2 ** 31 - 1)) {
      throw new TypeError(`attemptTimeoutMs is ${attemptTimeoutMs}: it must be from 1 to ${2 ** 31 - 1}`);
    }
    const base = baseURL(region, signer.publicKeyId, options.environment, options.endpoint);
    this.#transport = {
      signer, region,
      userAgent: `payreports-typescript/${version}`,
      authToken: options.authToken,
      fetch: options.fetch ?? fetch,
      attemptTimeoutMs,
      retries: retriesOf(options.retry),
      throttle: new Throttle(),
      skew: new ClockSkew(),
    };
    // openapi-fetch doesn't know explode: false, which the spec says of all lists.
    this.#api = createClient<paths>({ baseUrl: base, querySerializer: { array: { style: 'form', explode: false } } });
    this.#storage = { endpoint: new URL(base), agent: options.storageAgent };
  }

  /** One page of the reports that match. {@link allReports} goes through all pages. */
  async getReports(query: GetReportsQuery = {}, options: CallOptions = {}): Promise<GetReportsResponse> {
    const call = new Call(this.#transport, 'getReports', options);
    const { data } = await this.#api.GET('/reports', { params: { query: checkQuery('getReports', query) }, fetch: call.send });
    return check(call, () => checkList(data!, 'reports', 'reportId'));
  }

  /** All reports that match, page by page, 100 a page unless the query says otherwise. */
  allReports(query: GetReportsQuery = {}, options: CallOptions = {}): AsyncGenerator<Report, void, undefined> {
    return pages('getReports', async (token) => {
      const page = await this.getReports(pageQuery(query, token), options);
      return { elements: page.reports, nextToken: page.nextToken };
    });
  }

  /** A report and its processing status. {@link waitForReport} asks until it is final. */
  async getReportById(reportId: string, options: CallOptions = {}): Promise<Report> {
    const call = new Call(this.#transport, 'getReportById', options);
    const path = { reportId: checkId('getReportById', 'reportId', reportId) };
    const { data } = await this.#api.GET('/reports/{reportId}', { params: { path }, fetch: call.send });
    return check(call, () => checkMember(data!, 'reportId', reportId));
  }

  /** Asks the service to make a report. {@link waitForReport} waits until it is made. */
  async createReport(request: CreateReportRequest, options: CreateOptions = {}): Promise<CreateReportResponse> {
    const call = new Call(this.#transport, 'createReport', options);
    const { data } = await this.#api.POST('/reports', { params: { header: idempotent('createReport', options) }, body: request, fetch: call.send });
    return check(call, () => checkMember(data!, 'reportId'));
  }

  /**
   * The URL of a completed report's file, or undefined while the document isn't ready. The URL is valid for 30 seconds and its query is a
   * secret. {@link openReport} and {@link downloadReport} do all that must be done with it.
   */
  async getReportDocument(reportDocumentId: string, options: CallOptions = {}): Promise<ReportDocument | undefined> {
    const call = new Call(this.#transport, 'getReportDocument', options);
    const path = { reportDocumentId: checkId('getReportDocument', 'reportDocumentId', reportDocumentId) };
    const { data } = await this.#api.GET('/report-documents/{reportDocumentId}', { params: { path }, fetch: call.send });
    if (!data || !data.url) {
      return undefined;
    }
    return check(call, () => hideQuery(checkMember(checkMember(data, 'url'), 'reportDocumentId', reportDocumentId)));
  }

  /** The schedules, at most one per report type. */
  async getReportSchedules(query: GetReportSchedulesQuery = {}, options: CallOptions = {}): Promise<GetReportSchedulesResponse> {
    const call = new Call(this.#transport, 'getReportSchedules', options);
    const { data } = await this.#api.GET('/report-schedules', { params: { query: checkQuery('getReportSchedules', query) }, fetch: call.send });
    return check(call, () => checkList(data!, 'reportSchedules', 'reportScheduleId'));
  }

  /** One schedule. */
  async getReportScheduleById(reportScheduleId: string, options: CallOptions = {}): Promise<ReportSchedule> {
    const call = new Call(this.#transport, 'getReportScheduleById', options);
    const path = { reportScheduleId: checkId('getReportScheduleById', 'reportScheduleId', reportScheduleId) };
    const { data } = await this.#api.GET('/report-schedules/{reportScheduleId}', { params: { path }, fetch: call.send });
    return check(call, () => {
      // One page of the documentation shows the schedule in a list.
      const wrapped = (data as unknown as Partial<GetReportSchedulesResponse> | undefined)?.reportSchedules;
      return checkMember(wrapped?.length === 1 ? wrapped[0]! : data!, 'reportScheduleId', reportScheduleId);
    });
  }

  /**
   * Creates the schedule of a report type. If the type already has one, and deleteExistingSchedule isn't true, nothing is created and
   * a {@link ReportScheduleExistsError} with the existing one is thrown.
   */
  async createReportSchedule(request: CreateReportScheduleRequest, options: CreateOptions = {}): Promise<CreateReportScheduleResponse> {
    const call = new Call(this.#transport, 'createReportSchedule', options);
    // The documentation and the official SDKs disagree about the place of deleteExistingSchedule: if it is true, it is sent in both.
    const { deleteExistingSchedule = false, ...body } = request;
    const replace = deleteExistingSchedule ? { deleteExistingSchedule } : {};
    const { data } = await this.#api.POST('/report-schedules', {
      params: { query: replace, header: idempotent('createReportSchedule', options) }, body: { ...body, ...replace }, fetch: call.send,
    });
    const existing = Array.isArray(data) ? data : (data as Partial<GetReportSchedulesResponse> | undefined)?.reportSchedules;
    if (existing !== undefined) {
      check(call, () => checkList({ existing }, 'existing', 'reportScheduleId'));
      throw new ReportScheduleExistsError(request.reportType, existing);
    }
    return check(call, () => checkMember(data as CreateReportScheduleResponse, 'reportScheduleId'));
  }

  /** Ends a schedule. The reports that it has created are kept. */
  async cancelReportSchedule(reportScheduleId: string, options: CallOptions = {}): Promise<void> {
    const call = new Call(this.#transport, 'cancelReportSchedule', options);
    const path = { reportScheduleId: checkId('cancelReportSchedule', 'reportScheduleId', reportScheduleId) };
    await this.#api.DELETE('/report-schedules/{reportScheduleId}', { params: { path }, parseAs: 'text', fetch: call.send });
  }

  /** One page of what was paid out. Give both startTime and endTime, or nextToken alone. {@link allDisbursements} goes through all pages. */
  async getDisbursements(query: GetDisbursementsQuery, options: CallOptions = {}): Promise<GetDisbursementsResponse> {
    const call = new Call(this.#transport, 'getDisbursements', options);
    const checked = checkQuery('getDisbursements', query);
    if (!checked.nextToken && !(checked.startTime && checked.endTime)) {
      throw new TypeError('getDisbursements: startTime and endTime are both required, unless nextToken is given (nothing was sent)');
    }
    const { data } = await this.#api.GET('/disbursements', { params: { query: checked }, fetch: call.send });
    return check(call, () => checkDisbursements(data!));
  }

  /** All disbursements of the range, page by page. */
  allDisbursements(query: GetDisbursementsQuery, options: CallOptions = {}): AsyncGenerator<Disbursement, void, undefined> {
    return pages('getDisbursements', async (token) => {
      const page = await this.getDisbursements(pageQuery(query, token), options);
      return { elements: page.disbursements, nextToken: page.nextToken };
    });
  }

  /**
   * Asks for a report until it is COMPLETED, and returns it: at once, again after about 2 seconds, then at intervals that grow to
   * 30 seconds, until the signal ends it; the error then says the last status. FAILED throws a {@link ReportFailedError}. CANCELLED throws a {@link ReportCancelledError}: that
   * is what happens if the time range has no data.
   */
  waitForReport(reportId: string, options: WaitOptions = {}): Promise<Report> {
    return waitForReport(this, reportId, options);
  }

  /**
   * Opens the file of a completed report as a stream of its bytes. Reading goes on after cut connections and expired URLs. The stream
   * ends only when the file is whole; anything else is an error. A file that is compressed with gzip is uncompressed.
   */
  async openReport(reportId: string, options: CallOptions = {}): Promise<Readable> {
    return this.openReportDocument(documentOf(await this.getReportById(reportId, options)), options);
  }

  /** {@link openReport} for a document whose id is known, as from {@link allReports}. */
  openReportDocument(reportDocumentId: string, options: CallOptions = {}): Promise<Readable> {
    const id = checkId('getReportDocument', 'reportDocumentId', reportDocumentId);
    const { userAgent, retries } = this.#transport;
    return openDocument({ id, userAgent, retries, ...this.#storage, signal: options.signal, getDocument: (signal) => this.getReportDocument(id, { ...options, signal }) });
  }

  /** Downloads the file of a completed report to a path, and returns its size. The file appears when it is whole, or not at all. */
  async downloadReport(reportId: string, path: string, options: CallOptions = {}): Promise<number> {
    return downloadTo(path, await this.openReport(reportId, options));
  }
}

/** Runs a check of a response. Its error becomes the call's. */
function check<T>(call: Call, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw call.unreadable((error as Error).message);
  }
}

function checkId(operation: string, name: string, id: string): string {
  if (typeof id !== 'string' || id.trim() === '' || id === '.' || id === '..') {
    throw new TypeError(`${operation}: ${name} is ${JSON.stringify(id)}, which is no id (nothing was sent)`);
  }
  return id;
}

/** Leaves out what is empty, and refuses what the service would misunderstand. */
function checkQuery<Q extends { nextToken?: string } | { reportTypes?: string[] }>(operation: string, query: Q): Q {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  for (const [name, value] of given) {
    const wrong = Array.isArray(value) ? value.find((element) => !/^[^\s,]+$/.test(element)) : undefined;
    if (wrong !== undefined) {
      throw new TypeError(`${operation}: ${name} holds ${JSON.stringify(wrong)}: give one value per element (nothing was sent)`);
    }
  }
  if (given.length > 1 && given.some(([name]) => name === 'nextToken')) {
    throw new TypeError(`${operation}: nextToken must be the only parameter: it stands for the filters and the page size of the first page (nothing was sent)`);
  }
  return Object.fromEntries(given) as Q;
}

function pageQuery<Q extends { nextToken?: string; pageSize?: number }>(query: Q, token: string): Q {
  if (token !== '') {
    return { nextToken: token } as Q;
  }
  return query.nextToken ? query : { ...query, pageSize: query.pageSize ?? 100 };
}

function idempotent(operation: string, { idempotencyKey = newIdempotencyKey() }: CreateOptions) {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(idempotencyKey)) {
    throw new TypeError(`${operation}: the idempotency key isn't 1 to 32 letters, digits, - and _ (a UUID fits without its dashes; nothing was sent)`);
  }
  return { [idempotencyKeyHeader]: idempotencyKey } as const;
}
