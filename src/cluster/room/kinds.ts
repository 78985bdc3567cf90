import type { PodView } from '../snapshot.ts';
import { createIdentities } from './alike.ts';

/** What a drain of its node means to a pod: it stays, it moves to another node, or it goes and nothing creates it again. */
export type Fate = 'stays' | 'moves' | 'goes';

/** Pods that are alike to the scheduler, and to every selector. */
export interface Kind {
  /** One of them. */
  readonly like: PodView;
  readonly fate: Fate;
}

/**
 * The kind of each pod, in their order. Pods of one workload share the parts of their views, so identity tells who is
 * alike; where equal parts are different objects there are more kinds, and nothing else changes. The pods of a controller
 * are compared with the last of their kin, and looked up only where they differ.
 */
export function kindsOf(pods: readonly PodView[], fateOf: (pod: PodView) => Fate): Kind[] {
  const numberOf = createIdentities();
  const known = new Map<string, Kind>();
  const kin = new Map<object, Kind>();
  const lookUp = (pod: PodView, fate: Fate): Kind => {
    const parts = [pod.labels, pod.requests, pod.tolerations, pod.nodeSelector, pod.nodeAffinity, pod.antiAffinity];
    const numbers = [...parts, pod.spread, pod.hostPorts, pod.claims].map(numberOf);
    const key = `${pod.namespace} ${numbers.join()} ${fate} ${pod.deletingSince !== undefined}`;
    const kind = known.get(key) ?? { like: pod, fate };
    known.set(key, kind);
    return kind;
  };
  return pods.map(pod => {
    const fate = fateOf(pod);
    const brother = pod.controller && kin.get(pod.controller);
    if (brother && brother.fate === fate && areAlike(brother.like, pod)) return brother;
    const kind = lookUp(pod, fate);
    if (pod.controller) kin.set(pod.controller, kind);
    return kind;
  });
}

function areAlike(a: PodView, b: PodView): boolean {
  return (
    a.labels === b.labels &&
    a.requests === b.requests &&
    a.tolerations === b.tolerations &&
    a.nodeSelector === b.nodeSelector &&
    a.nodeAffinity === b.nodeAffinity &&
    a.antiAffinity === b.antiAffinity &&
    a.spread === b.spread &&
    a.hostPorts === b.hostPorts &&
    a.namespace === b.namespace &&
    a.claims.length + b.claims.length === 0 &&
    (a.deletingSince === undefined) === (b.deletingSince === undefined)
  );
}
