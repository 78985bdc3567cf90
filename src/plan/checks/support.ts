import { supportOf } from '../../version/calendar.ts';
import { formatMinor, type Minor } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';

/** Minors that no longer get fixes: where the cluster stands, and where the plan would leave it. */
export const support: Check = {
  code: 'SUPPORT_ENDED',
  ok: 'The versions of this plan are supported by the Kubernetes project.',
  look: context => {
    const { from, to } = context.draft;
    return [
      ...ended(context, to, 'The target', 'Plan for a newer minor: `latest` is the newest one supported.'),
      ...(from.minor === to.minor ? [] : ended(context, from, 'The present minor', 'This plan leaves it.')),
    ];
  },
};

function ended({ calendar, draft }: CheckContext, minor: Minor, what: string, remedy: string): Finding[] {
  const today = new Date(draft.createdAt).toISOString().slice(0, 10);
  const state = supportOf(calendar, minor, today);
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
