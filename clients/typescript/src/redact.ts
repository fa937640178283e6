const redacted = 'REDACTED';

/** How much of a secret's beginning counts as the secret: what echoes one may cut it. */
const leastPrefix = 12;

/** Bounds a text that is searched for secrets: what is behind is cut off. */
const maxRedacted = 16 << 10;

/**
 * Takes secrets out of a text that comes from outside, also where they are escaped for a URL or JSON or cut, and what looks like
 * one: an echoed signature, and the query of a URL.
 */
export function redact(text: string, secrets: readonly string[]): string {
  text = text.slice(0, maxRedacted);
  for (const secret of secrets.filter((secret) => secret !== '')) {
    for (const spelling of [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/'), secret.replaceAll('+', '-').replaceAll('/', '_')]) {
      const start = spelling.slice(0, leastPrefix).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      text = text.replace(new RegExp(start + '[A-Za-z0-9+/=_%.~|:\\\\-]*', 'gi'), redacted);
    }
  }
  return text
    .replace(/(signature["']?\s*[[:=]\s*["']?)[A-Za-z0-9+/=_%\\-]{16,}/gi, '$1' + redacted)
    .replace(/((?:\\?\/){2}[^\s"'<>?]{1,2048}\?)[^\s"'<>]+/g, '$1' + redacted)
    .replace(/(x-amz-(?:signature|credential|security-token)=)[^&\s"'<>]+/gi, '$1' + redacted);
}

/** Makes text from outside fit for one line of a log or a terminal: no control characters, and none that turn the direction of writing. */
export function oneLine(text: string, limit: number): string {
  const line = text.slice(0, 8 * limit).replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > limit ? line.slice(0, limit) + '…' : line;
}
