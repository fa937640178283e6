import { createHash, type Hash } from 'node:crypto';
import type { Agent, IncomingMessage } from 'node:http';
import { checkDocumentURL } from './config.js';
import { causeText } from './errors.js';
import type { ReportDocument } from './openapi.js';
import { oneLine } from './redact.js';
import { backoff, sleep, type Retries } from './retry.js';
import { chunksOf, openConnection, refusal, Retryable } from './storage.js';

export type Chunks = AsyncGenerator<Buffer, void, undefined>;

export interface DownloadOptions {
  id: string;
  endpoint: URL;
  agent: Agent | undefined;
  userAgent: string;
  retries: Retries;
  signal: AbortSignal | undefined;
  /** Asks for a new URL: undefined while the document isn't ready. */
  getDocument: (signal: AbortSignal) => Promise<ReportDocument | undefined>;
}

/** How often a document that isn't ready is asked for, and how long apart. */
const documentPolls = 30;
const documentPollMs = 2000;

/** Values of Content-Encoding that storages send although they have not changed a byte. Whether a file is gzip is told by its first bytes. */
const harmlessEncoding =
  /^(?:|identity|none|null|binary|[78]bit|aws-chunked|gzip|x-gzip|(?:charset=)?"?(?:utf-?(?:8|16|32)(?:[lb]e)?|(?:us-)?ascii|iso[-_]?8859[-_]?\d+|(?:windows|cp)-?\d+|(?:x-)?(?:shift[-_]?jis|sjis)|euc-[a-z]+)"?)$/i;

/** The download of one document, over as many connections as it takes. */
export class Download {
  /** The bytes handed on. */
  offset = 0;
  readonly #options: DownloadOptions & { signal: AbortSignal };
  readonly #hash: Hash = createHash('sha256');
  #size = -1; // of the whole file, -1 if the storage doesn't say
  #etag = ''; // "" unless it is strong: a weak one doesn't promise the same bytes
  #ranges = true; // whether the storage can be asked for the rest alone
  #failures = 0; // connections in a row that brought no byte
  #cuts = 0; // connections in a row that ended early and soon
  #opened = 0;

  constructor(options: DownloadOptions & { signal: AbortSignal }) {
    this.#options = options;
  }

  async *bytes(): Chunks {
    for (;;) {
      const connection = await this.#connect();
      let cut: Retryable;
      try {
        for await (const chunk of connection) {
          if (this.#size >= 0 && this.offset + chunk.length > this.#size) {
            throw new Error(`the storage sent more than the ${this.#size} bytes that it announced`);
          }
          this.#hash.update(chunk);
          this.offset += chunk.length;
          this.#failures = 0;
          yield chunk;
        }
        if (this.#size < 0 || this.offset === this.#size) {
          return;
        }
        cut = new Retryable(`the file has ${this.#size} bytes, and the storage sent ${this.offset}`);
      } catch (error) {
        cut = this.#retryable(error);
      }
      await this.#pause(cut);
    }
  }

  failed(cause: unknown): Error {
    return new Error(`downloading report document ${this.#options.id}: stopped after ${this.offset} bytes: ${oneLine(causeText(cause), 400)}`, { cause });
  }

