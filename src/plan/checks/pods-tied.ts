import { LOOKS } from '../../cluster/looks.ts';
import { isTied } from '../../cluster/room/scarcity.ts';
import type { NodeView } from '../../cluster/snapshot.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** A node that somebody has cordoned stays so: what no other node may take does not come back with it. */
export const podsTied: Check = {
  code: 'POD_TIED_TO_CORDONED',
  ok: 'What is drained from cordoned nodes can run on others.',
  needs: [LOOKS.pods, LOOKS.volumes],
  applies: ({ snapshot }) => snapshot.nodes.some(isCordonedByPeople),
  look: ({ snapshot, room }) => {
    const cordoned = new Set(snapshot.nodes.filter(isCordonedByPeople).map(({ name }) => name));
    const tied = room.homeless.filter(({ node, scarce }) => cordoned.has(node) && isTied(scarce));
    if (tied.length === 0) return [];
    return [
      {
        code: 'POD_TIED_TO_CORDONED',
        severity: 'warn',
        sentence:
          `${counted(tied.length, 'pod')} on nodes that somebody has cordoned can run nowhere else, and will be Pending ` +
          `after the upgrade: ${listed(tied.map(({ pod, node }) => `${podName(pod)} on ${node}`))}.`,
        remedy: 'They are not waited for, and run again once whoever cordoned their node uncordons it.',
      },
    ];
  },
};

/** Whatever a run's claim says of the time before it came. */
export function isCordonedByPeople({ unschedulable, claim }: NodeView): boolean {
  return unschedulable && (claim?.wasUnschedulable ?? true);
}
