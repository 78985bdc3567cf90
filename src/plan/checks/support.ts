import { daysBetween, isoDay, supportOf } from '../../version/calendar.ts';
import { formatMinor, type Minor } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted } from './wording.ts';

/** An upgrade wants to be planned, tried and approved before the next one is due. */
const SOON_DAYS = 60;

/** Minors that no longer get fixes, or not for long: where the cluster stands, and where the plan would leave it. */
export const support: Check = {
  code: 'SUPPORT_ENDED',
  ok: 'The versions of this plan are supported by the Kubernetes project.',
  look: context => {
    const { from, to } = context.draft;
    return [
      ...ended(context, to, 'The target', 'Plan for a newer minor: `latest` is the newest one supported.'),
      ...(from.minor === to.minor ? [] : ended(context, from, 'The present minor', 'This plan leaves it.')),
      ...endsSoon(context),
    ];
  },
};

function ended({ calendar, draft }: CheckContext, minor: Minor, what: string, remedy: string): Finding[] {
  const state = supportOf(calendar, minor, isoDay(draft.createdAt));
  if (state.kind !== 'ended') return [];
  const when = state.on === undefined ? '' : ` since ${state.on}`;
  return [
    {
      code: 'SUPPORT_ENDED',
      severity: 'warn',
      sentence: `${what} ${formatMinor(minor)} is no longer supported by the Kubernetes project${when}.`,
      remedy,
    },
  ];
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
