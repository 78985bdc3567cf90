import type { NodeView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/** Cordons of people are kept; those that another run left behind are named with that run. */
export const nodesCordoned: Check = {
  code: 'NODE_CORDONED',
  ok: 'No node is cordoned.',
  look: ({ snapshot, ownRun }) => {
    const foreign = snapshot.nodes.filter(node => node.claim !== undefined && node.claim.run !== ownRun);
    return [...byPeople(snapshot.nodes), ...claimed(foreign)];
  },
};

function byPeople(nodes: readonly NodeView[]): Finding[] {
  const cordoned = nodes.filter(node => node.unschedulable && (node.claim?.wasUnschedulable ?? true));
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
}

function claimed(nodes: readonly NodeView[]): Finding[] {
  const byRun = Map.groupBy(nodes, node => node.claim?.run ?? '');
  return [...byRun].map(([run, claimed]) => ({
    code: 'NODE_CLAIMED',
    severity: 'warn',
    sentence: `Run ${run} still claims ${listed(claimed.map(({ name }) => name))}.`,
    remedy: 'If that run is over these are leftovers: the next run takes the nodes over and undoes its cordon.',
  }));
}
