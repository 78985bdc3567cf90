import { once } from 'node:events';
import { createServer } from 'node:net';
import type { V1Job, V1Node, V1Pod } from '@kubernetes/client-node';
import { SINGLE_CONTROL_PLANE } from '../../src/demo/cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { type Client, clientOf, failureOf, raw } from '../contract/client.ts';
import { startUpgradeJob } from '../contract/upgrade-job.ts';
import { openWatch, throughAbsences, until } from '../contract/watching.ts';
import { isTrue, nodeWhere, podsPath, readyPod, readyPods, uidOf } from '../contract/world.ts';

const LONG = 1_000_000;
const NODE = '/api/v1/nodes/worker-1';

let cluster: SimulatedCluster;
let client: Client;

beforeEach(async () => {
  // So fast that the minutes which these faults last are seconds.
  cluster = await startSimulatedCluster({ scenario: SINGLE_CONTROL_PLANE, speed: 300 });
  client = clientOf(cluster.kubeconfig());
});
afterEach(() => cluster.stop());

/** What becomes of a request: its HTTP status, or the code of the connection's end. */
const CUT_OFF = 'cut off';

async function ask(path = NODE): Promise<number | string> {
  try {
    const answer = await raw(client, path);
    await answer.body.text();
    return answer.httpStatusCode;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code === undefined) throw error;
    // Which of the two depends on whether the request had been sent when its connection was cut.
    return cause.code === 'UND_ERR_SOCKET' || cause.code === 'ECONNRESET' ? CUT_OFF : cause.code;
  }
}

describe('an outage', () => {
  it('that hangs answers nobody, and cuts off whoever waited once it is over', async () => {
    cluster.faults.outage({ mode: 'hang', seconds: LONG });
    const waiting = ask();
    // Nothing that happens meanwhile brings an answer: the next request waits as well.
    const second = ask('/readyz');
    while (cluster.faults.swallowed < 2) await timePasses();
    expect(await Promise.race([waiting, second, timePasses()])).toBe('nothing');
    cluster.faults.endOutage();
    expect(await waiting).toBe(CUT_OFF);
    expect(await second).toBe(CUT_OFF);
    expect(await ask()).toBe(200);
  });

  it('that refuses takes no connection, and serves at the same address afterwards', async () => {
    cluster.faults.outage({ mode: 'refuse', seconds: LONG });
    expect(await ask()).toBe('ECONNREFUSED');
    cluster.faults.endOutage();
    expect(await until200()).toBe(200);
  });

  it('that refuses takes its address back as soon as nobody else holds it', async () => {
    cluster.faults.outage({ mode: 'refuse', seconds: LONG });
    const squatter = createServer().listen(Number(new URL(cluster.url).port), '127.0.0.1');
    await once(squatter, 'listening');
    cluster.faults.endOutage();
    await timePasses();
    squatter.close();
    expect(await until200()).toBe(200);
  });

  it('that forbids answers 403 even to the administrator', async () => {
    cluster.faults.outage({ mode: 'forbid', seconds: LONG });
    expect(await failureOf(client.core.listNode())).toMatchObject({ code: 403, status: { reason: 'Forbidden' } });
    expect(await ask('/version')).toBe(403);
    cluster.faults.endOutage();
    expect(await ask()).toBe(200);
  });

  it('goes from one kind of absence to the next, and then is over', async () => {
    cluster.faults.outage(
      { mode: 'hang', seconds: 30 },
      { mode: 'refuse', seconds: 30 },
      { mode: 'forbid', seconds: 30 },
    );
    const seen: (number | string)[] = [];
    while (seen.at(-1) !== 200) {
      const answer = await ask();
      if (seen.at(-1) !== answer) seen.push(answer);
    }
    expect(seen).toEqual([CUT_OFF, 'ECONNREFUSED', 403, 200]);
  });

  it('brings nothing to watches, and cuts them off once it is over', async () => {
    const stream = await openWatch(client, '/api/v1/nodes');
    await stream.until(3);
    cluster.faults.outage({ mode: 'hang', seconds: LONG });
    cluster.faults.silenceNode('worker-1');
    expect(await Promise.race([stream.ended, timePasses()])).toBe('nothing');
    expect(stream.events.length).toBe(3);
    cluster.faults.endOutage();
    expect(await stream.ended).toBeInstanceOf(Error);
  });

  it('holds up controllers and kubelets, who catch up afterwards', async () => {
    const [pod] = cluster.pods().filter(each => each.metadata.labels?.app === 'web');
    const { name = '', namespace = '' } = pod?.metadata ?? {};
    await client.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 });
    cluster.faults.outage({ mode: 'refuse', seconds: LONG });
    const before = cluster.pods().map(each => each.metadata.uid);
    await timePasses();
    expect(cluster.pods().map(each => each.metadata.uid)).toEqual(before);
    cluster.faults.endOutage();
    await until200();
    const after = await readyPods(client, namespace, 'web', 3);
    expect(after.map(uidOf)).not.toContain(pod?.metadata.uid);
  });
});

