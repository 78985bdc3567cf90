import {
  type Calendar,
  daysAhead,
  daysBetween,
  newestMinor,
  newestOf,
  newestPatch,
  staleDays,
  supportOf,
} from './calendar.ts';
import { formatMinor, formatVersion, type Minor } from './kubernetes-version.ts';

/** What the calendar says about one minor, as words and numbers for people. Days are ISO days. */
export interface SupportView {
  readonly minor: string;
  readonly state: 'supported' | 'ended' | 'unknown';
  /** The last day of support, where one is known. */
  readonly day: string | undefined;
  /** Until then; negative where it has passed. */
  readonly daysLeft: number | undefined;
  readonly newestPatch: string | undefined;
  /** The newest version of all. */
  readonly newest: string;
  readonly known: CalendarAge;
}

/** How much the calendar itself can be believed. */
export interface CalendarAge {
  readonly asOf: string;
  readonly source: string;
  /** Its age in days, where it has probably missed a patch. */
  readonly staleDays: number | undefined;
  /** How many days it lies ahead of today, where the clock or the calendar must be wrong. */
  readonly daysAhead?: number | undefined;
}

export function supportView(minor: Minor, calendar: Calendar, today: string): SupportView {
  const support = supportOf(calendar, minor, today);
  const day = support.kind === 'supported' ? support.until : support.kind === 'ended' ? support.on : undefined;
  const patch = newestPatch(calendar, minor);
  return {
    minor: formatMinor(minor),
    state: support.kind,
    day,
    daysLeft: day === undefined ? undefined : daysBetween(today, day),
    newestPatch: patch && formatVersion(patch),
    newest: formatVersion(newestOf(newestMinor(calendar))),
    known: calendarAge(calendar, today),
  };
}

export function calendarAge(calendar: Calendar, today: string): CalendarAge {
  const { asOf, source } = calendar;
  return { asOf, source, staleDays: staleDays(calendar, today), daysAhead: daysAhead(calendar, today) };
}
