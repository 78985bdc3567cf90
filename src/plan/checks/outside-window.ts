import { momentWords, windowWords } from '../../policy/explain.ts';
import { gateAt } from '../../policy/gate.ts';
import type { MaintenanceWindow } from '../../policy/policy.ts';
import type { Check } from './check.ts';

/**
 * People approve by day what is to be done by night: a plan whose window opens in time can be approved, and its run
 * waits. One that would have expired by then cannot.
 */
export const outsideWindow: Check = {
  code: 'OUTSIDE_WINDOW',
  ok: 'Nodes may be started at this time.',
  needs: [],
  applies: ({ hasPolicy }) => hasPolicy,
  look: ({ policy, draft: { createdAt, expiresAt } }) => {
    const gate = gateAt({ windows: policy.windows, freezes: [] }, createdAt);
    const [first] = policy.windows;
    if (gate.kind === 'open' || !first) return [];
    const opens = gateAt(policy, createdAt);
    const when = opens.kind === 'open' ? createdAt : opens.opens;
    const code = 'OUTSIDE_WINDOW';
    const outside = `It is outside of the maintenance windows of this cluster: ${hours(policy.windows)}.`;
    if (when !== undefined && when < expiresAt) {
      const begins = `An upgrade that is approved begins ${momentWords(when, first.timeZone)}.`;
      return [
        { code, severity: 'warn', sentence: `${outside} ${begins}`, remedy: 'Approve in time, and let it wait.' },
      ];
    }
    const never = when === undefined ? 'None will open.' : `The next opens ${momentWords(when, first.timeZone)}.`;
    return [
      {
        code,
        severity: 'block',
        sentence: `${outside} ${never} This plan would have expired by then.`,
        remedy: 'Plan again shortly before the window opens, or let the policy give plans a longer life.',
      },
    ];
  },
};

function hours(windows: readonly MaintenanceWindow[]): string {
  return windows.map(windowWords).join(', or ');
}
