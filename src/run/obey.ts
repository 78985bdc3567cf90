import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { findSkew } from '../version/skew.ts';
import { failedWorks } from './progress.ts';
import type { RunEffect, RunEvent, RunState, RunStatus, Work } from './run.ts';
import { attemptOf, type Transition, withState } from './schedule.ts';

type CommandEvent = Extract<RunEvent, { readonly kind: 'command' }>;

/** What a person's order does to a run. An order that cannot be followed changes nothing and says why. */
export function obey(run: RunState, event: CommandEvent, now: number): Transition {
  switch (event.command) {
    case 'pause':
      return run.status.kind === 'running'
        ? accept(run, event, { kind: 'paused', by: event.by, at: now })
        : refuse(run, event, `only a running upgrade can be paused, and this one is ${run.status.kind}`);
    case 'resume':
      if (run.status.kind === 'paused') return accept(run, event, { kind: 'running' });
      return refuse(
        run,
        event,
        run.status.kind === 'halted'
          ? 'a node failed: retry it, skip it, or abort'
          : `only a paused upgrade can be resumed, and this one is ${run.status.kind}`,
      );
    case 'abort':
      return run.status.kind === 'running' || run.status.kind === 'paused' || run.status.kind === 'halted'
        ? accept(run, event, { kind: 'aborting', by: event.by, at: now })
        : refuse(run, event, `the upgrade is ${run.status.kind} already`);
    case 'retry':
      return run.status.kind === 'halted' ? retry(run, event) : refuse(run, event, nothingFailed('retry'));
    case 'skip':
      return run.status.kind === 'halted' ? skip(run, event, now) : refuse(run, event, nothingFailed('skip'));
  }
}

function nothingFailed(command: string): string {
  return `there is no failed node to ${command}`;
}

function retry(run: RunState, event: CommandEvent): Transition {
  const queued = withState(
    run,
    ({ state }) => state.kind === 'failed',
    ({ state }) => ({ kind: 'queued', attempt: attemptOf(state) + 1 }),
  );
  return accept(queued, event, { kind: 'running' });
}

function skip(run: RunState, event: CommandEvent, now: number): Transition {
  const failed = failedWorks(run);
  const why = failed.map(work => whyNotSkip(run, work)).find(sentence => sentence !== undefined);
  if (why !== undefined) return refuse(run, event, why);
  const skipped = withState(
    run,
    work => failed.some(failure => falls(work, failure)),
    () => ({ kind: 'skipped', by: event.by, at: now }),
  );
  const left = failed.flatMap(({ key, node, phase }): RunEffect[] => [
    { kind: 'give-back', node },
    { kind: 'note', id: `${run.id}-${key}-skipped`, note: { kind: 'node-skipped', node, phase, by: event.by } },
  ]);
  const step = accept(skipped, event, { kind: 'running' });
  return { run: step.run, effects: [...step.effects, ...left] };
}

/**
 * A skipped node is left alone in later hops too, its kubelet and what kubeadm does for that: kubeadm migrates a node
 * only from the minor before.
 */
function falls(work: Work, failure: Work): boolean {
  const alike = (work.phase === 'control-plane') === (failure.phase === 'control-plane');
  return work.node === failure.node && alike && work.group >= failure.group;
}

function whyNotSkip(run: RunState, failure: Work): string | undefined {
  const { phase, node, target } = failure;
  if (phase === 'control-plane') {
    return `the rest of the upgrade needs the control plane of ${node} at ${formatVersion(target)}: retry it, or abort`;
  }
  const last = run.works.at(-1)?.target ?? target;
  const kubelet = kubeletOf(run, failure);
  const apart = findSkew([
    { kind: 'kube-apiserver', node: undefined, version: last },
    { kind: 'kubelet', node, version: kubelet },
  ]);
  return apart.length > 0
    ? `the kubelet of ${node} would stay at ${formatVersion(kubelet)}, too far behind ${formatVersion(last)}: retry it, or abort`
    : undefined;
}

/** What the node's kubelet runs after the works that are done. */
function kubeletOf({ works }: RunState, { node, kubelet }: Work): KubernetesVersion {
  const upgraded = works.filter(work => work.node === node && work.phase === 'kubelet' && work.state.kind === 'done');
  return upgraded.at(-1)?.target ?? kubelet;
}

function accept(run: RunState, { id, command, by }: CommandEvent, status: RunStatus): Transition {
  return {
    run: { ...run, status },
    effects: [
      { kind: 'note', id: commandNote(run, id), note: { kind: 'commanded', command, by } },
      { kind: 'show-status' },
    ],
  };
}

/** Shares its id with the note of acceptance, so that an order that arrives twice is answered once. */
function refuse(run: RunState, { id, command, by }: CommandEvent, why: string): Transition {
  return {
    run,
    effects: [{ kind: 'note', id: commandNote(run, id), note: { kind: 'command-refused', command, by, why } }],
  };
}

function commandNote(run: RunState, id: string): string {
  return `${run.id}-command-${id}`;
}
