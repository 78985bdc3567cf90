import { findSkew } from '../../version/skew.ts';
import { componentsAfter } from '../walk.ts';
import type { Check } from './check.ts';

/** Skew that stands today. A plan that ends it is the cure and only warned about; one that leaves it there is stopped. */
export const skew: Check = {
  code: 'SKEW_VIOLATED',
  ok: 'Every component is within the version-skew policy, now and after each step.',
  look: ({ standing, draft }) => {
    const faults = findSkew(standing.components).map(({ sentence }) => sentence);
    if (faults.length === 0) return [];
    const stays = findSkew(componentsAfter(standing.components, draft.hops)).length > 0;
    const shown = faults.sort().slice(0, SHOWN);
    const more = faults.length - shown.length;
    return shown.map((sentence, place) => ({
      code: 'SKEW_VIOLATED',
      severity: stays ? 'block' : 'warn',
      sentence: place === SHOWN - 1 && more > 0 ? `${sentence} There are ${more} more of this kind.` : sentence,
      remedy: stays
        ? 'Bring the nodes named within the policy first; this plan does not.'
        : 'This plan brings it back within the policy.',
    }));
  },
};

const SHOWN = 10;
