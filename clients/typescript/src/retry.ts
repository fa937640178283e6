import { setTimeout } from 'node:timers/promises';
import type { ReportsError } from './errors.js';

/** What happened before a wait, for {@link RetryPolicy.onRetry}. */
export interface RetryEvent {
  operation: string;
  /** The number of the attempt that failed, from 1. */
  attempt: number;
  delayMs: number;
  /** What would have been thrown if this had been the last attempt. */
  error: ReportsError;
}

/** How often and when a call is sent again. */
export interface RetryPolicy {
  /** The attempts of a call, the first included. 1 means no retries. The default is 4. */
  maxAttempts?: number | undefined;
  /** The most that the first wait can be. Each following one can be twice as long. The default is 1000. */
  baseDelayMs?: number | undefined;
  /** The longest wait that the service didn't ask for. The default is 20,000. */
  maxDelayMs?: number | undefined;
  /** The longest Retry-After that is waited for. The default is 60,000. A longer one is thrown as an error at once. */
  maxRetryAfterMs?: number | undefined;
  /** Called before each wait. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

export type Retries = Required<Omit<RetryPolicy, 'onRetry'>> & Pick<RetryPolicy, 'onRetry'>;

export function retriesOf(policy: RetryPolicy = {}): Retries {
  const { maxAttempts = 4, baseDelayMs = 1000, maxDelayMs = 20_000, maxRetryAfterMs = 60_000, onRetry } = policy;
  for (const [name, value] of Object.entries({ maxAttempts, baseDelayMs, maxDelayMs, maxRetryAfterMs })) {
    if (!(value >= (name === 'maxAttempts' ? 1 : 0)) || value > 86_400_000 || (name === 'maxAttempts' && !Number.isInteger(value))) {
      throw new TypeError(`retry.${name} is ${value}: it must be ${name === 'maxAttempts' ? 'a whole number from 1' : 'from 0 to a day'}`);
    }
  }
  return { maxAttempts, baseDelayMs, maxDelayMs, maxRetryAfterMs, onRetry };
}

/** A random wait after the given number of failures. */
export function backoff(retries: Retries, failures: number): number {
  return Math.random() * Math.min(retries.maxDelayMs, retries.baseDelayMs * 2 ** Math.max(0, failures - 1));
}

export function isRetryable(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

/** Reads Retry-After, seconds or a date, in milliseconds. A date counts from the Date of the same response if it has one. */
export function parseRetryAfter(headers: Headers, now: number): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) {
    return Math.min(Number(text), 2 ** 30) * 1000;
  }
  const at = parseHTTPDate(text);
  return at === undefined ? 0 : Math.max(0, at - (parseHTTPDate(headers.get('date')) ?? now));
}

/** Milliseconds since 1970, or undefined if it isn't a date as HTTP writes it. */
export function parseHTTPDate(text: string | null): number | undefined {
  const at = /^[A-Z][a-z]+, .*GMT$/.test(text ?? '') ? Date.parse(text!) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Waits. The longest that a timer of Node.js can wait is 24 days. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (ms > 0) {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  }
}

/** Makes all calls of a client wait after a 429. */
export class Throttle {
  #until = 0;
  #slack = 0;

  /** Holds all calls back for the wait and a random part of half of it, together never longer than `most`. */
  slowDown(wait: number, most: number): void {
    const [hold, slack] = wait > most ? [(most * 2) / 3, most / 3] : [wait, Math.min(wait / 2, most - wait)];
    if (performance.now() + hold > this.#until) {
      this.#until = performance.now() + hold;
      this.#slack = slack;
    }
  }

  /** Resolves when requests may be sent. Those who waited go on at random moments, so that they don't all arrive at once. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    for (let hold: number; (hold = this.#until - performance.now()) > 0; ) {
      await sleep(hold + Math.random() * this.#slack, signal);
    }
  }
}

/** What must be added to this machine's time to get the service's: never more than 0, because only a date in the future is refused. */
export class ClockSkew {
  #offset = 0;

  correct(now: number): Date {
    return new Date(now + this.#offset);
  }

  /** Reports whether this machine's clock is ahead by less than a day: beyond that, the response's Date is as doubtful. */
  learn(service: number | undefined, now: number): boolean {
    if (service === undefined || service >= now || now - service > 86_400_000) {
      return false;
    }
    this.#offset = service - now;
    return true;
  }

  /** Adapts a correction that is in force, so that it ends when this machine's clock has been set. */
  follow(service: number | undefined, now: number): void {
    if (this.#offset !== 0 && service !== undefined) {
      this.#offset = Math.min(0, service - now);
    }
  }
}
