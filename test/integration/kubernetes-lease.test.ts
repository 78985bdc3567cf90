import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { next, PASS } from '../support/meddling-proxy.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/capstan-system/leases';

describe('the lease of a run', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await startStage();
  });

  afterEach(() => stage.stop());

  it('is held by one run at a time, in a namespace that is made where it is missing', async () => {
    const { lease, reader } = stage.kubernetes;
    expect(await lease.holder(NEVER)).toBeUndefined();
    expect(await lease.acquire('run-1', 'host/1', NEVER)).toEqual({ kind: 'taken' });
    expect(await lease.acquire('run-1', 'host/2', NEVER)).toEqual({ kind: 'held' });
    expect(await lease.acquire('run-1', 'host/1', NEVER)).toEqual({ kind: 'held' });
    expect(await lease.acquire('run-2', 'host/3', NEVER)).toEqual({ kind: 'occupied', by: 'run-1' });
    expect(await lease.holder(NEVER)).toBe('run-1');
    expect((await reader.snapshot(NEVER)).lease).toEqual({ run: 'run-1', owner: 'host/1' });
  });

  it('is given back by its own run only, and then free for another', async () => {
    const { lease, reader } = stage.kubernetes;
    await lease.acquire('run-1', 'host/1', NEVER);
    await lease.end('run-2', NEVER);
    expect((await reader.snapshot(NEVER)).lease).toEqual({ run: 'run-1', owner: 'host/1' });
    await lease.end('run-1', NEVER);
    await lease.end('run-1', NEVER);
    expect((await reader.snapshot(NEVER)).lease).toBeUndefined();
    expect(await lease.acquire('run-3', 'host/2', NEVER)).toEqual({ kind: 'taken' });
    expect((await reader.snapshot(NEVER)).lease).toEqual({ run: 'run-3', owner: 'host/2' });
  });

  it('is never taken again by a run that is over, begun or not', async () => {
    const { lease } = stage.kubernetes;
    await lease.end('never-begun', NEVER);
    expect(await lease.acquire('run-1', 'x', NEVER)).toEqual({ kind: 'taken' });
    await lease.end('run-1', NEVER);
    expect(await lease.acquire('run-2', 'x', NEVER)).toEqual({ kind: 'taken' });
    await lease.end('run-2', NEVER);
    for (const run of ['never-begun', 'run-1', 'run-2'])
      expect(await lease.acquire(run, 'x', NEVER)).toEqual({ kind: 'over' });
    expect(await lease.holder(NEVER)).toBeUndefined();
  });

  it('remembers all of many that end at once, and what others wrote to it', async () => {
    const { lease, client } = stage.kubernetes;
    await lease.acquire('run-0', 'x', NEVER);
    const at = { namespace: 'capstan-system', name: 'capstan-run' };
    const body = [{ op: 'add', path: '/metadata/annotations/note', value: 'ours' }];
    await client.coordination.patchNamespacedLease({ ...at, body });
    const runs = ['run-0', 'run-1', 'run-2', 'run-3'];
    await Promise.all(runs.map(run => lease.end(run, NEVER)));
    for (const run of runs) expect(await lease.acquire(run, 'x', NEVER)).toEqual({ kind: 'over' });
    expect((await client.coordination.readNamespacedLease(at)).metadata?.annotations).toMatchObject({ note: 'ours' });
  });

  it('forgets the oldest before the object grows too large', async () => {
    const { lease } = stage.kubernetes;
    const names = Array.from({ length: 300 }, (_, index) => `r-${index}-${'x'.repeat(240)}`);
    for (const name of names) await lease.end(name, NEVER);
    expect(await lease.acquire(names[299] ?? '', 'x', NEVER)).toEqual({ kind: 'over' });
    expect(await lease.acquire(names[100] ?? '', 'x', NEVER)).toEqual({ kind: 'over' });
    expect(await lease.acquire(names[0] ?? '', 'x', NEVER)).toEqual({ kind: 'taken' });
  });

  it('goes to one of many who come at once', async () => {
    const runs = ['a', 'b', 'c', 'd'];
    const race = () => Promise.all(runs.map(run => stage.kubernetes.lease.acquire(run, 'x', NEVER)));
    const first = await race();
    const [winner = ''] = runs.filter((_, index) => first[index]?.kind === 'taken');
    expect(first.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
    await stage.kubernetes.lease.end(winner, NEVER);
    expect((await race()).map(({ kind }) => kind).filter(kind => kind === 'taken' || kind === 'over')).toHaveLength(2);
  });

  it('is held though the answer to its making was lost, and given back though the answer to that was', async () => {
    const { lease } = stage.kubernetes;
    await stage.kubernetes.ensureNamespace(NEVER);
    stage.proxy.meddle = next(1, `POST ${LEASES}`, { kind: 'lose-answer' });
    expect(await lease.acquire('run-1', 'x', NEVER)).toEqual({ kind: 'taken' });
    stage.proxy.meddle = next(1, `PATCH ${LEASES}`, { kind: 'lose-answer' });
    await lease.end('run-1', NEVER);
    stage.proxy.meddle = () => PASS;
    expect(await lease.acquire('run-1', 'x', NEVER)).toEqual({ kind: 'over' });
    expect(await lease.acquire('run-2', 'x', NEVER)).toEqual({ kind: 'taken' });
  });
});
