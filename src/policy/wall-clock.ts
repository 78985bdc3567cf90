/** Between epoch milliseconds and what the clocks of a time zone show; the zones are those of the IANA database. */

/** A date and the minutes since its midnight, on no clock in particular. Minutes may run over into other days. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the clocks of the zone show at this instant, to the minute. */
export function wallTime(instant: number, timeZone: string): WallTime {
  const shown = new Date(instant + offsetAt(instant, timeZone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
  };
}

/**
 * The first instant at which the clocks of the zone show this time or a later one. A time that they show twice is meant
 * the first time; one that they skip is the moment at which they jump over it.
 */
export function startOf(time: WallTime, timeZone: string): number {
  const asUtc = utcOf(time);
  // No zone changes its clocks twice within these days, so these are the offsets before and after any change.
  const before = offsetAt(asUtc - DAY_MS, timeZone);
  const after = offsetAt(asUtc + DAY_MS, timeZone);
  for (const offset of [before, after]) {
    if (offsetAt(asUtc - offset, timeZone) === offset) return asUtc - offset;
  }
  return jumpBetween(asUtc - after, asUtc - before, timeZone);
}

export function plusDays(time: WallTime, days: number): WallTime {
  const moved = new Date(utcOf(time) + days * DAY_MS);
  return {
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    minutes: moved.getUTCHours() * 60 + moved.getUTCMinutes(),
  };
}

/** 0 is Sunday. */
export function weekday(time: WallTime): number {
  return new Date(utcOf(time)).getUTCDay();
}

function utcOf({ year, month, day, minutes }: WallTime): number {
  return Date.UTC(year, month - 1, day, 0, minutes);
}

/** When between two instants, of which only the later has the new offset, the clocks were put forward. */
function jumpBetween(earlier: number, later: number, timeZone: string): number {
  const old = offsetAt(earlier, timeZone);
  let [low, high] = [earlier, later];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timeZone) === old) low = middle;
    else high = middle;
  }
  return high;
}

/** How far the clocks of the zone are ahead of UTC, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const whole = Math.floor(instant / 1_000) * 1_000;
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(whole)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const read = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const shown = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'));
  return shown - whole;
}

/** Making one takes far longer than asking it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}
