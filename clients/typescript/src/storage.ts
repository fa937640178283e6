// One exchange with the storage that keeps the files of reports. It uses node:https, because fetch undoes compression unasked, so that
// neither the file's length nor its place in a resumed download could be checked.
import { get as getPlain, type Agent, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { errorCode } from './errors.js';
import { oneLine, redact } from './redact.js';
import { isRetryable, parseRetryAfter } from './retry.js';

/** A failure that a new URL may mend, after the wait that the storage asks for. */
export class Retryable extends Error {
  constructor(message: string, readonly retryAfterMs = 0) {
    super(message);
  }
}

/** How long the storage may send nothing before the connection counts as cut. */
const stalledAfterMs = 60_000;

const maxStorageError = 64 << 10;

export interface StorageRequest {
  url: string;
  agent: Agent | undefined;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** Sends the request. It takes the path as it is written in the URL, which a URL object may write differently. */
export async function openConnection({ url, agent, headers, signal }: StorageRequest): Promise<IncomingMessage> {
  const { protocol } = new URL(url);
  const path = /^[^:]+:\/\/[^/?#]*([^#]*)/.exec(url)?.[1] || '/';
  const get = protocol === 'https:' ? getSecure : getPlain;
  try {
    return await new Promise((resolve, reject) => {
      const request = get(new URL(url), { path: path.startsWith('/') ? path : '/' + path, agent, headers, signal }, resolve);
      request.on('error', reject);
      request.setTimeout(stalledAfterMs, () => request.destroy(new Error(`the storage sent nothing for ${stalledAfterMs / 1000} s`)));
    });
  } catch (error) {
    throw failure(error, url, signal);
  }
}

/** The chunks of a body. It throws if the connection is cut or stalls. The time in which the reader doesn't read doesn't count. */
export async function* chunksOf(response: IncomingMessage, url: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  response.socket.setTimeout(0);
  const chunks = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const stalled = setTimeout(() => response.destroy(new Error(`the storage sent nothing for ${stalledAfterMs / 1000} s`)), stalledAfterMs);
      const { done, value } = await chunks.next().finally(() => clearTimeout(stalled));
      if (done) {
        return;
      }
      yield value as Buffer;
    }
  } catch (error) {
    throw failure(error, url, signal);
  } finally {
    response.destroy();
  }
}

function failure(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return signal.reason;
  }
  const text = `the connection to the storage was cut: ${redact((error as Error).message || errorCode(error), secretsOf(url))}`;
  return /^(CERT_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|UNABLE_TO_)/.test(errorCode(error)) ? new Error(text) : new Retryable(text);
}

/** Says why the storage sends no file. Its own words are shown without the URL's secrets, which S3 echoes. */
export async function refusal(response: IncomingMessage, url: string, signal: AbortSignal): Promise<Error> {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    response.destroy();
    return new Error(`the storage answered ${status}, a redirect, which is never followed`);
  }
  let body = '';
  try {
    for await (const chunk of chunksOf(response, url, signal)) {
      body += chunk.toString('utf8');
      if (body.length > maxStorageError) {
        break;
      }
    }
  } catch {
    signal.throwIfAborted(); // What came of a reason that was cut is better than none.
  }
  const word = (element: string) => oneLine(redact(new RegExp(`<${element}>([^<]*)`).exec(body)?.[1] ?? '', secretsOf(url)), 400);
  const code = word('Code');
  const reason = [code, word('Message')].filter((part) => part !== '').join(': ');
  const text = `the storage answered ${status}${reason === '' ? ` with a body of ${oneLine(response.headers['content-type'] ?? 'unknown type', 64)}` : ' ' + reason}`;
  // S3 answers 403 when the signature of the URL has expired, and 400 when the credentials have that it was made with.
  const expired = status === 403 || (status === 400 && ['ExpiredToken', 'TokenRefreshRequired', 'RequestExpired', 'RequestTimeout'].includes(code));
  if (expired || isRetryable(status)) {
    return new Retryable(text, parseRetryAfter(new Headers(headersOf(response)), Date.now()));
  }
  return new Error(text);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const retryAfter = headers['retry-after'];
  return { ...(retryAfter && { 'retry-after': retryAfter }), ...(headers.date && { date: headers.date }) };
}

/** What of a pre-signed URL lets others read the file. */
function secretsOf(url: string): string[] {
  const query = url.slice(url.indexOf('?') + 1);
  const values = [...new URLSearchParams(query)].filter(([name, value]) => value.length >= 16 || (value.length >= 4 && /sig|credential|token|key|policy/i.test(name)));
  return [query, ...values.map(([, value]) => value)];
}
