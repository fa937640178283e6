const pattern =
  /^(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2}))T(\d{2})(?:([:-])(\d{2})\7(\d{2})|(\d{2})(\d{2}))(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})?$/;

/** Writes a time as the API's requests want it: `YYYYMMDDTHHMMSSZ`, in UTC, without fractions of a second. */
export function timestamp(date: Date): string {
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) {
    throw new TypeError('the time is no valid Date of the years 0 to 9999');
  }
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

/**
 * Reads a time of an answer in all forms that occur: `20221118T150630Z`, RFC 3339, and the documentation's `2022-08-04T00-00-00Z`.
 * Without an offset it is UTC. An empty or missing time is undefined; anything else throws a TypeError.
 */
export function parseTime(text: string | null | undefined): Date | undefined {
  if (text === '' || text === null || text === undefined) {
    return undefined;
  }
  const match = pattern.exec(text);
  if (match !== null) {
    const [, year, dashedMonth, dashedDay, month, day, hour, , separateMinute, separateSecond, minute, second, fraction = '', zone = 'Z'] = match;
    const local = `${year}-${dashedMonth ?? month}-${dashedDay ?? day}T${hour}:${separateMinute ?? minute}:${separateSecond ?? second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
    const date = new Date(local);
    // Date takes 30 February for a day in March, so what it has read must be what was written.
    if (!Number.isNaN(date.getTime()) && date.toISOString() === local) {
      const [sign, hours, minutes] = [zone.startsWith('-') ? -1 : 1, Number(zone.slice(1, 3)), Number(zone.slice(-2))];
      if (zone === 'Z') {
        return date;
      }
      if (hours < 24 && minutes < 60) {
        return new Date(date.getTime() - sign * (hours * 60 + minutes) * 60_000);
      }
    }
  }
  throw new TypeError(`${JSON.stringify(text.slice(0, 64))} is not a time of this API, such as 20221118T150630Z`);
}
