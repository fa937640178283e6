import { createReport, getReportById, getReports } from './generated';
import { client } from './generated/client.gen';
import { baseUrl, request, run, signedFetch, types } from './run';

client.setConfig({ baseUrl, fetch: signedFetch, throwOnError: true });

void run({
  list: async (pageSize) => (await getReports({ query: { reportTypes: types, pageSize }, throwOnError: true })).data,
  next: async (nextToken) => (await getReports({ query: { nextToken }, throwOnError: true })).data,
  create: async () => (await createReport({ body: request, throwOnError: true })).data,
  status: async (reportId) => (await getReportById({ path: { reportId }, throwOnError: true })).data.processingStatus,
});
