import { type Drift, NO_DRIFT } from '../plan/drift.ts';
import type { Plan } from '../plan/plan.ts';
import { formatVersion } from '../version/kubernetes-version.ts';
import type { RunState, Work } from './run.ts';

interface Beginning {
  readonly id: string;
  readonly now: number;
  /** The same request planned anew when the run begins: what it has no need of any more is not done. */
  readonly today?: Plan;
  readonly drift?: Drift;
}

/** A run of an approved plan, with every phase of every node in the order in which they will be done. */
export function newRun(plan: Plan, { id, now, today = plan, drift = NO_DRIFT }: Beginning): RunState {
  const { joined, gone, finished, outside, unfit } = drift;
  return {
    id,
    planId: plan.id,
    cluster: plan.cluster.name,
    digest: plan.digest,
    seq: 0,
    startedAt: now,
    status: { kind: 'running' },
    hold: undefined,
    joined,
    gone,
    finished,
    outside,
    unfit,
    works: worksOf(plan, today),
    leaving: [],
  };
}

/**
 * Each pass of the approved plan is a group of its own, so that a pass is through before the next begins. `hop` counts
 * from 0, in the approved plan. Who is upgraded in a pass, in which order and by which command, is today's.
 */
function worksOf(plan: Plan, today: Plan): Work[] {
  const busy = new Map(passesOf(today).map(({ place, pass }) => [place, pass.nodes]));
  return passesOf(plan).flatMap(({ hop, target, stage, pass, place }, group) =>
    (busy.get(place) ?? []).map(({ name, version, kubeadm }) => ({
      key: `h${hop}-${group}-${name}`,
      group,
      hop,
      stage,
      phase: pass.phase,
      node: name,
      kubelet: version,
      kubeadm,
      target,
      state: { kind: 'queued', attempt: 1 },
    })),
  );
}

function passesOf({ hops }: Plan) {
  return hops.flatMap(({ to, stages }, hop) =>
    stages.flatMap(({ kind, passes }) =>
      passes.map(pass => ({ hop, target: to, stage: kind, pass, place: `${formatVersion(to)} ${kind} ${pass.phase}` })),
    ),
  );
}
