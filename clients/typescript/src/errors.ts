import { STATUS_CODES } from 'node:http';
import type { Report, ReportSchedule } from './openapi.js';
import { oneLine } from './redact.js';

/** What a {@link ReportsError} is made of. */
export interface Failure {
  operation: string;
  status?: number | undefined;
  reasonCode?: string | undefined;
  serviceMessage?: string | undefined;
  requestId?: string | undefined;
  idempotencyKey?: string | undefined;
  attempts: number;
  retryAfterMs?: number | undefined;
  diagnosis?: string | undefined;
  cause?: unknown;
}

/**
 * A call that failed: a response that isn't 2xx, a 2xx response that can't be read, no response at all, or a request that couldn't
 * be sent (0 attempts). Its message is one line with all of it. It holds no key, signature, token or query of a download URL.
 */
export class ReportsError extends Error {
  override readonly name = 'ReportsError';
  /** The documentation's name of the operation, such as createReport. */
  readonly operation: string;
  /** The HTTP status, or 0 if there was no response. */
  readonly status: number;
  /** The service's reason code, such as InvalidParameterValue, or "" if the response had none. */
  readonly reasonCode: string;
  /** The service's own message, or what is wrong with its response. */
  readonly serviceMessage: string;
  /** The response's x-amz-pay-request-id, for Amazon's support, or "". */
  readonly requestId: string;
  /** The key of a POST, or "". Repeating the same request with it can't create anything twice. */
  readonly idempotencyKey: string;
  /** How often the request was sent. */
  readonly attempts: number;
  /** How long the service asked to wait, in milliseconds, or 0. */
  readonly retryAfterMs: number;
  /** Why a signature or a date was refused and what to do, as far as the client can tell, or "". */
  readonly diagnosis: string;

  /** @internal */
  constructor(failure: Failure) {
    super(describe(failure), failure.cause === undefined ? undefined : { cause: failure.cause });
    this.operation = failure.operation;
    this.status = failure.status ?? 0;
    this.reasonCode = failure.reasonCode ?? '';
    this.serviceMessage = failure.serviceMessage ?? '';
    this.requestId = failure.requestId ?? '';
    this.idempotencyKey = failure.idempotencyKey ?? '';
    this.attempts = failure.attempts;
    this.retryAfterMs = failure.retryAfterMs ?? 0;
    this.diagnosis = failure.diagnosis ?? '';
  }
}

function describe(failure: Failure): string {
  const { status = 0, attempts } = failure;
  const outcome = status > 0 ? `${status} ${failure.reasonCode || (STATUS_CODES[status] ?? '')}`.trim() : attempts === 0 ? 'not sent' : 'no response';
  const parts = [failure.operation, outcome, oneLine(failure.serviceMessage ?? '', 400), failure.diagnosis ?? ''];
  if (failure.cause !== undefined) {
    parts.push(oneLine(causeText(failure.cause), 400));
  }
  const details = [
    failure.requestId && `request id ${failure.requestId}`,
    failure.idempotencyKey && `idempotency key ${failure.idempotencyKey}`,
    failure.retryAfterMs && `retry after ${failure.retryAfterMs / 1000} s`,
    attempts === 1 ? '1 attempt' : `${attempts} attempts`,
  ];
  return `${parts.filter((part) => part !== '').join(': ')} (${details.filter((detail) => detail).join(', ')})`;
}

/** Says what went wrong below. fetch hides it: its own message is always "fetch failed". */
export function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  if (cause instanceof TypeError && cause.cause instanceof Error) {
    return causeText(cause.cause);
  }
  return cause.message || errorCode(cause) || cause.name;
}

/** The code that Node.js gives an error or what it wraps, such as ECONNRESET, or "". */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) {
    return '';
  }
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : errorCode(error.cause);
}

/** The service gave up making a report (FAILED). Create it again. */
export class ReportFailedError extends Error {
  override readonly name = 'ReportFailedError';
  /** @internal */
  constructor(readonly report: Report) {
    super(`report ${report.reportId} FAILED: the service aborted it. Create it again, and quote its id to Amazon's support if that fails too`);
  }
}

/** A report was cancelled, which is how the service says that its time range has no data. */
export class ReportCancelledError extends Error {
  override readonly name = 'ReportCancelledError';
  /** @internal */
  constructor(readonly report: Report) {
    super(`report ${report.reportId} was CANCELLED: there is no data from ${report.startTime ?? '?'} to ${report.endTime ?? '?'}, or someone cancelled it`);
  }
}

/** Nothing was created, because the report type already has a schedule. */
export class ReportScheduleExistsError extends Error {
  override readonly name = 'ReportScheduleExistsError';
  /** @internal */
  constructor(
    readonly reportType: string,
    /** The existing schedules, as far as the service named them. */
    readonly schedules: ReportSchedule[],
  ) {
    const id = schedules[0]?.reportScheduleId;
    super(`${reportType} already has ${id === undefined ? 'a schedule' : `the schedule ${id}`}, and nothing was created: set deleteExistingSchedule to replace it`);
  }
}
