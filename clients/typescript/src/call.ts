import { causeText, errorCode, ReportsError, type Failure } from './errors.js';
import { oneLine, redact } from './redact.js';
import { backoff, isRetryable, parseHTTPDate, parseRetryAfter, sleep, type ClockSkew, type Retries, type Throttle } from './retry.js';
import { idempotencyKeyHeader, type Signed, type Signer } from './signing.js';

/** What a single call can be given. */
export interface CallOptions {
  /** Ends the call. It then throws an error whose cause is the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The token of a delegated call, instead of the client's. */
  authToken?: string | undefined;
}

/** What all calls of a client share. */
export interface Transport {
  signer: Signer;
  region: string;
  userAgent: string;
  authToken: string | undefined;
  fetch: typeof fetch;
  attemptTimeoutMs: number;
  retries: Retries;
  throttle: Throttle;
  skew: ClockSkew;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  truncated: boolean;
  signed: Signed;
}

const maxAnswer = 32 << 20;
const maxRefusal = 1 << 20;

/** Codes of errors that come before the service can have seen anything of the request. */
const neverArrived = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT']);
const badCertificate = /^(CERT_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|UNABLE_TO_)/;

/** One call of an operation: it sends the request that openapi-fetch has built, again if need be. */
export class Call {
  readonly operation: string;
  readonly #transport: Transport;
  readonly #signal: AbortSignal | undefined;
  readonly #authToken: string | undefined;
  #idempotencyKey = '';
  #attempts = 0;
  #mayHaveWorked = false;
  #skewCorrected = false;
  #last: Answer | undefined;

  constructor(transport: Transport, operation: string, options: CallOptions) {
    this.operation = operation;
    this.#transport = transport;
    this.#signal = options.signal;
    this.#authToken = options.authToken ?? transport.authToken;
  }

  /** Takes the place of fetch. It returns a 2xx response whose body has been read, or throws a ReportsError. */
  readonly send = async (original: Request): Promise<Response> => {
    this.#idempotencyKey = original.headers.get(idempotencyKeyHeader) ?? '';
    for (;;) {
      let answer: Answer | undefined;
      let failure: ReportsError;
      let again = false;
      let delayMs = 0;
      try {
        answer = await this.#attempt(original);
        if (isOK(answer) || this.#cancelledBefore(answer)) {
          this.#last = answer;
          return new Response(answer.text === '' ? null : answer.text, { status: isOK(answer) ? answer.status : 200 });
        }
        failure = this.#refusal(answer);
        [again, delayMs] = this.#next(answer);
      } catch (error) {
        failure = this.#noAnswer(error);
        again = this.#mayRepeat(error);
        delayMs = backoff(this.#transport.retries, this.#attempts);
      }
      if (!again || this.#attempts >= this.#transport.retries.maxAttempts || this.#signal?.aborted) {
        throw failure;
      }
      this.#transport.retries.onRetry?.({ operation: this.operation, attempt: this.#attempts, delayMs, error: failure });
      await sleep(delayMs, this.#signal).catch(() => {
        throw this.#noAnswer(this.#signal?.reason);
      });
    }
  };

  /** The error for a 2xx response that isn't what the documentation says. */
  unreadable(reason: string): ReportsError {
    return this.#error({ serviceMessage: `the response isn't what the documentation says: ${oneLine(reason, 300)}` }, this.#last);
  }

  async #attempt(original: Request): Promise<Answer> {
    const { signer, region, userAgent, fetch, throttle, skew, attemptTimeoutMs } = this.#transport;
    await throttle.wait(this.#signal);
    const request = original.clone();
    request.headers.set('user-agent', userAgent);
    request.headers.set('x-amz-pay-region', region);
    if (this.#authToken) {
      request.headers.set('x-amz-pay-authtoken', this.#authToken);
    }
    let signed: Signed;
    try {
      signed = await signer.signVerbosely(request, skew.correct(Date.now()));
    } catch (error) {
      throw new NotSent(`the request can't be signed: ${redact(causeText(error), [this.#authToken ?? ''])}`);
    }
    const timeout = AbortSignal.timeout(attemptTimeoutMs);
    this.#attempts++;
    const response = await fetch(signed.request, { signal: this.#signal === undefined ? timeout : AbortSignal.any([this.#signal, timeout]) });
    this.#mayHaveWorked ||= isOK(response) || response.status >= 500;
    const answer: Answer = { status: response.status, headers: response.headers, text: '', truncated: false, signed };
    try {
      [answer.text, answer.truncated] = await readText(response, isOK(response) ? maxAnswer : maxRefusal);
    } catch (error) {
      if (isOK(response)) {
        throw error;
      } // A refusal whose body was cut still is one.
    }
    skew.follow(parseHTTPDate(response.headers.get('date')), Date.now());
    if (isOK(answer)) {
      this.#checkIsJSON(answer);
    }
    return answer;
  }

  #checkIsJSON(answer: Answer): void {
    if (answer.truncated) {
      throw this.#error({ serviceMessage: `the response is longer than ${maxAnswer >> 20} MiB` }, answer);
    }
    try {
      if (answer.text !== '' && this.operation !== 'cancelReportSchedule') {
        JSON.parse(answer.text);
      }
    } catch {
      throw this.#error({ serviceMessage: `the response is not JSON but ${describeBody(answer)}: it comes from a proxy or a login page. Check the endpoint and the proxy` }, answer);
    }
  }

  /** Whether a 404 of this API, not of a gateway, says that an earlier attempt of this call has cancelled the schedule. */
  #cancelledBefore(answer: Answer): boolean {
    return this.operation === 'cancelReportSchedule' && answer.status === 404 && this.#mayHaveWorked && parseRefusal(answer.text).reasonCode !== '';
  }

  /** Whether the call is sent again after a response, and after which wait. */
  #next(answer: Answer): [again: boolean, delayMs: number] {
    const { retries, throttle, skew } = this.#transport;
    const retryAfter = parseRetryAfter(answer.headers, Date.now());
    const delay = Math.max(backoff(retries, this.#attempts), retryAfter);
    if (answer.status === 429) {
      throttle.slowDown(delay, retries.maxRetryAfterMs);
    }
    if (isDateInFuture(answer)) {
      const first = !this.#skewCorrected;
      this.#skewCorrected = true;
      return [first && skew.learn(parseHTTPDate(answer.headers.get('date')), Date.now()), 0];
    }
    return [isRetryable(answer.status) && retryAfter <= retries.maxRetryAfterMs, delay];
  }

  #mayRepeat(error: unknown): boolean {
    this.#mayHaveWorked ||= this.#attempts > 0 && !neverArrived.has(errorCode(error));
    return !(error instanceof ReportsError || error instanceof NotSent || badCertificate.test(errorCode(error)));
  }

  #refusal(answer: Answer): ReportsError {
    const { reasonCode, message } = parseRefusal(answer.text);
    return this.#error({
      reasonCode: oneLine(this.#clean(reasonCode, answer), 128),
      serviceMessage: oneLine(this.#clean(message, answer), 4096) || (reasonCode === '' ? this.#describe(answer) : ''),
      retryAfterMs: parseRetryAfter(answer.headers, Date.now()),
      diagnosis: this.#diagnose(answer, reasonCode),
    }, answer);
  }