  #retryable(error: unknown): Retryable {
    if (error instanceof Retryable) {
      return error;
    }
    throw this.failed(error);
  }

  /** Asks for a new URL and opens a connection whose chunks begin at the offset. */
  async #connect(): Promise<Chunks> {
    for (;;) {
      const { url } = await this.#document();
      try {
        checkDocumentURL(new URL(url), this.#options.endpoint);
        const connection = await this.#request(url);
        if (connection !== undefined) {
          return connection;
        }
        this.#ranges = false; // and so this happens once
      } catch (error) {
        await this.#pause(this.#retryable(error));
      }
    }
  }

  async #document(): Promise<ReportDocument> {
    for (let poll = 0; poll < documentPolls; poll++) {
      const document = await this.#options.getDocument(this.#options.signal);
      if (document !== undefined) {
        return document;
      }
      await sleep(documentPollMs, this.#options.signal).catch((error: unknown) => {
        throw this.failed(error);
      });
    }
    throw this.failed(new Error(`the service gave no URL in ${documentPolls} responses: the document isn't ready`));
  }

  /** Opens a connection, or returns undefined if the storage can't send the rest alone. */
  async #request(url: string): Promise<Chunks | undefined> {
    const { agent, userAgent, signal } = this.#options;
    // The storage needs no header of this API, and must not get one: the URL is the permission.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': userAgent };
    const rest = this.offset > 0 && this.#ranges && this.#etag !== '';
    if (rest) {
      Object.assign(headers, { range: `bytes=${this.offset}-`, 'if-range': this.#etag });
    }
    this.#opened = performance.now();
    const response = await openConnection({ url, agent, headers, signal });
    if (response.statusCode === 200) {
      try {
        this.#acceptFile(response);
      } catch (error) {
        response.destroy();
        throw error;
      }
      return this.#afterOffset(chunksOf(response, url, signal));
    }
    if (rest && (response.statusCode === 206 || response.statusCode === 416)) {
      if (this.#isRest(response)) {
        return chunksOf(response, url, signal);
      }
      response.destroy();
      return undefined;
    }
    throw await refusal(response, url, signal);
  }

  /** Takes a response that holds the file from its beginning. */
  #acceptFile({ headers }: IncomingMessage): void {
    const encoding = headers['content-encoding'] ?? '';
    if (!encoding.split(',').every((coding) => harmlessEncoding.test(coding.trim()))) {
      throw new Error(`the storage sent the file encoded as "${oneLine(encoding, 64)}", which was not asked for`);
    }
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
      throw new Error("the storage doesn't say how long the file is, so it could be cut unnoticed");
    }
    const size = headers['content-length'] === undefined ? -1 : Number(headers['content-length']);
    if (this.offset > 0 && size >= 0 && (size < this.offset || (this.#size >= 0 && size !== this.#size))) {
      throw new Error(`the file had ${Math.max(this.#size, this.offset)} bytes and now has ${size}: it was changed during the download`);
    }
    this.#size = this.offset > 0 && size < 0 ? this.#size : size;
    this.#etag = /^"[\x21\x23-\x7e]+"$/.test(headers.etag ?? '') ? headers.etag! : '';
  }

  /** Whether a response is the rest of the very file that was begun. */
  #isRest({ statusCode, headers }: IncomingMessage): boolean {
    const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(headers['content-range'] ?? '')?.map(Number);
    if (statusCode !== 206 || range === undefined || headers.etag !== this.#etag || (headers['content-encoding'] ?? 'identity') !== 'identity') {
      return false;
    }
    const [, first, last, size] = range as [number, number, number, number];
    if (first !== this.offset || last !== size - 1 || (this.#size >= 0 && size !== this.#size)) {
      return false;
    }
    this.#size = size;
    return true;
  }

  /** Reads over the bytes that were handed on already, and checks that they are the same. */
  async *#afterOffset(chunks: Chunks): Chunks {
    let left = this.offset;
    const again = createHash('sha256');
    for await (const chunk of chunks) {
      const skipped = chunk.subarray(0, left);
      if (left > 0) {
        again.update(skipped);
        left -= skipped.length;
        if (left === 0 && !again.digest().equals(this.#hash.copy().digest())) {
          throw new Error(`the first ${this.offset} bytes of the file are not what they were: it was changed during the download`);
        }
      }
      if (skipped.length < chunk.length) {
        yield chunk.subarray(skipped.length);
      }
    }
    if (left > 0) {
      throw new Retryable(`the storage ended the file ${left} bytes before those that it had sent`);
    }
  }

  /**
   * Counts a connection that ended early, and waits before the next. One expired URL or cut connection is usual and needs no wait. The time that
   * the last connection lasted counts as waited.
   */
  async #pause(cause: Retryable): Promise<void> {
    const { retries, signal } = this.#options;
    if (cause.retryAfterMs > retries.maxRetryAfterMs) {
      throw this.failed(new Error(`${cause.message} (the storage asks to wait ${cause.retryAfterMs / 1000} s)`));
    }
    if (++this.#failures >= retries.maxAttempts) {
      throw this.failed(new Error(`${cause.message} (gave up after ${this.#failures} attempts)`));
    }
    const lasted = performance.now() - this.#opened;
    this.#cuts = lasted >= retries.maxDelayMs ? 1 : this.#cuts + 1;
    const wait = this.#cuts === 1 ? 0 : Math.max(0, backoff(retries, this.#cuts) - lasted);
    await sleep(Math.max(cause.retryAfterMs, wait), signal).catch((error: unknown) => {
      throw this.failed(signal.reason ?? error);
    });
  }
}
