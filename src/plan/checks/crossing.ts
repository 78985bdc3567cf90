import { type Minor, minorsBetween } from '../../version/kubernetes-version.ts';
import type { Hop, PlannedNode } from '../plan.ts';

/** The nodes whose kubelet comes to this minor, or past it, by the plan. What runs there already has shown that it can. */
export function crossing(hops: readonly Hop[], since: Minor): readonly PlannedNode[] {
  const nodes = hops.flatMap(({ to, stages }) =>
    stages
      .flatMap(({ passes }) => passes)
      .filter(({ phase }) => phase === 'kubelet' && minorsBetween(to, since) >= 0)
      .flatMap(pass => pass.nodes)
      .filter(({ version }) => minorsBetween(version, since) < 0),
  );
  return [...new Map(nodes.map(node => [node.name, node])).values()];
}
