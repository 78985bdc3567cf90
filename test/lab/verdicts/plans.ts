import type { Trial } from '../trial.ts';
import type { Evidence } from './evidence.ts';
import type { Verdict } from './verdict.ts';

export function judgePlans({ plans, trial }: Evidence): Verdict[] {
  const { before, after } = plans;
  const passes = before.passes.map(([kind, phase, nodes]) => `${kind}, ${phase}: ${nodes.toSorted().join(' ')}`);
  const asWanted = before.hops === trial.hops.length && before.to === trial.to.version;
  return [
    {
      holds: before.code === 0 && asWanted && passes.join() === passesOf(trial).join(),
      sentence: `"capstan plan" before ends with ${before.code} and plans ${before.hops} hops to ${before.to}: ${passes.join('; ')}`,
    },
    {
      holds: after.code === 0 && /nothing to do/i.test(after.text),
      sentence: `"capstan plan" after ends with ${after.code} and says "${after.text.trim().split('\n')[0]}"`,
    },
  ];
}

/** In each hop kubeadm on every control plane, then their kubelets, then the workers; who carries what decides the rest. */
function passesOf({ hops, controlPlanes, workers }: Trial): string[] {
  const passes = [
    `control-plane, control-plane: ${controlPlanes.toSorted().join(' ')}`,
    `control-plane, kubelet: ${controlPlanes.toSorted().join(' ')}`,
    `workers, kubelet: ${workers.toSorted().join(' ')}`,
  ];
  return hops.flatMap(() => (workers.length > 0 ? passes : passes.slice(0, 2)));
}
