import type { MetricQueries } from '../../../src/app/gates/prometheus.ts';
import type { NodeTask, RecipePorts, RecipeSettings } from '../../../src/app/node-task.ts';
import { createOrders } from '../../../src/app/orders.ts';
import { type RecipeOutcome, upgradeNode } from '../../../src/app/recipe.ts';
import type { Reached } from '../../../src/app/step-limits.ts';
import type { RunCommand, Signed } from '../../../src/approval/decision.ts';
import type { Order } from '../../../src/approval/order.ts';
import type { NodeClaim } from '../../../src/cluster/snapshot.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { endsAtOnce } from '../../../src/run/course.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { ClosedGate, RunEvent, RunState, Step } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { examplePolicy } from '../../support/policy.ts';
import { exampleClaim, NOW, version } from '../plan/cluster-builder.ts';
import { activeState, commandEvent, examplePlan } from '../run/example.ts';

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
  reached: { step: 'claim', since: NOW, countedFrom: NOW },
};

/** Once it has cordoned the node. */
export const CLAIM: NodeClaim = exampleClaim();

const SETTINGS: RecipeSettings = {
  drain: examplePolicy().drain,
  readySeconds: 10,
  soakSeconds: 0,
  prometheus: 'none',
  settleSeconds: 30,
  blockedAfterSeconds: 300,
  drainTimeoutSeconds: 3_600,
  readyTimeoutSeconds: 600,
  upgradeTimeoutSeconds: 1_800,
};

const COMMAND = { runId: 'r1', cluster: 'prod', by: 'UBOB', via: 'UBOB', channel: 'C1', at: NOW };

interface Given extends Partial<Omit<NodeTask, 'reached'>> {
  readonly reached?: Omit<Reached, 'countedFrom'> & { readonly countedFrom?: number };
}

/** What a recipe works on: a cluster in memory, or the adapters of a simulated one. */
type RecipeCluster = Pick<
  RecipePorts,
  'nodes' | 'pods' | 'workloads' | 'volumes' | 'baselines' | 'lease' | 'surroundings' | 'driver' | 'clock'
>;

/** A worker that carries out the task for a run, which hears of its steps; `told` is what else it hears. */
export function startWorker(
  cluster: RecipeCluster,
  { reached: given = TASK.reached, ...task }: Given = {},
  {
    settings = {},
    signal,
    metrics = { ask: async () => ({ kind: 'samples', samples: [] }) },
  }: {
    readonly settings?: Partial<RecipeSettings>;
    readonly signal?: AbortSignal;
    readonly metrics?: MetricQueries;
  } = {},
) {
  const reached: Reached = { countedFrom: given.since, ...given };
  const { work, attempt, ...whole } = { ...TASK, ...task, reached };
  const steps: Step[] = [];
  const blocked: (readonly Blocker[])[] = [];
  const recordoned: number[] = [];
  const tied: (readonly string[])[] = [];
  const overruled: number[] = [];
  const lost: number[] = [];
  const back: number[] = [];
  const waits: { readonly closed: readonly ClosedGate[]; readonly overdue: boolean; readonly at: number }[] = [];
  const deleted: string[] = [];
  let run = runOf(work, attempt, reached);
  const commands: Signed<RunCommand>[] = [];
  const orders = createOrders({ run, commands }, { work, attempt }, ({ signature }) => signature === 'genuine');

  function happen(event: RunEvent): void {
    run = transition(run, event, cluster.clock.now()).run;
    orders.take({ run, commands });
  }
  const state = () => {
    const active = run.works[0]?.state;
    return active?.kind === 'active' ? active : undefined;
  };
  const outcome: Promise<RecipeOutcome> = upgradeNode(
    { ...whole, work, attempt },
    {
      ...cluster,
      prometheus: () => metrics,
      settings: { ...SETTINGS, ...settings },
      orders,
      onStep: async step => {
        happen({ kind: 'step', work, attempt, step });
        const entered = endsAtOnce(step) || !endsAtOnce(state()?.step ?? 'claim');
        if (entered) steps.push(step);
        return entered;
      },
      onWaiting: async (closed, overdue) => void waits.push({ closed, overdue, at: cluster.clock.now() }),
      onBackInService: async () => void back.push(cluster.clock.now()),
      onBaselineLost: async () => void lost.push(cluster.clock.now()),
      onTied: async pods => void tied.push(pods),
      onRecordoned: async hostAtWork => void (hostAtWork ? overruled : recordoned).push(cluster.clock.now()),
      onDeleted: async ({ name }) => void deleted.push(name),
      onBlocked: async blockers => {
        blocked.push(blockers);
        happen({ kind: 'blocked', work, attempt, blockers });
      },
    },
    signal ?? new AbortController().signal,
  );
  return {
    outcome,
    steps,
    blocked,
    recordoned,
    tied,
    /** As `recordoned`, while the host was at work. */
    overruled,
    /** When it was said that its baseline is lost. */
    lost,
    /** When it was said that the taint of ours is taken away. */
    back,
    waits,
    deleted,
    order: (order: Order, signature = 'genuine') => {
      const event = commandEvent(order);
      commands.push({ value: { ...COMMAND, id: event.id, order }, signature });
      happen(event);
    },
    reached: (): Reached => {
      const { step, stepSince: since, countedFrom } = state() ?? activeState();
      return { step, since, countedFrom };
    },
  };
}

/** A run in which nothing but this work is under way. */
function runOf(key: string, attempt: number, { step, since, countedFrom }: Reached): RunState {
  const run = newRun(examplePlan({ controlPlanes: 1, workers: 1, hops: 1 }), { id: 'r1', now: since });
  const works = run.works.slice(-1).map(work => ({
    ...work,
    key,
    state: activeState({ attempt, step, startedAt: since, stepSince: since, countedFrom }),
  }));
  return { ...run, works };
}
