import type { Check } from './check.ts';
import { isCordonedByPeople } from './pods-tied.ts';
import { listed } from './wording.ts';

/** Cordons of people are kept; those of a run are told by its claim. */
export const nodesCordoned: Check = {
  code: 'NODE_CORDONED',
  ok: 'Nobody has cordoned a node.',
  needs: [],
  look: ({ snapshot }) => {
    const cordoned = snapshot.nodes.filter(isCordonedByPeople);
    if (cordoned.length === 0) return [];
    return [
      {
        code: 'NODE_CORDONED',
        severity: 'warn',
        sentence: `Somebody has cordoned ${listed(cordoned.map(({ name }) => name))}.`,
        remedy:
          'Those that are Ready are upgraded first and stay cordoned; `kubectl uncordon` them if that is not wanted.',
      },
    ];
  },
};
