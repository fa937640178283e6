// What orval's functions send their requests with.
import { baseUrl, signedFetch } from './run';

export async function send<T>(path: string, init: RequestInit): Promise<T> {
  const response = await signedFetch(baseUrl + path, init);
  if (!response.ok) {
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  return { status: response.status, data: await response.json(), headers: response.headers } as T;
}
