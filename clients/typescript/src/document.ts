import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Download, type Chunks, type DownloadOptions } from './download.js';
import { errorCode } from './errors.js';

/** Opens a document as a stream of its uncompressed bytes. */
export async function openDocument(options: DownloadOptions): Promise<Readable> {
  const closed = new AbortController();
  const signal = options.signal === undefined ? closed.signal : AbortSignal.any([options.signal, closed.signal]);
  const download = new Download({ ...options, signal });
  const chunks = await uncompressed(download);
  // Readable.from would wait for a chunk that is on its way before it lets go of the connection.
  return new Readable({
    read() {
      chunks.next().then(({ done, value }) => this.push(done ? null : value), (error: Error) => this.destroy(error));
    },
    destroy(error, done) {
      closed.abort();
      chunks.return().catch(() => {}).finally(() => done(error));
    },
  });
}

/** Undoes gzip. The file's first bytes decide: a declaration doesn't say whether a proxy has undone it already. */
async function uncompressed(download: Download): Promise<Chunks> {
  const stored = await peek(download.bytes());
  if (!beginsLikeGzip(stored.start)) {
    return stored.chunks;
  }
  const content = await peek(gunzip(stored.chunks, download));
  if (beginsLikeGzip(content.start)) {
    await content.chunks.return();
    throw download.failed(new Error('the file is compressed with gzip twice: something between here and the storage has changed it'));
  }
  return content.chunks;
}

function beginsLikeGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

async function* gunzip(stored: Chunks, download: Download): Chunks {
  const unzip = createGunzip();
  const fed = pipeline(stored, unzip).catch((error: unknown) => error);
  try {
    yield* unzip as AsyncIterable<Buffer> as Chunks;
  } catch (error) {
    throw /^Z_/.test(errorCode(error)) ? download.failed(new Error(`the compressed file is damaged: ${(error as Error).message}`)) : error;
  }
  await fed;
  if (unzip.bytesWritten !== download.offset) {
    throw download.failed(new Error('the compressed file is damaged: there are other bytes after its end'));
  }
}

/** Reads the first two bytes without taking them from the chunks. */
async function peek(chunks: Chunks): Promise<{ start: Buffer; chunks: Chunks }> {
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const { done, value } = await chunks.next();
    if (done) {
      break;
    }
    start = Buffer.concat([start, value]);
  }
  return { start, chunks: prepend(start, chunks) };
}

async function* prepend(start: Buffer, chunks: Chunks): Chunks {
  try {
    if (start.length > 0) {
      yield start;
    }
    yield* chunks;
  } finally {
    await chunks.return();
  }
}

/** Writes the content to a file beside the path, and renames it when it is whole and on the disk. */
export async function downloadTo(path: string, content: Readable): Promise<number> {
  const partial = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  try {
    const file = await open(partial, 'wx', 0o600);
    let size = 0;
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        size += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    return size;
  } catch (error) {
    content.destroy();
    await rm(partial, { force: true });
    throw error;
  }
}
