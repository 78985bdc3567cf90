import type { PodView, VolumeView } from '../snapshot.ts';
import { createNumbering } from './alike.ts';
import type { Need } from './fleet.ts';
import type { NodeGroups } from './node-groups.ts';
import { createSuits, type VolumeTerms } from './suit.ts';

/** What pods ask of their node; those that ask for the same share one need. */
export function createNeeds(nodes: NodeGroups, volumes: readonly VolumeView[]): (pod: PodView) => Need {
  const suitOf = createSuits(nodes);
  const numberOf = createNumbering();
  const known = new Map<string, Need>();
  const termsOf = new Map(volumes.map(({ claim, nodeAffinity }) => [claim, nodeAffinity]));
  const mounts = ({ namespace, claims }: PodView): VolumeTerms =>
    claims.map(claim => termsOf.get(`${namespace}/${claim}`) ?? []).filter(terms => terms.length > 0);
  return pod => {
    const suit = suitOf(pod, mounts(pod));
    const key = `${numberOf(pod.requests)} ${numberOf(pod.hostPorts)} ${suit.key}`;
    const need = known.get(key) ?? { requests: { ...pod.requests, pods: 1 }, hostPorts: pod.hostPorts, suit };
    known.set(key, need);
    return need;
  };
}
