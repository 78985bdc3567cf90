import type { Attempt } from '../approval/order.ts';
import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { findSkew } from '../version/skew.ts';
import { endsWhenGivenUp } from './course.ts';
import { type ActiveWork, activeWorks, failedWorks, isUpgraded } from './progress.ts';
import type { RunEffect, RunState, Work } from './run.ts';
import { type Transition, withState } from './schedule.ts';

export type ToSkip =
  | { readonly kind: 'failed'; readonly works: readonly Work[] }
  | { readonly kind: 'under-way'; readonly works: readonly ActiveWork[] }
  /** The clause says why. */
  | { readonly kind: 'nobody'; readonly why: string };

/** Whom an order to skip means: the work that it names; else what failed; else what is under way, or blocked. */
export function whomToSkip(run: RunState, at: Attempt | undefined): ToSkip {
  const found = run.status.kind === 'halted' ? amongFailed(run, at) : amongActive(run, at);
  if (found.kind === 'nobody') return found;
  const why = found.works.map(work => whyNotSkip(run, work)).find(sentence => sentence !== undefined);
  return why === undefined ? found : { kind: 'nobody', why };
}

function amongFailed(run: RunState, at: Attempt | undefined): ToSkip {
  const works = failedWorks(run).filter(({ key }) => at === undefined || at.work === key);
  return works.length > 0 ? { kind: 'failed', works } : { kind: 'nobody', why: 'that node is not the one that failed' };
}

function amongActive(run: RunState, at: Attempt | undefined): ToSkip {
  if (run.status.kind !== 'running' && run.status.kind !== 'paused') {
    return { kind: 'nobody', why: `the upgrade is ${run.status.kind}` };
  }
  const active = activeWorks(run);
  const blocked = active.filter(({ state }) => state.blockers.length > 0);
  const meant = at
    ? active.filter(({ key, state }) => key === at.work && state.attempt === at.attempt)
    : blocked.length > 0
      ? blocked
      : active;
  const [work, another] = meant;
  if (!work)
    return { kind: 'nobody', why: at ? 'that node is not under way any more' : 'no node has failed or is under way' };
  if (another) return { kind: 'nobody', why: 'several nodes are under way: use the button of the one that is meant' };
  if (work.state.skipping) return { kind: 'nobody', why: `${work.node} is being skipped already` };
  if (endsWhenGivenUp(work.state.step)) return { kind: 'under-way', works: [work] };
  return { kind: 'nobody', why: `the host of ${work.node} is at work already: wait for its end, or abort after it` };
}

/**
 * Leaves works behind that nobody will go on with. A skipped node is left alone in later hops too, its kubelet and what
 * kubeadm does for that: kubeadm migrates a node only from the minor before.
 */
export function leaveBehind(run: RunState, works: readonly Work[], by: string, now: number): Transition {
  const skipped = withState(
    run,
    work => works.some(left => falls(work, left)),
    () => ({ kind: 'skipped', by, at: now }),
  );
  const effects = works.map((work): RunEffect => {
    const { key, node, phase, target } = work;
    const reached = isUpgraded(work) ? target : undefined;
    return { kind: 'note', id: `${run.id}-${key}-skipped`, note: { kind: 'node-skipped', node, phase, by, reached } };
  });
  return { run: skipped, effects };
}

function falls(work: Work, left: Work): boolean {
  const alike = (work.phase === 'control-plane') === (left.phase === 'control-plane');
  return work.node === left.node && alike && work.group >= left.group;
}

/** What the rest of the upgrade needs the node for, in a clause; undefined: it can do without. */
export function whyNotSkip(run: RunState, left: Work): string | undefined {
  const { phase, node, target } = left;
  if (phase === 'control-plane') {
    return `the rest of the upgrade needs the control plane of ${node} at ${formatVersion(target)}: retry it, or abort`;
  }
  const last = run.works.at(-1)?.target ?? target;
  const kubelet = kubeletOf(run, left);
  const apart = findSkew([
    { kind: 'kube-apiserver', node: undefined, version: last },
    { kind: 'kubelet', node, version: kubelet },
  ]);
  return apart.length > 0
    ? `the kubelet of ${node} would stay at ${formatVersion(kubelet)}, too far behind ${formatVersion(last)}: retry it, or abort`
    : undefined;
}

/** What the node's kubelet runs after what was done to it. */
function kubeletOf({ works }: RunState, { node, kubelet }: Work): KubernetesVersion {
  const upgraded = works.filter(work => work.node === node && work.phase === 'kubelet' && isUpgraded(work));
  return upgraded.at(-1)?.target ?? kubelet;
}
