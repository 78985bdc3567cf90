import { LOOKS } from '../../cluster/looks.ts';
import { findSkew, type SkewFinding } from '../../version/skew.ts';
import { apiservers } from '../scope.ts';
import { cureOutsideOfPlans } from '../skew-cure.ts';
import { componentsAfter } from '../walk.ts';
import type { Check, CheckContext } from './check.ts';

/** Skew that stands today. A plan that ends it is the cure and only warned about; one that leaves it there is stopped. */
export const skew: Check = {
  code: 'SKEW_VIOLATED',
  ok: 'Every component is within the version-skew policy, now and after each step.',
  needs: [LOOKS.pods],
  look: context => {
    const { standing, draft } = context;
    const faults = findSkew(standing.components).sort((a, b) => (a.sentence < b.sentence ? -1 : 1));
    if (faults.length === 0) return [];
    const stays = findSkew(componentsAfter(standing.components, draft.hops)).length > 0;
    const shown = faults.slice(0, SHOWN);
    const more = faults.length - shown.length;
    return shown.map((fault, place) => ({
      code: 'SKEW_VIOLATED',
      severity: stays ? 'block' : 'warn',
      sentence:
        place === SHOWN - 1 && more > 0 ? `${fault.sentence} There are ${more} more of this kind.` : fault.sentence,
      remedy: stays ? cureOf(fault, context) : 'This plan brings it back within the policy.',
    }));
  },
};

function cureOf(fault: SkewFinding, { standing }: CheckContext): string {
  return (
    cureOutsideOfPlans(fault, apiservers(standing)) ??
    'Bring the nodes named within the policy first; this plan does not.'
  );
}

const SHOWN = 10;
