const maxEmptyPages = 100;

interface Page<T> {
  elements: T[];
  nextToken: string | null | undefined;
}

/**
 * Goes through a list whose pages are linked by tokens. Absent, null and "" end it. A page without elements is not the end as long as it
 * has a token. A token that comes twice is an error, because the list would never end, and so are 100 empty pages in a row.
 */
export async function* pages<T>(operation: string, fetchPage: (token: string) => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let empty = 0;
  for (let token = ''; ; ) {
    const { elements, nextToken } = await fetchPage(token);
    yield* elements;
    if (nextToken === undefined || nextToken === null || nextToken === '') {
      return;
    }
    empty = elements.length > 0 ? 0 : empty + 1;
    if (empty === maxEmptyPages) {
      throw new Error(`${operation}: the service sent ${empty} empty pages in a row, each with a nextToken: the list can't be finished`);
    }
    if (typeof nextToken !== 'string' || nextToken.length > 64 << 10) {
      throw new Error(`${operation}: the service sent a nextToken that is no string or longer than 64 KiB: the list can't be finished`);
    }
    if (seen.has(nextToken)) {
      throw new Error(`${operation}: the service sent the same nextToken twice, after ${seen.size + 1} pages: the list can't be finished`);
    }
    seen.add(nextToken);
    token = nextToken;
  }
}
