import { BlockList, isIP } from 'node:net';

/** A region, or the name of one of its marketplaces: us is na, de and uk are eu. */
export type Region = 'na' | 'us' | 'eu' | 'de' | 'uk' | 'jp';
export type Environment = 'live' | 'sandbox';

const regions: Record<string, string> = { na: 'na', us: 'na', eu: 'eu', de: 'eu', uk: 'eu', jp: 'jp' };
const hosts: Record<string, string> = { na: 'pay-api.amazon.com', eu: 'pay-api.amazon.eu', jp: 'pay-api.amazon.jp' };

export function parseRegion(region: string | undefined): string {
  const parsed = Object.hasOwn(regions, region?.toLowerCase() ?? '') ? regions[region!.toLowerCase()] : undefined;
  if (parsed === undefined) {
    throw new TypeError(`the region is ${JSON.stringify(region)}: use na (or us), eu (or de, uk) or jp`);
  }
  return parsed;
}

/** The URL that all operations are under, without a slash at its end. */
export function baseURL(region: string, publicKeyId: string, environment: Environment | undefined, endpoint: string | undefined): string {
  const path = basePath(publicKeyId, environment);
  let url: URL;
  try {
    url = new URL(endpoint ?? `https://${hosts[region]}`);
  } catch {
    throw new TypeError('the endpoint is not a URL such as https://pay-api.amazon.eu');
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(endpoint ?? '')) {
    throw new TypeError('the endpoint has a user name, a query or a fragment: give scheme, host, port and path only');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new TypeError('the endpoint must be https (http is allowed to loopback addresses only)');
  }
  const given = /^[a-z]+:\/\/[^/]*\/./i.test(endpoint ?? '') || (/\/$/.test(endpoint ?? '') && !Object.values(hosts).includes(url.hostname));
  return url.origin + (given ? url.pathname.replace(/\/$/, '') : path);
}

/** Key ids that begin with LIVE or SANDBOX name their environment; all others need it in the path. */
function basePath(publicKeyId: string, environment: Environment | undefined): string {
  const named = /^(LIVE|SANDBOX)/i.exec(publicKeyId)?.[1]?.toLowerCase();
  if (environment !== undefined && environment !== 'live' && environment !== 'sandbox') {
    throw new TypeError(`the environment is ${JSON.stringify(environment)}: use live or sandbox`);
  }
  if (named === undefined && environment === undefined) {
    throw new TypeError(`the public key id ${JSON.stringify(publicKeyId.slice(0, 40))} doesn't begin with LIVE or SANDBOX: give the option environment`);
  }
  if (named !== undefined && environment !== undefined && named !== environment) {
    throw new TypeError(`the public key id is for ${named}, but the option environment is ${environment}`);
  }
  return named === undefined ? `/${environment}/v2` : '/v2';
}

/** Addresses that no public service has: this machine, private networks, carriers, benchmarks, multicast, IPv6 spellings of IPv4. */
const internal = {
  ipv4: addresses('ipv4', [
    '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3',
  ]),
  ipv6: addresses('ipv6', ['::/96', '::ffff:0:0/96', '64:ff9b::/96', '2002::/16', 'fc00::/7', 'fe80::/10', 'ff00::/8']),
};

function addresses(family: 'ipv4' | 'ipv6', ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split('/') as [string, string];
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Whether a URL's host names this machine, or is an address that isn't public. Other names are not looked up. */
export function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  switch (isIP(host)) {
    case 4:
      return internal.ipv4.check(host, 'ipv4');
    case 6:
      return internal.ipv6.check(host, 'ipv6');
    default:
      return host === 'localhost' || host.endsWith('.localhost');
  }
}

/** Refuses a download URL that the service has no reason to give. A service on this machine, such as a simulator, gives internal ones. */
export function checkDocumentURL(url: URL, endpoint: URL): void {
  if (url.username !== '' || url.password !== '') {
    throw new TypeError("the service's download URL holds a user name, which the storage's URLs never do");
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new TypeError("the service's download URL isn't https");
  }
  if (isInternal(url.hostname) && !isInternal(endpoint.hostname)) {
    throw new TypeError("the service's download URL leads to this machine or a private network: check what answers at the endpoint");
  }
}
