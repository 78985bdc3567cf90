import { setTimeout as pause } from 'node:timers/promises';
import { type V1Job, V1MicroTime, type V1Pod } from '@kubernetes/client-node';
import type { Driver, HostWork } from '../../src/app/driver-ports.ts';
import { ClusterRefused } from '../../src/app/ports.ts';
import { StepFailed } from '../../src/app/step-failed.ts';
import type { Scenario } from '../../src/demo/cluster/scenario/scenario.ts';
import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { jobName } from '../../src/kubernetes/driver/job-names.ts';
import { createKubeadmDriver, type KubeadmDriverOptions } from '../../src/kubernetes/driver/kubeadm-driver.ts';
import { parseVersion } from '../../src/version/kubernetes-version.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, PASS } from '../support/meddling-proxy.ts';

const NAMESPACE = 'capstan-system';
const OLD = version('v1.36.3');
const NEW = version('v1.37.2');

const CONTROL_PLANE: HostWork = {
  id: 'run-1-h0-0-cp-1-1',
  run: 'run-1',
  node: 'cp-1',
  phase: 'control-plane',
  kubeadm: 'apply',
  from: OLD,
  to: NEW,
  ignorePreflightErrors: [],
};
const WORKER: HostWork = {
  ...CONTROL_PLANE,
  id: 'run-1-h0-2-worker-1-1',
  node: 'worker-1',
  phase: 'kubelet',
  kubeadm: 'node',
  // The kubelet may not be newer than the API server: works on a worker alone stay at its version.
  to: OLD,
};
const RETRY: HostWork = { ...WORKER, id: 'run-1-h0-2-worker-1-2' };

function version(text: string) {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(text);
  return parsed;
}

let stage: Stage;
let driver: Driver;

afterEach(async () => await stage.stop());

async function begin(scenario?: Scenario): Promise<void> {
  stage = await startStage({ watchSeconds: 5 }, scenario ? { scenario } : {});
  driver = driverWith({});
}

function driverWith(more: Partial<KubeadmDriverOptions>): Driver {
  const { client } = stage.kubernetes;
  return createKubeadmDriver({ client, namespace: NAMESPACE, image: 'busybox:1.37', ...more });
}

async function jobs(): Promise<readonly V1Job[]> {
  const { batch, call } = stage.kubernetes.client;
  const { items } = await call({ verb: 'list', resource: 'jobs' }, o => batch.listJobForAllNamespaces({}, o), NEVER);
  return items;
}

async function pods(): Promise<readonly V1Pod[]> {
  const { core, call } = stage.kubernetes.client;
  const labelSelector = 'app.kubernetes.io/managed-by=capstan';
  const { items } = await call(
    { verb: 'list', resource: 'pods' },
    o => core.listPodForAllNamespaces({ labelSelector }, o),
    NEVER,
  );
  return items;
}

async function deleteJob(work: HostWork): Promise<void> {
  const { batch, call } = stage.kubernetes.client;
  await call(
    { verb: 'delete', resource: 'jobs' },
    o => batch.deleteNamespacedJob({ namespace: NAMESPACE, name: jobName(work), propagationPolicy: 'Background' }, o),
    NEVER,
  );
}

function hidePods(): void {
  const none = JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '1' }, items: [] });
  stage.proxy.meddle = line => {
    if (line.includes(`${NAMESPACE}/pods?watch`)) return { kind: 'fall-silent' };
    return line.includes(`${NAMESPACE}/pods?limit`) ? { kind: 'answer', code: 200, body: none } : PASS;
  };
}

async function sayFailedCreate(message: string): Promise<void> {
  const { core, call } = stage.kubernetes.client;
  const involvedObject = { kind: 'Job', name: jobName(WORKER), namespace: NAMESPACE };
  const body = { metadata: { name: 'said', namespace: NAMESPACE }, involvedObject, reason: 'FailedCreate', message };
  await call(
    { verb: 'create', resource: 'events' },
    o => core.createNamespacedEvent({ namespace: NAMESPACE, body }, o),
    NEVER,
  );
}

/** Looks until it is so; the simulated cluster's minutes are our seconds. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
}

/** The driver mostly watches, and may miss that the API server is away for less than a second; whoever asks does not. */
function askingAllTheTime(): { stop(): Promise<void> } {
  const { nodes } = stage.connect();
  let stopped = false;
  const asked = (async () => {
    while (!stopped) {
      await nodes.get('cp-1', NEVER);
      await pause(20);
    }
  })();
  return {
    stop() {
      stopped = true;
      return asked;
    },
  };
}