  #describe(answer: Answer): string {
    if (answer.status >= 300 && answer.status < 400) {
      return 'the response is a redirect, which is never followed: check the endpoint';
    }
    return answer.text.trim() === '' ? 'the response has no body' : `the response is not an error of this API but ${describeBody(answer)}, perhaps from a proxy or gateway`;
  }

  #diagnose(answer: Answer, reasonCode: string): string {
    if (isDateInFuture(answer)) {
      return "the clock of this machine is ahead of the service's: set the clock, for instance with NTP";
    }
    if (reasonCode !== 'InvalidRequestSignature') {
      return '';
    }
    const echoed = /AMZN-PAY-RSASSA-PSS(?:-V2)?[^0-9a-fA-F]{1,8}([0-9a-f]{64})\b/.exec(answer.text)?.[1];
    if (echoed === undefined) {
      return "check that the private key belongs to this public key id, its environment and its region";
    }
    return answer.signed.stringToSign.endsWith(echoed)
      ? `the request arrived as it was signed, so the private key is the wrong one: it doesn't belong to the public key id ${this.#transport.signer.publicKeyId}, or that one is of another account, region or environment`
      : 'the service computed another string to sign, so something on the way (a proxy, a gateway, an own fetch) changed the path, the query, a signed header or the body';
  }

  #noAnswer(error: unknown): ReportsError {
    if (error instanceof ReportsError) {
      return error;
    }
    if (this.#signal?.aborted) {
      return this.#error({ cause: this.#signal.reason });
    }
    const diagnosis = badCertificate.test(errorCode(error))
      ? "the endpoint's certificate or protocol is not what was expected: check the endpoint, a TLS-inspecting proxy, and NODE_EXTRA_CA_CERTS"
      : '';
    return this.#error({ cause: error, diagnosis });
  }

  #error(failure: Partial<Failure>, answer?: Answer): ReportsError {
    return new ReportsError({
      operation: this.operation,
      status: answer?.status,
      requestId: answer && oneLine(this.#clean(answer.headers.get('x-amz-pay-request-id') ?? '', answer), 128),
      idempotencyKey: this.#idempotencyKey,
      attempts: this.#attempts,
      ...failure,
    });
  }

  /** Takes out what a response may echo and an error must not hold. */
  #clean(text: string, answer: Answer): string {
    const signature = answer.signed.request.headers.get('authorization')?.split('Signature=')[1] ?? '';
    return redact(text, [signature, this.#authToken ?? '']);
  }
}

/** Why an attempt ended before anything was sent. */
class NotSent extends Error {}

function isOK({ status }: { status: number }): boolean {
  return status >= 200 && status < 300;
}

/** Whether the service refuses the date of a signature as lying in the future. */
function isDateInFuture({ status, text }: Answer): boolean {
  return status === 400 && ['InvalidHeaderValue', 'x-amz-pay-date', 'future'].every((word) => text.includes(word));
}

function parseRefusal(text: string): { reasonCode: string; message: string } {
  try {
    const { reasonCode, message } = JSON.parse(text) as Record<string, unknown>;
    const plain = (value: unknown) => (value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
    return { reasonCode: plain(reasonCode), message: plain(message) };
  } catch {
    return { reasonCode: '', message: '' };
  }
}

function describeBody({ text, truncated, headers }: Answer): string {
  const type = oneLine(headers.get('content-type')?.split(';')[0] ?? '', 64) || 'unknown type';
  return `${truncated ? 'more than ' : ''}${Buffer.byteLength(text)} bytes of ${type}`;
}

async function readText(response: Response, limit: number): Promise<[text: string, truncated: boolean]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    if ((size += chunk.length) > limit) {
      break;
    }
  }
  return [new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limit)), size > limit];
}
