import { advanceRun } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { DrainOptions, PlanRequest } from '../../../src/plan/request.ts';
import { formatVersion } from '../../../src/version/kubernetes-version.ts';
import { createCluster } from '../../unit/app/memory-cluster.ts';
import { controlPlane, pod, worker } from '../../unit/plan/cluster-builder.ts';
import { World } from './world.ts';

const signal = new AbortController().signal;
let world: World;

beforeEach(async () => {
  world = await World.open();
  world.workerPolicy = { ready: { stableSeconds: 0, soakSeconds: 0 } };
});
afterEach(() => world.close());

/** A run of a plan that was approved with these options, just begun. */
async function begun(drain: DrainOptions | undefined): Promise<Plan> {
  const request: PlanRequest = { target: { kind: 'next' }, strategy: 'rolling', only: undefined };
  const question = { kind: 'plan', request: drain ? { ...request, drain } : request } as const;
  await answerAsk(world.ask('p1', question), world.worker, signal);
  const plan = await world.approve('p1');
  await onDecided('p1', world.worker, signal);
  await advanceRun('r-p1', { kind: 'begin' }, world.worker, signal);
  return plan;
}

/** The works of the run up to the drain of worker w-1. */
async function untilDrain(): Promise<string> {
  for (let count = 0; count < 10; count += 1) {
    const works = (await world.store.runs.get('r-p1'))?.run.works ?? [];
    const active = works.find(({ state }) => state.kind === 'active');
    if (!active || active.node === 'w-1') return active?.key ?? '';
    await advanceRun('r-p1', { kind: 'done', work: active.key, attempt: 1 }, world.worker, signal);
  }
  throw new Error('the run does not come to w-1');
}

const failures = () => world.queues.events.flatMap(({ event }) => (event.kind === 'failed' ? [event.reason] : []));

/** What a drain of worker w-1 evicts, on which a pod stands that nothing would create again. */
async function evicted(drain: DrainOptions | undefined): Promise<string[]> {
  const { to } = await begun(drain);
  const cluster = createCluster({
    nodes: [controlPlane('cp-1', '1.36.3'), worker('w-1', '1.36.3')],
    pods: [pod('bare', 'w-1', { controller: undefined }), pod('web', 'w-1', { priority: 5 })],
    controlPlanes: { 'cp-1': formatVersion(to) },
    stopMs: 10,
    upgradeMs: 10,
  });
  const { lease } = world.worker.patient;
  const ports = { ...world.worker, patient: { ...cluster, lease } };
  await doNodeWork({ runId: 'r-p1', work: await untilDrain(), attempt: 1 }, ports, signal);
  return cluster.requests.filter(request => request.startsWith('evict '));
}

describe('a node is drained', () => {
  test('as the policy says, where the plan says nothing', async () => {
    expect(await evicted(undefined)).toEqual([]);
    expect(failures()).toEqual([expect.stringContaining('default/bare: it has no controller')]);
  });

  test('as the approved plan says, whatever the policy says', async () => {
    expect(await evicted({ force: true, graceSeconds: 7, order: 'priority' })).toEqual([
      'evict bare within 7 s',
      'evict web within 7 s',
    ]);
  });

  test('in no way that was written into the plan after it was approved', async () => {
    await begun(undefined);
    const work = await untilDrain();
    await world.store.plans.update('p1', ({ plan, ...record }) => ({
      ...record,
      plan: { ...plan, request: { ...plan.request, drain: { force: true } } },
    }));
    await doNodeWork({ runId: 'r-p1', work, attempt: 1 }, world.worker, signal);
    expect(failures()).toEqual([expect.stringMatching(/digest|approved/)]);
  });
});