const running = () => until(async () => (await pods()).find(({ status }) => status?.phase === 'Running'));

describe('one work', () => {
  beforeEach(() => begin());

  test('the only control plane is upgraded through both absences of its API server', async () => {
    const somebody = askingAllTheTime();
    const outcome = await driver.perform(CONTROL_PLANE, NEVER);
    expect(outcome).toEqual({ kind: 'succeeded', log: [] });
    await driver.awaitControlPlane({ node: 'cp-1', version: NEW, settleSeconds: 0 }, NEVER);
    await somebody.stop();
    const images = stage.cluster
      .pods()
      .flatMap(({ metadata, spec }) =>
        metadata.labels?.tier === 'control-plane' ? spec.containers.map(({ image }) => image) : [],
      );
    expect(images.filter(image => image.endsWith(':v1.37.2'))).toHaveLength(3);
    expect(stage.warnings.join()).toContain('is away');
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  test('a step that fails on the host is the outcome, with its reason and the last lines of the log', async () => {
    const log = Array.from({ length: 30 }, (_, line) => `line ${line}`);
    stage.cluster.faults.failJob({ step: 'kubelet', times: 1, reason: 'E: no space left', log });
    const outcome = await driver.perform(WORKER, NEVER);
    expect(outcome).toMatchObject({ kind: 'failed', step: 'kubelet', reason: 'E: no space left' });
    expect(outcome.log).toHaveLength(20);
    expect(outcome.log.at(-1)).toBe('error: E: no space left');
    expect(outcome.log).toContain('error: line 29');
  });

  test('a log that cannot be had costs nothing but the log', async () => {
    stage.proxy.meddle = line => (line.includes('/log?') ? failure(403, 'Forbidden', 'you may not') : PASS);
    stage.cluster.faults.failJob({ step: 'kubelet', times: 1, reason: 'E: no space left' });
    const outcome = await driver.perform(WORKER, NEVER);
    expect(outcome).toEqual({ kind: 'failed', step: 'kubelet', reason: 'E: no space left', log: [] });
  });

  test('two workers share one Job, and both learn the outcome', async () => {
    const both = await Promise.all([driver.perform(WORKER, NEVER), driver.perform(WORKER, NEVER)]);
    expect(both.map(({ kind }) => kind)).toEqual(['succeeded', 'succeeded']);
    expect(await jobs()).toHaveLength(1);
    expect(await pods()).toHaveLength(1);
  });

  test('a worker that comes late gets the outcome, from the Job or, once that is gone, from the host', async () => {
    await driver.perform(WORKER, NEVER);
    expect(await driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(await pods()).toHaveLength(1);
    await deleteJob(WORKER);
    expect(await driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  test('a Job that somebody deletes midway is made again, and finds the work on the host', async () => {
    const outcome = driver.perform(WORKER, NEVER);
    await running();
    const [before] = await jobs();
    await deleteJob(WORKER);
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
    const [after] = await jobs();
    expect(after?.metadata?.name).toBe(before?.metadata?.name);
    expect(after?.metadata?.uid).not.toBe(before?.metadata?.uid);
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  test('a pod that is killed midway says nothing about the work: the next one attaches to it', async () => {
    const outcome = driver.perform(WORKER, NEVER);
    const { metadata } = await running();
    const { core, call } = stage.kubernetes.client;
    const name = metadata?.name ?? '';
    await call(
      { verb: 'delete', resource: 'pods' },
      o => core.deleteNamespacedPod({ namespace: NAMESPACE, name, gracePeriodSeconds: 0 }, o),
      NEVER,
    );
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
    expect((await pods()).map(pod => pod.metadata?.name)).not.toContain(name);
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  test('a worker that lets go leaves the work to the next one, and says what was seen last', async () => {
    const stop = new AbortController();
    const letGo = driver.perform(WORKER, stop.signal);
    await running();
    stop.abort();
    await expect(letGo).rejects.toThrow(StepFailed);
    // The test may see the pod run sooner than the driver does, which then says of the same pod what it saw before.
    await expect(letGo).rejects.toThrow(
      /host of node worker-1 did not come to its end in time: (the kubelet has not taken up pod \S+|pod \S+ is following it)\. /,
    );
    expect(await driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(await pods()).toHaveLength(1);
  });

  test('a retry waits until the Job of the earlier attempt has nothing under way on the node', async () => {
    const stop = new AbortController();
    const first = driver.perform(WORKER, stop.signal);
    await running();
    stop.abort();
    await expect(first).rejects.toThrow(StepFailed);
    expect(await driver.perform(RETRY, NEVER)).toMatchObject({ kind: 'succeeded' });
    const all = await jobs();
    expect(all).toHaveLength(2);
    expect(all.every(({ status }) => status?.succeeded === 1)).toBe(true);
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  test('a retry that waits in vain names the Job it waits for', async () => {
    stage.cluster.faults.nodeNeverReturns('worker-1');
    const stop = new AbortController();
    const first = driver.perform(WORKER, stop.signal);
    await running();
    stop.abort();
    await expect(first).rejects.toThrow(StepFailed);
    await expect(driver.perform(RETRY, AbortSignal.timeout(1_000))).rejects.toThrow(
      `Job ${jobName(WORKER)} of earlier work is still live on the node`,
    );
    expect(await jobs()).toHaveLength(1);
  });
});

describe('what is at work on a host', () => {
  beforeEach(() => begin());

  const atWork = () => driver.atWork(WORKER, NEVER);

  async function letGo(): Promise<void> {
    const stop = new AbortController();
    const left = driver.perform(WORKER, stop.signal);
    await running();
    stop.abort();
    await expect(left).rejects.toThrow(StepFailed);
  }

  test('is nothing where nothing was begun, and nothing is begun by asking', async () => {
    expect(await atWork()).toBeUndefined();
    expect(await jobs()).toEqual([]);
  });

  test('is the Job of a worker that let go, until its verdict is there', async () => {
    await letGo();
    expect(await atWork()).toMatch(new RegExp(`^Job ${jobName(WORKER)} is not over: pod \\S+ is following it$`));
    await driver.perform(WORKER, NEVER);
    expect(await atWork()).toBeUndefined();
    expect(await jobs()).toHaveLength(1);
  });

  test('is asked of the host itself where a Job ended without a verdict, and its answer is waited for', async () => {
    await letGo();
    const [job] = await jobs();
    const body = {
      ...job,
      status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    };
    const { batch, call } = stage.kubernetes.client;
    await call(
      { verb: 'update', resource: 'jobs/status' },
      o => batch.replaceNamespacedJobStatus({ namespace: NAMESPACE, name: jobName(WORKER), body }, o),
      NEVER,
    );
    await endPods();
    expect(await atWork()).toMatch(/^Job \S+at-work\S* asks its host whether anything is still at work there$/);
    await until(async () => ((await atWork()) === undefined ? true : undefined));
    expect(await jobs()).toHaveLength(2);
    expect(stage.cluster.ledger.offences).toEqual([]);
  });

  async function endPods(): Promise<void> {
    const { core, call } = stage.kubernetes.client;
    for (const { metadata } of await pods()) {
      const name = metadata?.name ?? '';
      await call(
        { verb: 'delete', resource: 'pods' },
        o => core.deleteNamespacedPod({ namespace: NAMESPACE, name, gracePeriodSeconds: 0 }, o),
        NEVER,
      );
    }
  }
});

describe('work that cannot begin', () => {
  beforeEach(() => begin());

  test('fails after a while, saying why, and leaves no Job that might begin later', async () => {
    stage.cluster.faults.silenceNode('worker-1');
    const outcome = await driverWith({ beginSeconds: 0.2 }).perform(WORKER, NEVER);
    expect(outcome).toMatchObject({
      kind: 'failed',
      step: 'job',
      reason: expect.stringMatching(/^The work could not begin on the host: the kubelet has not taken up pod \S+\.$/),
    });
    expect(await jobs()).toEqual([]);
  });

  test('fails at once where the image’s name cannot be one', async () => {
    stage.cluster.faults.silenceNode('worker-1');
    const outcome = driver.perform(WORKER, NEVER);
    const [pod] = await until(async () => {
      const found = await pods();
      return found.length > 0 ? found : undefined;
    });
    const { core, call } = stage.kubernetes.client;
    const waiting = { reason: 'InvalidImageName', message: 'couldn’t parse image name "x y"' };
    const containerStatuses = [
      { name: 'upgrade', image: 'x y', imageID: '', ready: false, restartCount: 0, state: { waiting } },
    ];
    await call(
      { verb: 'patch', resource: 'pods/status' },
      o =>
        core.patchNamespacedPodStatus(
          {
            namespace: NAMESPACE,
            name: pod?.metadata?.name ?? '',
            body: [{ op: 'add', path: '/status/containerStatuses', value: containerStatuses }],
          },
          o,
        ),
      NEVER,
    );
    expect(await outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('InvalidImageName: couldn’t parse'),
    });
  });

  test('an absence of the API server is not taken for a Job that cannot begin', async () => {
    stage.cluster.faults.silenceNode('worker-1');
    const outcome = driverWith({ beginSeconds: 0.5 }).perform(WORKER, NEVER);
    await until(async () => ((await jobs()).length > 0 ? true : undefined));
    stage.cluster.faults.outage({ mode: 'hang', seconds: 60 });
    stage.cluster.faults.reviveNode('worker-1');
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
  });

  test('where no pod may be made, the reason is what the Job controller said of it', async () => {
    hidePods();
    const outcome = driverWith({ beginSeconds: 0.3 }).perform(WORKER, NEVER);
    await until(async () => ((await jobs()).length > 0 ? true : undefined));
    await sayFailedCreate('pods "x" is forbidden: violates PodSecurity "baseline:latest"');
    expect(await outcome).toMatchObject({
      kind: 'failed',
      step: 'job',
      reason: 'The work could not begin on the host: pods "x" is forbidden: violates PodSecurity "baseline:latest".',
    });
  });

  test('a Job that may not be deleted is named as what is left to do', async () => {
    stage.cluster.faults.silenceNode('worker-1');
    stage.proxy.meddle = line => (line.startsWith('DELETE') ? failure(403, 'Forbidden', 'you may not') : PASS);
    const outcome = await driverWith({ beginSeconds: 0.2 }).perform(WORKER, NEVER);
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/Delete its Job before you retry: .*you may not/) });
  });

  test('a Job that may not be made is a refusal', async () => {
    stage.proxy.meddle = line => (line.includes('POST /apis/batch') ? failure(403, 'Forbidden', 'you may not') : PASS);
    await expect(driver.perform(WORKER, NEVER)).rejects.toThrow(ClusterRefused);
  });

  test('a Job that is deleted each time is not made for ever', async () => {
    const none = JSON.stringify({ kind: 'JobList', metadata: { resourceVersion: '1' }, items: [] });
    stage.proxy.meddle = line => (line.includes('jobs?limit') ? { kind: 'answer', code: 200, body: none } : PASS);
    expect(await driver.perform(WORKER, NEVER)).toMatchObject({
      step: 'job',
      reason: `Job ${jobName(WORKER)} was deleted 5 times before it brought a verdict.`,
    });
  });
});

describe('the control plane of a node', () => {
  beforeEach(() => begin(HIGHLY_AVAILABLE));

  test('stands at a version when its three static pods show it and are Ready', async () => {
    await driver.awaitControlPlane({ node: 'cp-2', version: version('v1.35.4'), settleSeconds: 0 }, NEVER);
  });

  test('is not well before some controller manager renews its lease as the leader', async () => {
    const { coordination, call } = stage.kubernetes.client;
    const name = 'kube-controller-manager';
    const namespace = 'kube-system';
    const spec = { holderIdentity: 'cp-1', renewTime: new V1MicroTime() };
    const body = { metadata: { name, namespace }, spec };
    await call(
      { verb: 'create', resource: 'leases' },
      o => coordination.createNamespacedLease({ namespace, body }, o),
      NEVER,
    );
    let ready = false;
    const wait = { node: 'cp-2', version: version('v1.35.4'), settleSeconds: 0 };
    const waited = driver.awaitControlPlane(wait, NEVER).then(() => {
      ready = true;
    });
    await pause(300);
    expect(ready).toBe(false);
    const renewed = [{ op: 'replace', path: '/spec/renewTime', value: new V1MicroTime(Date.now() + 2_000) }];
    await call(
      { verb: 'patch', resource: 'leases', name },
      o => coordination.patchNamespacedLease({ name, namespace, body: renewed }, o),
      NEVER,
    );
    await waited;
  });

  test('has to be well for as long as it is to settle', async () => {
    const began = Date.now();
    await driver.awaitControlPlane({ node: 'cp-2', version: version('v1.35.4'), settleSeconds: 1 }, NEVER);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
  });

  test('is waited for in vain: the sentence names each component with what it is', async () => {
    await expect(
      driver.awaitControlPlane(
        { node: 'cp-2', version: version('v1.36.0'), settleSeconds: 0 },
        AbortSignal.timeout(300),
      ),
    ).rejects.toThrow(
      'The control plane of node cp-2 did not come to v1.36.0 in time: kube-apiserver is v1.35.4; ' +
        'kube-controller-manager is v1.35.4; kube-scheduler is v1.35.4. Look at its static pods, then retry.',
    );
  });

  test('a node without static pods has none', async () => {
    const waited = driver.awaitControlPlane(
      { node: 'worker-1', version: version('v1.35.4'), settleSeconds: 0 },
      AbortSignal.timeout(300),
    );
    await expect(waited).rejects.toThrow('kube-apiserver has no pod');
  });
});
