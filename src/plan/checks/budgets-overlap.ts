import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** The eviction API answers 500 for a pod with more than one budget (api-eviction), so its drain could never end. */
export const budgetsOverlap: Check = {
  code: 'PDB_OVERLAP',
  ok: 'No pod has more than one disruption budget.',
  needs: [LOOKS.pods, LOOKS.budgets],
  look: ({ drains }) => {
    const groups = new Map<string, string[]>();
    for (const pod of drains.leaving) {
      const found = drains.budgetsOf(pod);
      if (found.length < 2 || pod.phase === 'Pending') continue;
      const budgets = listed(found.map(podName));
      const group = groups.get(budgets);
      if (group) group.push(podName(pod));
      else groups.set(budgets, [podName(pod)]);
    }
    return [...groups].map(([budgets, pods]) => ({
      code: 'PDB_OVERLAP',
      severity: 'block',
      sentence: `${counted(pods.length, 'pod')} cannot be evicted, because several budgets select them (${budgets}): ${listed(pods)}.`,
      remedy: 'Narrow the selectors until one budget is left for each pod, or remove the others.',
    }));
  },
};
