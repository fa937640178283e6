import { constants, KeyObject, randomBytes, sign as signWithKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { Middleware } from 'openapi-fetch';
import { canonicalPath, canonicalQuery, canonicalRequest, canonicalValue, signedNames, stringToSign, type Algorithm } from './canonical.js';
import { parsePrivateKey, type PrivateKey, type SignFunction } from './key.js';
import { timestamp } from './timestamps.js';

const algorithm: Algorithm = 'AMZN-PAY-RSASSA-PSS-V2';
const regionOfHost: Record<string, string> = { 'pay-api.amazon.com': 'na', 'pay-api.amazon.eu': 'eu', 'pay-api.amazon.jp': 'jp' };

export const idempotencyKeyHeader = 'x-amz-pay-idempotency-key';

export interface SignerOptions {
  /** The id of the key pair, from Seller Central. */
  publicKeyId: string;
  privateKey: PrivateKey;
  /** The region that is signed: na, eu or jp. By default it follows from the host of the request. */
  region?: string | undefined;
}

/** A signed request, and the string that was signed. */
export interface Signed {
  request: Request;
  stringToSign: string;
}

/** Signs requests with AMZN-PAY-RSASSA-PSS-V2. It is safe to share. */
export class Signer {
  readonly publicKeyId: string;
  readonly #sign: SignFunction;
  readonly #region: string | undefined;

  constructor(options: SignerOptions) {
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(options.publicKeyId ?? '')) {
      throw new TypeError('publicKeyId is empty or has spaces, commas or other characters that no key id has');
    }
    this.publicKeyId = options.publicKeyId;
    this.#region = options.region;
    const key = parsePrivateKey(options.privateKey);
    this.#sign = key instanceof KeyObject ? signFunction(key) : key;
  }

  /**
   * Returns the request with its path and query in the form that is signed, the headers of the signature, and a POST's idempotency
   * key, which is kept if there is one. Sign each attempt of a request anew: the date is part of the signature.
   */
  async sign(request: Request, date = new Date()): Promise<Request> {
    return (await this.signVerbosely(request, date)).request;
  }

  /** @internal */
  async signVerbosely(request: Request, date: Date): Promise<Signed> {
    const url = new URL(request.url);
    const body = new Uint8Array(await request.clone().arrayBuffer());
    const headers = new Headers(request.headers);
    const toSign = this.#headersToSign(request.method, url, headers, date);
    const path = canonicalPath(url.pathname);
    const query = canonicalQuery(url.search.slice(1));
    const text = stringToSign(algorithm, canonicalRequest(request.method, path, query, toSign, body));
    const signature = Buffer.from(await this.#sign(Buffer.from(text))).toString('base64');
    headers.set('authorization', `${algorithm} PublicKeyId=${this.publicKeyId}, SignedHeaders=${signedNames(toSign)}, Signature=${signature}`);
    const init: RequestInit = { method: request.method, headers, redirect: 'manual', signal: request.signal };
    if (body.length > 0) {
      init.body = body;
    }
    return { request: new Request(url.origin + path + (query === '' ? '' : '?' + query), init), stringToSign: text };
  }

  /** Sets the headers that every request has, and returns those that are signed: these and all others of this API. */
  #headersToSign(method: string, url: URL, headers: Headers, date: Date): Record<string, string> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const region = headers.get('x-amz-pay-region') || this.#region || regionOfHost[host];
    if (region === undefined) {
      throw new TypeError(`the region of ${host} isn't known: give the option region`);
    }
    headers.set('accept', 'application/json');
    headers.set('content-type', 'application/json');
    headers.set('x-amz-pay-date', timestamp(date));
    headers.set('x-amz-pay-host', host);
    headers.set('x-amz-pay-region', region);
    if (method === 'POST' && !headers.has(idempotencyKeyHeader)) {
      headers.set(idempotencyKeyHeader, newIdempotencyKey());
    }
    const toSign: Record<string, string> = {};
    for (const [name, value] of headers) {
      if (name === 'accept' || name === 'content-type' || name.startsWith('x-amz-pay-')) {
        if (!/^[\x20-\x7e\t]*$/.test(value)) {
          throw new TypeError(`the header ${name} has characters other than ASCII, which can't be signed`);
        }
        toSign[name] = canonicalValue(value);
      }
    }
    for (const [name, value] of Object.entries(toSign)) {
      headers.set(name, value);
    }
    return toSign;
  }
}

function signFunction(key: KeyObject): SignFunction {
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const sign = promisify<string, Uint8Array, typeof options, Buffer>(signWithKey);
  return (text) => sign('sha256', text, options);
}

/** A random idempotency key of 32 hexadecimal digits. */
export function newIdempotencyKey(): string {
  return randomBytes(16).toString('hex');
}

/**
 * Signs the requests of any openapi-fetch client of this API, for those who generate their own. It doesn't retry:
 * {@link Client} does. Add it last, so that it signs what the other middlewares have changed.
 */
export function signingMiddleware(signer: Signer): Middleware {
  return { onRequest: ({ request }) => signer.sign(request) };
}
