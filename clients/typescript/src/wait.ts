import type { CallOptions } from './call.js';
import { causeText, ReportCancelledError, ReportFailedError, ReportsError } from './errors.js';
import type { Report } from './openapi.js';
import { sleep } from './retry.js';

export interface WaitOptions extends CallOptions {
  /** Called with the report each time that it was asked for. */
  onPoll?: ((report: Report) => void) | undefined;
}

const firstPollMs = 2000;
const longestPollMs = 30_000;
/** How long a report may be unknown that was created just before. */
const unknownForMs = 30_000;

interface Reports {
  getReportById(reportId: string, options: CallOptions): Promise<Report>;
}

export async function waitForReport(client: Reports, reportId: string, options: WaitOptions): Promise<Report> {
  const started = performance.now();
  let last: Report | undefined;
  for (let poll = firstPollMs; ; poll = Math.min(poll * 1.5, longestPollMs)) {
    try {
      last = await client.getReportById(reportId, options);
    } catch (error) {
      if (last !== undefined || !isNotKnownYet(error) || performance.now() - started >= unknownForMs) {
        throw error;
      }
    }
    if (last !== undefined) {
      options.onPoll?.(last);
      throwIfFailed(last);
      if (last.processingStatus === 'COMPLETED') {
        return last;
      }
    }
    // A fifth of jitter keeps many programs that started together from asking together.
    await sleep(poll - Math.random() * (poll / 5), options.signal).catch(() => {
      const state = last === undefined ? "the service doesn't know it" : `it is still ${last.processingStatus}`;
      throw new Error(`waiting for report ${reportId}: ${state}: ${causeText(options.signal?.reason)}`, { cause: options.signal?.reason });
    });
  }
}

/** Whether the service itself says that there is no such report, and not something on the way to it. */
function isNotKnownYet(error: unknown): boolean {
  return error instanceof ReportsError && error.status === 404 && error.reasonCode !== '';
}

function throwIfFailed(report: Report): void {
  if (report.processingStatus === 'FAILED') {
    throw new ReportFailedError(report);
  }
  if (report.processingStatus === 'CANCELLED') {
    throw new ReportCancelledError(report);
  }
}

/** The id of a report's document, or an error that says why it has none. */
export function documentOf(report: Report): string {
  throwIfFailed(report);
  if (!report.reportDocumentId) {
    throw new Error(
      report.processingStatus === 'COMPLETED'
        ? `report ${report.reportId} is COMPLETED, but the service names no document for it`
        : `report ${report.reportId} is ${report.processingStatus} and has no document yet: wait for it with waitForReport`,
    );
  }
  return report.reportDocumentId;
}
