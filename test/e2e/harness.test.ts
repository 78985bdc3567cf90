import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { V1Job, V1JobSpec, V1Pod } from '@kubernetes/client-node';
import { failureOf } from '../contract/client.ts';
import { until } from '../contract/watching.ts';
import { isTrue, nameOf, nodeWhere, podSpec, podsPath, runningPod } from '../contract/world.ts';
import { ControlPlane } from '../controlplane/control-plane.ts';
import { CAN_LEASH } from '../controlplane/leash.ts';
import { versionOf } from '../controlplane/modules.ts';
import { annotateNode, annotatePod, makeNodes, replaceKubelet, silence } from '../controlplane/played-nodes.ts';
import { servedVersion } from '../controlplane/programs.ts';
import { START_MS } from './cluster.ts';

const MAIN = fileURLToPath(new URL('../controlplane/main.ts', import.meta.url));
const LOOK_MS = 20;
const NAMESPACE = 'default';
const VERSION = versionOf('1.37');

describe('a control plane of processes, with nodes that kwok plays', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start({ minor: '1.37', nodeGraceSeconds: 5, signal: AbortSignal.timeout(START_MS) });
    const worker = (name: string) => ({ name, role: 'worker', version: VERSION }) as const;
    await makeNodes(plane.admin, ['one', 'two'].map(worker), plane.kubeletPort);
  }, START_MS);

  afterAll(() => plane?.stop(), 30_000);

  it('is of the version that was asked for, and asks who comes', async () => {
    expect(JSON.parse(await plane.kubectl(['version', '-o', 'json']))).toMatchObject({
      clientVersion: { gitVersion: VERSION },
      serverVersion: { gitVersion: await servedVersion('1.37', AbortSignal.timeout(START_MS)) },
    });
    const can = plane.kubectl(['auth', 'can-i', 'list', 'nodes', '--as', 'nobody']);
    await expect(can).rejects.toThrow(/^no(?: - .+)?$/m);
  });

  const jobs = async (name: string, annotations: Record<string, string>, more: Partial<V1JobSpec> = {}) => {
    const template = { metadata: { annotations }, spec: podSpec({ restartPolicy: 'Never' }) };
    const body: V1Job = { metadata: { name }, spec: { backoffLimit: 0, template, ...more } };
    await plane.admin.batch.createNamespacedJob({ namespace: NAMESPACE, body });
  };
  const jobWhere = (name: string, type: string) =>
    until<V1Job, V1Job>(plane.admin, `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`, all =>
      all.find(job => nameOf(job) === name && isTrue(job.status?.conditions, type)),
    );
  const podOf = (job: string, holds: (pod: V1Pod) => boolean = () => true) =>
    until<V1Pod, V1Pod>(plane.admin, podsPath(NAMESPACE), pods =>
      pods.find(pod => pod.metadata?.labels?.['job-name'] === job && holds(pod)),
    );

  it('runs Jobs that succeed and Jobs that fail, with what they have to say', async () => {
    await jobs('well', { 'kwok.capstan.test/exit-code': '0', 'kwok.capstan.test/message': 'all "done"' });
    await jobs('badly', { 'kwok.capstan.test/exit-code': '3', 'kwok.capstan.test/message': 'disk full' });
    await jobWhere('well', 'Complete');
    await jobWhere('badly', 'Failed');
    const terminated = async (job: string) => (await podOf(job)).status?.containerStatuses?.[0]?.state?.terminated;
    expect(await terminated('well')).toMatchObject({ exitCode: 0, reason: 'Completed', message: 'all "done"' });
    expect(await terminated('badly')).toMatchObject({ exitCode: 3, reason: 'Error', message: 'disk full' });
  });

  it('runs Jobs that hang until they are told how to end', async () => {
    await jobs('hangs', { 'kwok.capstan.test/works': '' });
    const pod = await podOf('hangs', ({ status }) => status?.phase === 'Running');
    await jobs('later', {});
    await jobWhere('later', 'Complete');
    expect((await podOf('hangs')).status?.phase).toBe('Running');
    await annotatePod(plane.admin, NAMESPACE, nameOf(pod), { 'kwok.capstan.test/exit-code': '0' });
    await jobWhere('hangs', 'Complete');
  });

  it('starts no container that is to wait, and lets one take its time to stop', async () => {
    const annotations = { 'kwok.capstan.test/waits': '' };
    const body = { metadata: { name: 'waits', annotations }, spec: podSpec() };
    await plane.admin.core.createNamespacedPod({ namespace: NAMESPACE, body });
    await runningPod(plane.admin, NAMESPACE, { name: 'slow', annotations: { 'kwok.capstan.test/stops-in': '2s' } });
    expect((await plane.admin.core.readNamespacedPod({ namespace: NAMESPACE, name: 'waits' })).status?.phase).toBe(
      'Pending',
    );
    const began = Date.now();
    await plane.admin.core.deleteNamespacedPod({ namespace: NAMESPACE, name: 'slow' });
    await until<V1Pod, true>(
      plane.admin,
      podsPath(NAMESPACE),
      pods => !pods.some(pod => nameOf(pod) === 'slow') || undefined,
    );
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_900);
  });

  it('has nodes change their version', async () => {
    await replaceKubelet(plane.admin, 'one', 'v1.37.1');
    await nodeWhere(plane.admin, 'one', ({ status }) => status?.nodeInfo?.kubeletVersion === 'v1.37.1');
  });

  it('has nodes fall silent, which its own controllers notice, and answer again', async () => {
    const stuck = await runningPod(plane.admin, NAMESPACE, { name: 'stuck' }, { nodeName: 'two' });
    await silence(plane.admin, 'two');
    await plane.admin.core.deleteNamespacedPod({ namespace: NAMESPACE, name: nameOf(stuck) });
    const lost = await nodeWhere(plane.admin, 'two', ({ spec }) =>
      Boolean(spec?.taints?.some(({ key, effect }) => key.endsWith('unreachable') && effect === 'NoExecute')),
    );
    expect(lost.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'Unknown' }));
    // Nobody is there to stop it.
    const left = await plane.admin.core.readNamespacedPod({ namespace: NAMESPACE, name: 'stuck' });
    expect(left.metadata?.deletionTimestamp).toBeInstanceOf(Date);

    await annotateNode(plane.admin, 'two', { 'kwok.capstan.test/silent': null });
    await nodeWhere(plane.admin, 'two', ({ status, spec }) => isTrue(status?.conditions, 'Ready') && !spec?.taints);
    await annotatePod(plane.admin, NAMESPACE, 'stuck', { 'kwok.capstan.test/silent': null });
    await until<V1Pod, true>(
      plane.admin,
      podsPath(NAMESPACE),
      pods => !pods.some(pod => nameOf(pod) === 'stuck') || undefined,
    );
  });

  it('goes down without leaving a process or a file', async () => {
    const pids = plane.pids();
    expect(pids).toHaveLength(5);
    await plane.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(plane.folder)).toBe(false);
    await expect(failureOf(plane.admin.core.listNode())).rejects.toThrow();
  });
});

/** Elsewhere whoever is killed leaves its processes behind. */
if (CAN_LEASH) {
  describe('npm run controlplane', () => {
    it(
      'leaves no process behind even where it is killed',
      async () => {
        const main = spawn(process.execPath, [MAIN, '--nodes', '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
        const kubeconfig = await saidKubeconfig(main.stdout);
        const daemons = childrenOf(main.pid ?? 0);
        expect(daemons).toHaveLength(5);
        main.kill('SIGKILL');
        while (daemons.some(isAlive)) await delay(LOOK_MS);
        rmSync(dirname(kubeconfig), { recursive: true });
      },
      START_MS,
    );
  });
}

async function saidKubeconfig(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const file = /KUBECONFIG=(\S+)/.exec(line)?.[1];
    if (file !== undefined) return file;
  }
  throw new Error('It ended before it named a kubeconfig.');
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
