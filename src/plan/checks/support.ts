import { daysBetween, isoDay, supportOf } from '../../version/calendar.ts';
import { formatMinor, type Minor, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted } from './wording.ts';

/** An upgrade wants to be planned, tried and approved before the next one is due. */
const SOON_DAYS = 60;

/** Minors that no longer get fixes, or not for long: where the cluster stands, what it passes through, and where it comes. */
export const support: Check = {
  code: 'SUPPORT_ENDED',
  ok: 'The versions of this plan are supported by the Kubernetes project.',
  needs: [],
  look: context => {
    const { from, to } = context.draft;
    const unknown = supportOf(context.calendar, to, isoDay(context.draft.createdAt)).kind === 'unknown';
    return [
      ...(unknown ? [untold(to)] : []),
      ...ended(context, [to], 'The target', 'Plan for a newer minor: `latest` is the newest one supported.'),
      ...(isSame(from, to) ? [] : ended(context, [from], 'The present minor', 'This plan leaves it.')),
      ...ended(
        context,
        between(context),
        'On the way,',
        'A run that halts may leave the cluster there: see to it that it is finished soon.',
      ),
      ...endsSoon(context),
    ];
  },
};

/** The check of the calendar warns about that. */
function untold(to: Minor): Finding {
  const sentence = `Whether ${formatMinor(to)} is supported is not known: it is newer than the release calendar.`;
  return { code: 'SUPPORT_ENDED', severity: 'ok', sentence, remedy: '' };
}

function isSame(a: Minor, b: Minor): boolean {
  return minorsBetween(a, b) === 0;
}

/** Where a run can come to stand that is neither where the plan begins nor where it ends. */
function between({ draft: { hops, from, to } }: CheckContext): Minor[] {
  return hops.map(hop => hop.to).filter(minor => !isSame(minor, from) && !isSame(minor, to));
}

/** `what` the minors are, in the order in which they come. */
function ended({ calendar, draft }: CheckContext, minors: readonly Minor[], what: string, remedy: string): Finding[] {
  const old = minors.flatMap(minor => {
    const state = supportOf(calendar, minor, isoDay(draft.createdAt));
    return state.kind === 'ended' ? [{ minor, on: state.on }] : [];
  });
  if (old.length === 0) return [];
  const names = old.map(({ minor }) => formatMinor(minor)).join(', ');
  const days = old.flatMap(({ on }) => on ?? []).join(', ');
  const are = old.length > 1 ? 'are' : 'is';
  const since = days === '' ? '' : ` since ${days}`;
  const sentence = `${what} ${names} ${are} no longer supported by the Kubernetes project${since}.`;
  return [{ code: 'SUPPORT_ENDED', severity: 'warn', sentence, remedy }];
}

function endsSoon({ calendar, draft: { to, createdAt } }: CheckContext): Finding[] {
  const today = isoDay(createdAt);
  const state = supportOf(calendar, to, today);
  if (state.kind !== 'supported' || state.until === undefined) return [];
  const days = daysBetween(today, state.until);
  if (days > SOON_DAYS) return [];
  return [
    {
      code: 'SUPPORT_ENDS_SOON',
      severity: 'warn',
      sentence: `The target ${formatMinor(to)} is supported until ${state.until} only, for ${counted(days, 'more day')}.`,
      remedy: 'Plan for a newer minor, or plan the next upgrade in time.',
    },
  ];
}
