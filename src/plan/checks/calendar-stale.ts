import { type Calendar, daysAhead, isoDay, newestMinor, staleDays } from '../../version/calendar.ts';
import { formatMinor, type Minor, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';

/** A plan goes to the newest patches that are known: whoever approves it must know how much that says. */
export const calendarStale: Check = {
  code: 'CALENDAR_STALE',
  ok: 'The release calendar is new enough to know the newest patches.',
  needs: [],
  look: ({ calendar, draft: { createdAt, to } }) => {
    const today = isoDay(createdAt);
    return [...old(calendar, today), ...ahead(calendar, today), ...overtaken(calendar, to)];
  },
};

function old(calendar: Calendar, today: string): Finding[] {
  const days = staleDays(calendar, today);
  if (days === undefined) return [];
  return [
    doubt(
      `What is known about releases is ${days} days old (${origin(calendar)}): newer patches and minors may be out.`,
      `${RENEW}; or name the version that you want.`,
    ),
  ];
}

/** It would never be called old, and a wrong clock says nothing true about support either. */
function ahead(calendar: Calendar, today: string): Finding[] {
  const days = daysAhead(calendar, today);
  if (days === undefined) return [];
  return [
    doubt(
      `What is known about releases is dated ${days} days ahead of today, ${today} (${origin(calendar)}): the clock or that ` +
        'date is wrong, so it cannot be told how old it is, nor which versions are still supported.',
      'Set the clock of the host that planned this, or mend asOf in the calendar file; then plan again.',
    ),
  ];
}

/** What runs somewhere can be planned for, whether or not the calendar has heard of it. */
function overtaken(calendar: Calendar, to: Minor): Finding[] {
  const newest = newestMinor(calendar).minor;
  if (minorsBetween(to, newest) <= 0) return [];
  return [
    doubt(
      `The target ${formatMinor(to)} is newer than all that is known about releases, which ends with ` +
        `${formatMinor(newest)} (${origin(calendar)}): neither its patches nor its support are known.`,
      `${RENEW}.`,
    ),
  ];
}

function origin({ asOf, source }: Calendar): string {
  return `of ${asOf}, by ${source}`;
}

const RENEW =
  'Let the worker reach dl.k8s.io, or set its CAPSTAN_RELEASES_URL to a mirror or to a calendar file of your own';

function doubt(sentence: string, remedy: string): Finding {
  return { code: 'CALENDAR_STALE', severity: 'warn', sentence, remedy };
}
