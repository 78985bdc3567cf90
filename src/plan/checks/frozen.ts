import { momentWords } from '../../policy/explain.ts';
import { freezeAt } from '../../policy/gate.ts';
import type { Check } from './check.ts';

/** People froze the cluster for a reason: nothing is even approved before the freeze is over. */
export const frozen: Check = {
  code: 'FROZEN',
  ok: 'The cluster is not frozen.',
  needs: [],
  applies: ({ hasPolicy }) => hasPolicy,
  look: ({ policy, draft }) => {
    const freeze = freezeAt(policy.freezes, draft.createdAt);
    if (!freeze) return [];
    return [
      {
        code: 'FROZEN',
        severity: 'block',
        sentence: `The policy has frozen this cluster until ${momentWords(freeze.until, freeze.timeZone)}. The reason given: ${freeze.reason}.`,
        remedy: 'Plan again when the freeze is over, or have it taken out of the policy.',
      },
    ];
  },
};
