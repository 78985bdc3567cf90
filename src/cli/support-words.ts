import type { CalendarAge, SupportView } from '../version/support-view.ts';

/** `1.36 is supported until 2027-06-28, for 216 more days.` */
export function supportWords({ minor, state, day, daysLeft }: SupportView): string {
  switch (state) {
    case 'supported':
      return day === undefined ? `${minor} is supported.` : `${minor} is supported until ${day}, ${left(daysLeft)}.`;
    case 'ended':
      return `${minor} is no longer supported${day === undefined ? '' : `, since ${day}`}.`;
    case 'unknown':
      return `${minor} is newer than the release calendar knows.`;
  }
}

export function patchWords({ newestPatch, newest }: SupportView): string {
  const patches = newestPatch === undefined ? 'Its patches are not known' : `Its newest patch is ${newestPatch}`;
  return `${patches}; the newest version is ${newest}.`;
}

export function calendarWords({ asOf, source, staleDays, daysAhead }: CalendarAge): string {
  const doubts = [
    ...(staleDays === undefined ? [] : [`That is ${staleDays} days ago, so newer patches may be out.`]),
    ...(daysAhead === undefined ? [] : [`That is ${daysAhead} days ahead: the clock or this calendar is wrong.`]),
  ];
  return [`As of ${asOf}, by ${source}.`, ...doubts].join(' ');
}

function left(days = 0): string {
  return days === 0 ? 'today' : `for ${days} more day${days === 1 ? '' : 's'}`;
}
