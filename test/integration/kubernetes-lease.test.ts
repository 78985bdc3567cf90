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
    expect(await lease.acquire('run-1', 'host/1', NEVER)).toEqual({ kind: 'held' });
    expect(await lease.acquire('run-1', 'host/2', NEVER)).toEqual({ kind: 'held' });
    expect(await lease.acquire('run-2', 'host/3', NEVER)).toEqual({ kind: 'taken', by: 'run-1' });
    expect((await reader.snapshot(NEVER)).lease).toEqual({ run: 'run-1', owner: 'host/1' });
  });

  it('is given back by its own run only, and then free for another', async () => {
    const { lease, reader } = stage.kubernetes;
    await lease.acquire('run-1', 'host/1', NEVER);
    await lease.release('run-2', NEVER);
    expect((await reader.snapshot(NEVER)).lease?.run).toBe('run-1');
    await lease.release('run-1', NEVER);
    await lease.release('run-1', NEVER);
    expect((await reader.snapshot(NEVER)).lease).toBeUndefined();
    expect(await lease.acquire('run-2', 'host/2', NEVER)).toEqual({ kind: 'held' });
    expect((await reader.snapshot(NEVER)).lease).toEqual({ run: 'run-2', owner: 'host/2' });
  });

  it('has nothing to give back where there is none', async () => {
    await stage.kubernetes.lease.release('run-1', NEVER);
    expect((await stage.kubernetes.reader.snapshot(NEVER)).lease).toBeUndefined();
  });

  it('goes to one of many who come at once', async () => {
    const runs = ['a', 'b', 'c', 'd'];
    const race = () => Promise.all(runs.map(run => stage.kubernetes.lease.acquire(run, 'x', NEVER)));
    const first = await race();
    const [winner = ''] = runs.filter((_, index) => first[index]?.kind === 'held');
    expect(first.filter(({ kind }) => kind === 'held')).toHaveLength(1);
    await stage.kubernetes.lease.release(winner, NEVER);
    expect((await race()).filter(({ kind }) => kind === 'held')).toHaveLength(1);
  });

  it('is held though the answer to its making was lost', async () => {
    await stage.kubernetes.ensureNamespace(NEVER);
    stage.proxy.meddle = next(1, `POST ${LEASES}`, { kind: 'lose-answer' });
    expect(await stage.kubernetes.lease.acquire('run-1', 'x', NEVER)).toEqual({ kind: 'held' });
    stage.proxy.meddle = next(1, `PATCH ${LEASES}`, { kind: 'lose-answer' });
    await stage.kubernetes.lease.release('run-1', NEVER);
    stage.proxy.meddle = () => PASS;
    expect(await stage.kubernetes.lease.acquire('run-2', 'x', NEVER)).toEqual({ kind: 'held' });
  });
});
