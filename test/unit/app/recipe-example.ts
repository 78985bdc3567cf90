import { type NodeTask, type RecipeOutcome, type RecipeSettings, upgradeNode } from '../../../src/app/recipe.ts';
import type { NodeClaim } from '../../../src/cluster/snapshot.ts';
import type { Blocker, Step } from '../../../src/run/run.ts';
import { examplePolicy } from '../../support/policy.ts';
import { NOW, version } from '../plan/cluster-builder.ts';
import type { MemoryCluster } from './memory-cluster.ts';

/** The kubelet phase of w-1, from 1.35.4 to 1.36.4. */
export const TASK: NodeTask = {
  run: 'r1',
  work: 'h0-2-w-1',
  attempt: 1,
  node: 'w-1',
  uid: 'uid-w-1',
  phase: 'kubelet',
  pass: ['w-1', 'w-2'],
  ignorePreflightErrors: [],
  controlPlane: 'none',
  from: version('1.35.4'),
  to: version('1.36.4'),
  reached: { step: 'claim', since: NOW },
};

/** Once it has cordoned the node. */
export const CLAIM: NodeClaim = {
  run: 'r1',
  work: 'h0-2-w-1',
  attempt: 1,
  wasUnschedulable: false,
  cordons: 1,
  excluded: false,
};

const SETTINGS: RecipeSettings = {
  drain: examplePolicy().drain,
  readySeconds: 10,
  settleSeconds: 30,
  blockedAfterSeconds: 300,
  drainTimeoutSeconds: 3_600,
  readyTimeoutSeconds: 600,
  upgradeTimeoutSeconds: 1_800,
};

/** A worker that carries out the task; `told` is what the run hears of it. */
export function startWorker(
  cluster: MemoryCluster,
  task: Partial<NodeTask> = {},
  { settings = {}, signal }: { readonly settings?: Partial<RecipeSettings>; readonly signal?: AbortSignal } = {},
) {
  const steps: Step[] = [];
  const blocked: (readonly Blocker[])[] = [];
  const recordoned: number[] = [];
  let reached = task.reached ?? TASK.reached;
  const outcome: Promise<RecipeOutcome> = upgradeNode(
    { ...TASK, ...task },
    {
      ...cluster,
      settings: { ...SETTINGS, ...settings },
      onStep: async step => {
        steps.push(step);
        // As the run does: the display does not go back.
        if (ORDER.indexOf(step) > ORDER.indexOf(reached.step)) reached = { step, since: cluster.clock.now() };
      },
      onRecordoned: async () => void recordoned.push(cluster.clock.now()),
      onBlocked: async blockers => void blocked.push(blockers),
    },
    signal ?? new AbortController().signal,
  );
  return { outcome, steps, blocked, recordoned, reached: () => reached };
}

const ORDER: readonly Step[] = ['claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon'];
