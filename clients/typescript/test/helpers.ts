import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { Client, type ClientOptions, type RetryPolicy } from '../dist/index.js';

export const repository = new URL('../../../', import.meta.url).pathname;

export function readJSON<T>(path: string): T {
  return JSON.parse(readFileSync(join(repository, path), 'utf8')) as T;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'payreports-client-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  return folder;
}

let built: string | undefined;

/** The command `payreports`: the one that PAYREPORTS names, or else one that is built here. */
function command(): string {
  if (process.env['PAYREPORTS'] === undefined && built === undefined) {
    built = join(temporaryFolder(), 'payreports');
    execFileSync('go', ['build', '-o', built, './cmd/payreports'], { cwd: repository });
  }
  return process.env['PAYREPORTS'] ?? built!;
}

export interface Simulator {
  url: string;
  publicKeyId: string;
  livePublicKeyId: string;
  privateKeyFile: string;
}

/** Starts the simulator, and stops it after the test. */
export async function simulate(t: TestContext, ...args: string[]): Promise<Simulator> {
  const simulator = spawn(command(), ['simulate', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(async () => {
    simulator.kill('SIGTERM');
    await new Promise((resolve) => simulator.once('exit', resolve));
  });
  const failed = new Promise<never>((_, reject) => simulator.once('error', reject));
  const line = await Promise.race([createInterface(simulator.stdout)[Symbol.asyncIterator]().next(), failed]);
  if (!line.done) {
    return JSON.parse(line.value) as Simulator;
  }
  throw new Error(`payreports simulate ${args.join(' ')} printed nothing`);
}

/** Retries that don't keep a test waiting. */
export const quick: RetryPolicy = { baseDelayMs: 10 };

/** A client of the live merchant, who has all report types. */
export function clientOf(simulator: Simulator, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    region: 'na', publicKeyId: simulator.livePublicKeyId, privateKey: readFileSync(simulator.privateKeyFile), endpoint: simulator.url, retry: quick, ...options,
  });
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A client of a server that doesn't verify signatures. */
export function clientAt(endpoint: string, options: Partial<ClientOptions> = {}): Client {
  return new Client({ region: 'na', publicKeyId: 'LIVE-TEST', privateKey, endpoint, retry: quick, ...options });
}

/** Starts a server for what the simulator never does, and stops it after the test. */
export async function serve(t: TestContext, handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
