import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { Decision, Signed } from '../../../src/approval/decision.ts';
import { newKeyPair, sign } from '../../../src/approval/signing.ts';
import { controlPlane, worker } from '../../unit/plan/cluster-builder.ts';
import { begin, decide, end, planned, signal, stateOf, world } from './asked-plan.ts';
import { BOB, CAROL, HOUR } from './world.ts';

beforeEach(begin);
afterEach(end);

describe('starting', () => {
  test('the last approval starts the run: lease, record, tick, first event', async () => {
    world.needed = 2;
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
    await decide(id, CAROL);
    await onDecided(id, world.worker, signal);
    const runId = `r-${id}`;
    expect(await stateOf(id)).toEqual({ kind: 'running', runId });
    expect(world.lease).toBe(runId);
    expect(world.queues.ticking).toBe(runId);
    expect(world.queues.events).toEqual([{ runId, id: `${runId}-begin`, event: { kind: 'begin' } }]);
    expect(await world.store.latestRun('prod')).toBe(runId);
  });

  test('a rejection that comes while the approvals are counted stops it', async () => {
    const id = await planned();
    await decide(id, BOB);
    const { store } = world.worker;
    const counting = {
      get: async (planId: string) => {
        const record = await store.plans.get(planId);
        await decide(planId, CAROL, 'reject', 'not today');
        return record;
      },
      create: store.plans.create.bind(store.plans),
      update: store.plans.update.bind(store.plans),
    };
    await onDecided(id, { ...world.worker, store: { ...store, plans: counting } }, signal);
    expect(await stateOf(id)).toEqual({ kind: 'rejected', by: CAROL, reason: 'not today' });
    expect(world.lease).toBeUndefined();
  });

  test('two approvals of one person do not make two', async () => {
    world.needed = 2;
    const id = await planned();
    await decide(id, BOB);
    const { decisions } = await world.plan(id);
    const [first] = decisions;
    if (!first) throw new Error('nothing was decided');
    const again = sign({ ...first.value, id: 'again' }, world.keys.privateKey);
    await world.store.plans.update(id, record => ({ ...record, decisions: [...record.decisions, again] }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
  });

  test('a decision that another key signed counts for nothing', async () => {
    const id = await planned();
    await decide(id, BOB);
    const forger = newKeyPair();
    await world.store.plans.update(id, record => ({
      ...record,
      decisions: record.decisions.map(({ value }) => sign(value, forger.privateKey)),
    }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
    expect(world.lease).toBeUndefined();
  });

  test.each<[string, (decision: Signed<Decision>) => Signed<Decision>]>([
    ['by another key', ({ value }) => sign(value, newKeyPair().privateKey)],
    ['by nobody', ({ value }) => ({ value, signature: '' })],
    ['about another plan', ({ value }) => sign({ ...value, planId: 'p0' }, world.keys.privateKey)],
    ['about another digest', ({ value }) => sign({ ...value, digest: 'd0' }, world.keys.privateKey)],
  ])('a decision in their name that was signed %s keeps no approver out', async (_name, planted) => {
    const genuine = await planned();
    await decide(genuine, BOB);
    const [signed] = (await world.plan(genuine)).decisions;
    if (!signed) throw new Error('nothing was decided');
    const id = await planned();
    const { digest } = (await world.plan(id)).plan;
    const value = { ...signed.value, planId: id, digest };
    const plant = planted({ ...signed, value });
    await world.store.plans.update(id, record => ({ ...record, decisions: [plant] }));
    expect(await decide(id, BOB)).toMatchObject({ kind: 'recorded' });
    await decide(id, BOB);
    expect((await world.plan(id)).decisions).toHaveLength(2);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('a stored plan that was changed after its approval is not run', async () => {
    const id = await planned();
    await decide(id, BOB);
    await world.store.plans.update(id, record => ({
      ...record,
      plan: { ...record.plan, hops: record.plan.hops.map(hop => ({ ...hop, to: { ...hop.to, minor: 30 } })) },
    }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('digest')] });
    expect(world.reports).toHaveLength(1);
  });

  test.each([
    ['a new node', [worker('w-3', '1.36.3')], 'Node w-3 is new.'],
    ['a control-plane node that is not Ready', [controlPlane('cp-2', '1.36.3', { ready: 'False' })], 'not Ready'],
  ])('%s since the plan was made voids its approval', async (_name, more, sentence) => {
    const id = await planned();
    await decide(id, BOB);
    world.snapshot = { ...world.snapshot, nodes: [...world.snapshot.nodes, ...more] };
    await onDecided(id, world.worker, signal);
    expect(JSON.stringify(await stateOf(id))).toContain(sentence);
    expect(world.lease).toBeUndefined();
  });

  test('while another run holds the cluster, the plan does not start', async () => {
    const id = await planned();
    await decide(id, BOB);
    const other = await planned();
    await decide(other, BOB);
    await onDecided(id, world.worker, signal);
    await onDecided(other, world.worker, signal);
    expect(await stateOf(other)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining(`r-${id}`)] });
  });

  test('a run that was stored before its worker died begins, whatever the cluster looks like by then', async () => {
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    await world.store.plans.update(id, record => ({ ...record, state: { kind: 'checking' } }));
    world.snapshot = { ...world.snapshot, nodes: [...world.snapshot.nodes, worker('w-3', '1.36.3')] };
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('a plan that expires while the cluster cannot be looked at is stale', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.trouble = new ClusterUnreachable('no answer');
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    world.now += HOUR;
    // That it is over is remembered in the cluster, as soon as that answers.
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('expired')] });
    world.trouble = undefined;
    await onDecided(id, world.worker, signal);
    expect(world.over).toEqual(new Set([`r-${id}`]));
  });

  test('the lease of a run that nobody remembers is given back, and said so', async () => {
    world.lease = 'r-forgotten';
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    expect(world.lease).toBe(`r-${id}`);
    expect(world.reports).toEqual([expect.stringContaining('r-forgotten')]);
  });

  test('a cluster that refuses its lease is said below the plan', async () => {
    const id = await planned();
    await decide(id, BOB);
    const { worker: ports } = world;
    const refused = () => Promise.reject(new ClusterRefused('The API server refuses to get leases.'));
    const lease = { acquire: refused, holder: refused, end: refused };
    await onDecided(id, { ...ports, quick: { ...ports.quick, lease } }, signal);
    const changes = ['The cluster refuses what a run needs: The API server refuses to get leases.'];
    expect(await stateOf(id)).toEqual({ kind: 'stale', changes });
    expect(world.reports).toEqual([expect.stringContaining('could not be written into the lease')]);
  });

  test('a worker that dies while it looks at the cluster leaves the rest to the next one', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.trouble = new ClusterUnreachable('no answer');
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    expect(await stateOf(id)).toEqual({ kind: 'checking' });
    world.trouble = undefined;
    await onDecided(id, world.worker, signal);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
    expect(new Set(world.queues.events.map(({ id: name }) => name)).size).toBe(1);
  });
});
