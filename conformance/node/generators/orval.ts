import { createReport, getReportById, getReports } from './generated/api';
import { request, run, types } from './run';

function ok<Response extends { status: number }, Status extends number>(response: Response, status: Status) {
  if (response.status !== status) {
    throw new Error(`status ${response.status}`);
  }
  return response as Extract<Response, { status: Status }>;
}

void run({
  list: async (pageSize) => ok(await getReports({ reportTypes: types, pageSize }), 200).data,
  next: async (nextToken) => ok(await getReports({ nextToken }), 200).data,
  create: async () => ok(await createReport(request), 201).data,
  status: async (reportId) => ok(await getReportById(reportId), 200).data.processingStatus,
});
