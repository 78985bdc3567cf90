import { isoDay, staleDays } from '../../version/calendar.ts';
import type { Check } from './check.ts';

/** A plan goes to the newest patches that are known: whoever approves it must know how much that says. */
export const calendarStale: Check = {
  code: 'CALENDAR_STALE',
  ok: 'The release calendar is new enough to know the newest patches.',
  needs: [],
  look: ({ calendar, draft }) => {
    const days = staleDays(calendar, isoDay(draft.createdAt));
    if (days === undefined) return [];
    return [
      {
        code: 'CALENDAR_STALE',
        severity: 'warn',
        sentence: `What is known about releases is ${days} days old (of ${calendar.asOf}, by ${calendar.source}): newer patches and minors may be out.`,
        remedy:
          'Let the worker reach dl.k8s.io, or set its CAPSTAN_RELEASES_URL to a mirror or to a calendar file of your own; or name the version that you want.',
      },
    ];
  },
};
