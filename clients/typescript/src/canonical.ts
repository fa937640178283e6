// The canonical form of a request, as the introduction of openapi.yaml describes it in the section "Signature".
import { createHash } from 'node:crypto';

export type Algorithm = 'AMZN-PAY-RSASSA-PSS-V2' | 'AMZN-PAY-RSASSA-PSS';

/** The SHA-256 of the bytes, or of the text's UTF-8 form, in lower-case hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * Decodes a path or query component and encodes it again, byte by byte, so that only the unreserved characters of RFC 3986
 * stand for themselves. What isn't valid percent-encoding is literal.
 */
function encode(component: string, plusIsSpace: boolean): string {
  const bytes = Buffer.from(component, 'utf8');
  let encoded = '';
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!;
    const hex = byte === 0x25 ? bytes.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      byte = Number.parseInt(hex, 16);
      i += 2;
    } else if (byte === 0x2b && plusIsSpace) {
      byte = 0x20;
    }
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._~-]/.test(character) ? character : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return encoded;
}

/** The path as it is signed and sent: each segment encoded strictly, repeated slashes collapsed, a slash in front. */
export function canonicalPath(escapedPath: string): string {
  const segments = escapedPath.split('/').filter((segment) => segment !== '').map((segment) => encode(segment, false));
  return '/' + segments.join('/') + (segments.length > 0 && escapedPath.endsWith('/') ? '/' : '');
}

/** The query as it is signed and sent: encoded strictly, without empty values, sorted by encoded name, then by encoded value. */
export function canonicalQuery(rawQuery: string): string {
  const pairs: [name: string, value: string][] = [];
  for (const field of rawQuery.split('&')) {
    const equals = field.indexOf('=');
    if (equals >= 0 && equals < field.length - 1) {
      pairs.push([encode(field.slice(0, equals), true), encode(field.slice(equals + 1), true)]);
    }
  }
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** A header's value as it is signed: no spaces or tabs at its ends, and one space for each run of them within. */
export function canonicalValue(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

/** The names of the signed headers in lower case, sorted and joined by semicolons. */
export function signedNames(headers: Record<string, string>): string {
  return Object.keys(headers).map((name) => name.toLowerCase()).sort().join(';');
}

/** The canonical request. `path` and `query` must be canonical already; `headers` are the headers to sign. */
export function canonicalRequest(method: string, path: string, query: string, headers: Record<string, string>, body: string | Uint8Array): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}:${canonicalValue(value)}`);
  const byName = (line: string) => line.slice(0, line.indexOf(':'));
  lines.sort((a, b) => (byName(a) < byName(b) ? -1 : 1));
  return [method, path, query, ...lines, '', signedNames(headers), sha256(body)].join('\n');
}

/** What is signed: the algorithm's name, a line feed, and the SHA-256 of the canonical request. */
export function stringToSign(algorithm: Algorithm, canonical: string): string {
  return `${algorithm}\n${sha256(canonical)}`;
}
