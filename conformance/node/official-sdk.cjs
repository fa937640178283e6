// Proves that the simulator answers Amazon's own Node SDK as the documentation says: it calls every operation that the SDK has and prints one
// line of JSON a call, {name, status, data}. Run by node_test.go, which checks the lines.
//
// SIMULATOR is the line of JSON that `payreports simulate --tls` prints. KEY_ID replaces its public key id, and with KEY_FORMAT=pkcs1 the key
// is in that form. With TAMPER=1 one byte of each signature is changed.
'use strict';

const crypto = require('crypto');
const fs = require('fs');

const simulator = JSON.parse(process.env.SIMULATOR);

if (process.env.TAMPER === '1') {
  const createSign = crypto.createSign;
  crypto.createSign = (...args) => {
    const signer = createSign(...args);
    const sign = signer.sign.bind(signer);
    signer.sign = (options, encoding) => {
      const signature = sign(options);
      signature[signature.length - 1] ^= 1;
      return signature.toString(encoding);
    };
    return signer;
  };
}

const { WebStoreClient } = require('@amazonpay/amazon-pay-api-sdk-nodejs');

let privateKey = fs.readFileSync(simulator.privateKeyFile);
if (process.env.KEY_FORMAT === 'pkcs1') {
  privateKey = crypto.createPrivateKey(privateKey).export({ type: 'pkcs1', format: 'pem' });
}

const client = new WebStoreClient({
  publicKeyId: process.env.KEY_ID || simulator.publicKeyId,
  privateKey,
  sandbox: false, // which counts only for ids that don't begin with LIVE or SANDBOX
  region: 'us',
  algorithm: process.env.ALGORITHM,
  overrideServiceUrl: simulator.url.replace('https://', ''),
});

async function call(name, promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    if (!error.response) throw error;
    answer = error.response;
  }
  console.log(JSON.stringify({ name, status: answer.status, data: answer.data }));
  return answer.data;
}

const key = () => ({ 'x-amz-pay-idempotency-key': crypto.randomUUID().replaceAll('-', '') });

(async () => {
  const refund = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_';
  const settlement = '_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_';
  const created = await call('createReport', client.createReport(
    { reportType: refund, startTime: '20220804T000000Z', endTime: '20220804T235959Z' }, key()));
  await call('getReports', client.getReports({ reportTypes: [settlement, refund].join(','), pageSize: 3 }));
  await call('getReports without parameters', client.getReports());
  await call('getReportById', client.getReportById(created.reportId || 'x'));
  const list = await call('getReports, completed', client.getReports({ reportTypes: settlement, processingStatuses: 'COMPLETED', pageSize: 1 }));
  await call('getReportDocument', client.getReportDocument(list.reports?.[0]?.reportDocumentId || 'x'));
  const schedule = { reportType: refund, scheduleFrequency: 'PT84H', nextReportCreationTime: '20300618T150630Z', deleteExistingSchedule: true };
  const scheduled = await call('createReportSchedule', client.createReportSchedule(schedule, key()));
  await call('createReportSchedule again', client.createReportSchedule({ ...schedule, deleteExistingSchedule: false }, key()));
  await call('getReportSchedules', client.getReportSchedules(refund));
  await call('getReportScheduleById', client.getReportScheduleById(scheduled.reportScheduleId || '1'));
  await call('cancelReportSchedule', client.cancelReportSchedule(scheduled.reportScheduleId || '1'));
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