describe('a fault of single requests', () => {
  it('delays every answer', async () => {
    cluster.faults.latency(60);
    const began = performance.now();
    expect(await ask()).toBe(200);
    // Timers may fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(59);
    cluster.faults.clear();
    expect(await ask()).toBe(200);
  });

  it('answers 500 to the next so many', async () => {
    cluster.faults.serverErrors({ count: 2 });
    expect(await failureOf(client.core.listNode())).toMatchObject({
      code: 500,
      status: { kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500 },
    });
    expect([await ask(), await ask()]).toEqual([500, 200]);
  });

  it('answers 500 to a share', async () => {
    cluster.faults.serverErrors({ rate: 1 });
    expect([await ask(), await ask(), await ask('/readyz')]).toEqual([500, 500, 500]);
    cluster.faults.serverErrors({ rate: 0 });
    expect(await ask()).toBe(200);
  });
});

describe('watches', () => {
  it('that are cut can go on where they were', async () => {
    const stream = await openWatch(client, '/api/v1/namespaces/default/configmaps');
    const [first] = await stream.until(1);
    cluster.faults.dropWatches();
    expect(await stream.ended).toBeInstanceOf(Error);
    await client.core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'missed' } } });
    const resourceVersion = first?.object.metadata?.resourceVersion;
    const next = await openWatch(client, '/api/v1/namespaces/default/configmaps', { resourceVersion });
    expect(await next.until(1)).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'missed' } } }]);
    next.close();
  });
});

describe('a node whose kubelet stops', () => {
  it('is Unknown and tainted after the grace period, its pods are not Ready, and in time they are sent away', async () => {
    const leaseOf = () => client.coordination.readNamespacedLease({ name: 'worker-1', namespace: 'kube-node-lease' });
    cluster.faults.silenceNode('worker-1');
    const { spec: last } = await leaseOf();
    const lost = await nodeWhere(client, 'worker-1', isUnknown);
    expect(lost.spec?.taints).toEqual(
      ['NoSchedule', 'NoExecute'].map(effect =>
        expect.objectContaining({ key: 'node.kubernetes.io/unreachable', effect }),
      ),
    );
    expect((await leaseOf()).spec?.renewTime).toEqual(last?.renewTime);
    const on = () => cluster.pods().filter(pod => pod.spec.nodeName === 'worker-1');
    expect(on().length).toBeGreaterThan(0);
    for (const pod of on()) expect(isTrue(pod.status.conditions, 'Ready')).toBe(false);

    const left = await until<V1Pod, V1Pod[]>(client, '/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-1', pods =>
      pods.some(pod => pod.metadata?.deletionTimestamp) ? [...pods] : undefined,
    );
    // Nobody is there to stop them: they stay, marked; DaemonSets tolerate the taint and are left alone.
    const marked = left.filter(pod => pod.metadata?.deletionTimestamp).map(pod => pod.metadata?.ownerReferences?.[0]);
    expect(new Set(marked.map(owner => owner?.kind))).toEqual(new Set(['ReplicaSet']));

    cluster.faults.reviveNode('worker-1');
    const back = await nodeWhere(client, 'worker-1', node => isTrue(node.status?.conditions, 'Ready'));
    expect(back.spec?.taints).toBeUndefined();
    expect(await readyPods(client, 'default', 'web', 3)).toHaveLength(3);
  });
});

describe('a node that is deleted', () => {
  it('takes its pods with it, and they are made again elsewhere', async () => {
    await client.core.deleteNode({ name: 'worker-1' });
    await until<V1Pod, true>(client, '/api/v1/pods', pods =>
      pods.some(pod => pod.spec?.nodeName === 'worker-1') ? undefined : true,
    );
    const pods = await readyPods(client, 'default', 'web', 3);
    expect(new Set(pods.map(pod => pod.spec?.nodeName))).toEqual(new Set(['worker-2']));
  });
});

