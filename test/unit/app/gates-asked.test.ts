import type { QueryAnswer } from '../../../src/app/gates/prometheus.ts';
import { controlPlane, NOW, worker } from '../plan/cluster-builder.ts';
import { DONE, daemon, failed, GIVEN_BACK_MS, NODES, PODS, took } from './gate-example.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('volumes', () => {
  it('are waited for after the drain, before the host is touched', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    cluster.attach('w-1', 'pv-data');
    setTimeout(() => cluster.attach('w-1'), 60_000);
    const { outcome, waits } = startWorker(cluster);
    let before: readonly string[] = [];
    setTimeout(() => (before = [...cluster.started]), 59_000);
    expect(await played(outcome)).toEqual(DONE);
    expect(before).toEqual([]);
    expect(took(cluster)).toBeGreaterThanOrEqual(60_000 + 30_000);
    const why =
      'volumes of the pods that left are still attached: pv-data (claim default/data, driver csi.example.com)';
    expect(waits[0]).toMatchObject({ closed: [{ gate: 'volumes', why }] });
  });

  it('of pods that stay on the node stay with them', async () => {
    const cluster = createCluster({
      nodes: NODES,
      pods: [...PODS, daemon('log', { namespace: 'default', claims: ['data'] })],
      daemonSets: ['default/log'],
    });
    cluster.attach('w-1', 'pv-data');
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(took(cluster)).toBeLessThan(GIVEN_BACK_MS + 200);
  });

  it('that are never detached are waited for no longer than six minutes: their driver may need this very node', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    cluster.attach('w-1', 'pv-data');
    const { outcome, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(360_000);
    expect(took(cluster)).toBeLessThan(360_000 + GIVEN_BACK_MS + 1_000);
    expect(waits[0]).toMatchObject({ closed: [{ gate: 'volumes' }] });
  });

  it('that came with a pod that stays, as its own, stay with it', async () => {
    const cluster = createCluster({
      nodes: NODES,
      pods: [...PODS, daemon('dat', { namespace: 'default', claims: ['dat-x-scratch'] })],
      daemonSets: ['default/dat'],
    });
    cluster.attach('w-1', 'pv-dat-x-scratch');
    expect(await played(startWorker(cluster).outcome)).toEqual(DONE);
    expect(took(cluster)).toBeLessThan(GIVEN_BACK_MS + 200);
  });

  it('of a claim whose name begins as that of a pod which stays are waited for all the same', async () => {
    const cluster = createCluster({
      nodes: NODES,
      pods: [...PODS, daemon('dat', { namespace: 'default' })],
      daemonSets: ['default/dat'],
    });
    cluster.attach('w-1', 'pv-dat-x-scratch');
    setTimeout(() => cluster.attach('w-1'), 60_000);
    const { outcome, waits } = startWorker(cluster);
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(60_000);
    expect(waits[0]).toMatchObject({ closed: [{ gate: 'volumes' }] });
  });
});

describe('Prometheus', () => {
  const from = {
    url: 'http://prometheus',
    tokenFile: undefined,
    queries: [
      { name: 'alerts', query: 'ALERTS' },
      { name: 'errors', query: 'errors > 5' },
    ],
  };
  const SETTINGS = { settings: { prometheus: from } };

  it('lets the next node wait while it has something to say, and asks again', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    const ask = async (query: string): Promise<QueryAnswer> =>
      query === 'ALERTS' && took(cluster) < 200_000
        ? { kind: 'samples', samples: ['{alertname="SlowShop"} 1', '{alertname="B"} 1'] }
        : { kind: 'samples', samples: [] };
    const { outcome, waits } = startWorker(cluster, {}, { ...SETTINGS, metrics: { ask } });
    expect(await played(outcome)).toEqual(DONE);
    expect(took(cluster)).toBeGreaterThanOrEqual(200_000);
    expect(took(cluster)).toBeLessThan(216_000);
    const why = 'Prometheus says "alerts": {alertname="SlowShop"} 1 and 1 more';
    expect(waits).toMatchObject([{ closed: [{ gate: 'prometheus', why }], overdue: false }]);
  });

  it('that does not answer has not said that all is well: the run halts with that', async () => {
    const cluster = createCluster({ nodes: NODES, pods: PODS });
    const ask = async (): Promise<QueryAnswer> => ({ kind: 'failed', why: 'no answer within 10 s' });
    expect(await played(startWorker(cluster, {}, { ...SETTINGS, metrics: { ask } }).outcome)).toEqual(
      failed(
        'gates',
        /Prometheus does not answer "alerts": no answer within 10 s; .*"errors".*Look at what these queries return/,
      ),
    );
  });

  it('is asked after a control plane as well', async () => {
    const cluster = createCluster({ nodes: [controlPlane('cp-1', '1.35.4')], controlPlanes: { 'cp-1': '1.35.4' } });
    const asked: string[] = [];
    const ask = async (query: string): Promise<QueryAnswer> => {
      asked.push(query);
      return { kind: 'samples', samples: [] };
    };
    const task = { node: 'cp-1', uid: 'uid-cp-1', phase: 'control-plane' } as const;
    expect(await played(startWorker(cluster, task, { ...SETTINGS, metrics: { ask } }).outcome)).toEqual(DONE);
    expect(asked).toEqual(['ALERTS', 'errors > 5']);
  });
});

describe('what the workloads had before the drain', () => {
  const reached = { step: 'upgrade', since: NOW } as const;

  it('is said to be lost where Redis has forgotten it, and all else is asked', async () => {
    const drained = worker('w-1', '1.35.4', { unschedulable: true, claim: CLAIM });
    const taken = startWorker(createCluster({ nodes: [drained, worker('w-2', '1.35.4')] }), { reached });
    expect(await played(taken.outcome)).toEqual(DONE);
    expect(taken.lost).toHaveLength(1);

    const cluster = createCluster({ nodes: [worker('w-1', '1.36.4'), worker('w-2', '1.35.4')] });
    const retried = startWorker(cluster, { attempt: 2 }, { settings: { soakSeconds: 60 } });
    expect(await played(retried.outcome)).toEqual(DONE);
    expect([retried.lost.length, retried.steps]).toEqual([1, ['claim', 'gates']]);
  });

  it('is missed by nobody where nothing was drained yet', async () => {
    const first = startWorker(createCluster({ nodes: NODES, pods: PODS }));
    expect(await played(first.outcome)).toEqual(DONE);
    const idle = startWorker(createCluster({ nodes: [worker('w-1', '1.36.4')] }));
    expect(await played(idle.outcome)).toEqual(DONE);
    expect([...first.lost, ...idle.lost]).toEqual([]);
    expect(idle.steps).toEqual(['claim']);
  });
});
