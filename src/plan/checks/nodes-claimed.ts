import type { Check } from './check.ts';
import { listed } from './wording.ts';

/** What another run has left behind, or is at work on. */
export const nodesClaimed: Check = {
  code: 'NODE_CLAIMED',
  ok: 'No other run claims a node.',
  needs: [],
  look: ({ snapshot, ownRun }) => {
    const foreign = snapshot.nodes.flatMap(({ name, claim }) =>
      claim !== undefined && claim.run !== ownRun ? [{ name, run: claim.run }] : [],
    );
    return [...Map.groupBy(foreign, ({ run }) => run)].map(([run, claimed]) => ({
      code: 'NODE_CLAIMED',
      severity: 'warn',
      sentence: `Run ${run} still claims ${listed(claimed.map(({ name }) => name))}.`,
      remedy:
        'If that run is over these are leftovers: the next run takes the nodes over once their hosts are idle, and undoes its cordon.',
    }));
  },
};