describe('a node that is added', () => {
  it('stands in the list without being Ready, for no machine is behind it', async () => {
    await client.core.createNode({ body: { metadata: { name: 'worker-9' } } });
    const spec = { containers: [{ name: 'main', image: 'some' }] };
    await client.core.createNamespacedPod({ namespace: 'default', body: { metadata: { name: 'elsewhere' }, spec } });
    const pod = await readyPod(client, 'default', 'elsewhere');
    expect(pod.spec?.nodeName).not.toBe('worker-9');
    expect((await client.core.readNode({ name: 'worker-9' })).status?.conditions ?? []).toEqual([]);
  });
});

describe('upgrade work', () => {
  it('on a node that does not come back leaves it Unknown and the Job unfinished, until it is revived', async () => {
    await upgradeControlPlane();
    cluster.faults.nodeNeverReturns('worker-1');
    await startUpgradeJob(client, { ...TO_WORKER, id: 'lost' });
    const lost = await nodeWhere(client, 'worker-1', isUnknown);
    expect(lost.status?.nodeInfo?.kubeletVersion).toBe('v1.36.3');
    expect((await client.batch.readNamespacedJob({ namespace: 'default', name: 'lost' })).status?.active).toBe(1);
    cluster.faults.reviveNode('worker-1');
    const back = await nodeWhere(client, 'worker-1', node => isTrue(node.status?.conditions, 'Ready'));
    expect(back.status?.nodeInfo?.kubeletVersion).toBe('v1.37.2');
    await jobWhere('lost', job => isTrue(job.status?.conditions, 'Complete'));
  });

  it('that fails writes its verdict as the termination message, and its log says why', async () => {
    await upgradeControlPlane();
    const reason = 'E: Version 1.37.2-* for kubelet was not found';
    cluster.faults.failJob({ node: 'worker-1', step: 'kubelet', times: 1, log: ['Reading package lists...'], reason });
    await startUpgradeJob(client, { ...TO_WORKER, id: 'first' });
    const failed = await jobWhere('first', job => isTrue(job.status?.conditions, 'Failed'));
    expect(failed.status).toMatchObject({ failed: 1 });
    const pod = await podOf('first');
    const { terminated } = pod.status?.containerStatuses?.[0]?.state ?? {};
    expect(terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    expect(JSON.parse(terminated?.message ?? '')).toEqual({
      work: 'first',
      phase: 'kubelet',
      to: 'v1.37.2',
      step: 'kubelet',
      rc: 1,
      reason,
    });
    const name = pod.metadata?.name ?? '';
    const log = await client.core.readNamespacedPodLog({ namespace: 'default', name, tailLines: 2 });
    expect(log).toBe(`error: Reading package lists...\nerror: ${reason}\n`);
    expect((await client.core.readNode({ name: 'worker-1' })).status?.nodeInfo?.kubeletVersion).toBe('v1.36.3');

    await startUpgradeJob(client, { ...TO_WORKER, id: 'second' });
    await jobWhere('second', job => isTrue(job.status?.conditions, 'Complete'));
    expect((await client.core.readNode({ name: 'worker-1' })).status?.nodeInfo?.kubeletVersion).toBe('v1.37.2');
  });
});

const TO_WORKER = { node: 'worker-1', phase: 'kubelet', from: 'v1.36.3', to: 'v1.37.2' } as const;

async function upgradeControlPlane(): Promise<void> {
  const work = { node: 'cp-1', phase: 'control-plane', kubeadm: 'apply', from: 'v1.36.3', to: 'v1.37.2' } as const;
  await startUpgradeJob(client, { ...work, id: 'apply' });
  await throughAbsences(() => jobWhere('apply', job => isTrue(job.status?.conditions, 'Complete')));
}

function jobWhere(name: string, holds: (job: V1Job) => boolean): Promise<V1Job> {
  return until<V1Job, V1Job>(client, '/apis/batch/v1/namespaces/default/jobs', jobs =>
    jobs.find(job => job.metadata?.name === name && holds(job)),
  );
}

function podOf(job: string): Promise<V1Pod> {
  return until<V1Pod, V1Pod>(client, podsPath('default'), pods =>
    pods.find(pod => pod.metadata?.labels?.['job-name'] === job),
  );
}

function isUnknown({ status }: V1Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'Unknown') ?? false;
}

async function until200(): Promise<number | string> {
  for (;;) {
    const answer = await ask();
    if (answer === 200) return answer;
  }
}

/** Long enough for an answer, were there one. */
function timePasses(): Promise<'nothing'> {
  return new Promise(resolve => setTimeout(() => resolve('nothing'), 50));
}
