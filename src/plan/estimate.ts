import type { Hop, Pass } from './plan.ts';

/** Seconds, one node at a time. Measured on a kubeadm cluster of three hosts; drains depend on what runs there. */
const ASSUMED = { apply: 180, node: 120, kubelet: 120 } as const;

/** How long the chain takes where nothing blocks, in whole seconds, and what that rests on, as a sentence. */
export function estimate(hops: readonly Hop[]): { readonly seconds: number; readonly basis: string } {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const seconds = passes.reduce((sum, pass) => sum + secondsOf(pass), 0);
  return {
    seconds,
    basis:
      'Assumed, not measured on this cluster: 3 min for kubeadm upgrade apply, 2 min for kubeadm upgrade node on each ' +
      'further control-plane node, 2 min to drain, upgrade and uncordon a node; one node at a time, nothing blocked.',
  };
}

function secondsOf({ phase, nodes }: Pass): number {
  if (phase === 'kubelet') return nodes.length * ASSUMED.kubelet;
  return nodes.reduce((sum, { kubeadm }) => sum + (kubeadm === 'apply' ? ASSUMED.apply : ASSUMED.node), 0);
}
