// Checks of 2xx responses: what isn't there must not be taken for nothing, such as a response without its list for an empty list.
import { inspect } from 'node:util';
import type { ReportDocument } from './openapi.js';

type Members = Record<string, unknown>;

/** Members that are strings in the contract. Services have been seen to send numbers instead. */
const texts = ['reportId', 'reportDocumentId', 'reportScheduleId', 'settlementId', 'sellerId', 'amazonDisbursementReferenceId', 'amount'];

/** Turns numbers into the strings that the contract says, if JSON.parse can't have rounded them. */
function asContract(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('an object is missing');
  }
  const members = value as Members;
  for (const name of texts) {
    const member = members[name];
    if (typeof member === 'number') {
      const text = String(member);
      if (!/^-?\d+(\.\d+)?$/.test(text) || (!Number.isSafeInteger(member) && text.replace(/\D/g, '').length > 15)) {
        throw new TypeError(`${name} is the number ${text}, which may have been rounded`);
      }
      members[name] = text;
    }
  }
  return members;
}

/** Checks that an object has a member that isn't empty, and that it is the one that was asked for. */
export function checkMember<T>(value: T, name: string, asked?: string): T {
  const member = asContract(value)[name];
  if (typeof member !== 'string' || member === '') {
    throw new TypeError(`${name} is missing`);
  }
  if (asked !== undefined && member !== asked) {
    throw new TypeError(`it is about the ${name} ${member}, not ${asked}`);
  }
  return value;
}

/** Checks that a response has its list, and that each element has what identifies it. */
export function checkList<T>(value: T, list: string, ...required: string[]): T {
  const elements = asContract(value)[list];
  if (!Array.isArray(elements)) {
    throw new TypeError(`the list ${list} is missing`);
  }
  for (const [i, element] of elements.entries()) {
    for (const name of required) {
      try {
        checkMember(element as Members, name);
      } catch (error) {
        throw new TypeError(`${list}[${i}]: ${(error as Error).message}`);
      }
    }
  }
  return value;
}

/** Checks the list of disbursements, whose amounts must be exact decimals. */
export function checkDisbursements<T extends { disbursements: { amount: string }[] }>(value: T): T {
  checkList(value, 'disbursements', 'settlementId', 'amount', 'currencyCode');
  for (const [i, { amount }] of value.disbursements.entries()) {
    if (!/^-?[0-9]+(\.[0-9]+)?$/.test(amount)) {
      throw new TypeError(`disbursements[${i}]: the amount ${JSON.stringify(amount.slice(0, 32))} is not a number such as 1000.50`);
    }
  }
  return value;
}

/** Keeps the query of the download URL, which is a secret, out of console.log and util.inspect. The member itself is unchanged. */
export function hideQuery(document: ReportDocument): ReportDocument {
  return Object.defineProperty(document, inspect.custom, {
    value: () => ({ ...document, url: document.url.replace(/\?.*$/s, '?REDACTED') }),
  });
}
