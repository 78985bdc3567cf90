import type { Plan } from '../plan/plan.ts';
import type { RunState, Work } from './run.ts';

/** A run of an approved plan, with every phase of every node in the order in which they will be done. */
export function newRun(plan: Plan, { id, now }: { readonly id: string; readonly now: number }): RunState {
  return {
    id,
    planId: plan.id,
    cluster: plan.cluster.name,
    digest: plan.digest,
    seq: 0,
    startedAt: now,
    status: { kind: 'running' },
    works: worksOf(plan),
  };
}

/** Each pass is a group of its own, so that a pass is through before the next begins. `hop` counts from 0. */
function worksOf(plan: Plan): Work[] {
  const passes = plan.hops.flatMap((hop, index) =>
    hop.stages.flatMap(stage => stage.passes.map(pass => ({ hop: index, target: hop.to, stage: stage.kind, pass }))),
  );
  return passes.flatMap(({ hop, target, stage, pass }, group) =>
    pass.nodes.map(({ name, kubeadm }) => ({
      key: `h${hop}-${group}-${name}`,
      group,
      hop,
      stage,
      phase: pass.phase,
      node: name,
      kubeadm,
      target,
      state: { kind: 'queued', attempt: 1 },
    })),
  );
}
