import { OpenAPI, ReportsService, ReportTypes } from './generated';
import { baseUrl, request, run, signedFetch, types } from './run';

OpenAPI.BASE = baseUrl;
globalThis.fetch = signedFetch;

void run({
  list: (pageSize) => ReportsService.getReports(types as unknown as ReportTypes[], undefined, undefined, undefined, pageSize),
  next: (nextToken) => ReportsService.getReports(undefined, undefined, undefined, undefined, undefined, nextToken),
  create: () => ReportsService.createReport(request as Parameters<typeof ReportsService.createReport>[0]),
  status: async (reportId) => (await ReportsService.getReportById(reportId)).processingStatus,
});
