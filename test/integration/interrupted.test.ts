import { setTimeout as pause } from 'node:timers/promises';
import type { Baseline } from '../../src/app/workload-ports.ts';
import { createKubeadmDriver } from '../../src/kubernetes/driver/kubeadm-driver.ts';
import type { Step } from '../../src/run/run.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { PASS } from '../support/meddling-proxy.ts';
import { versionOf } from '../support/version.ts';
import { startWorker } from '../unit/app/recipe-example.ts';

const RUN = 'r1';
const NODE = 'worker-1';
const NAMESPACE = 'capstan-system';
const [OLD, NEW] = [versionOf('1.36.3'), versionOf('1.37.2')];
const SETTINGS = { readySeconds: 0.5, soakSeconds: 1, settleSeconds: 0 };

/** Steps that would be over at once are held up by a request of theirs, the first, that is not answered. */
const HELD: Partial<Record<Step, RegExp>> = {
  claim: /^GET .*\/leases\//,
  preflight: /^POST \/apis\/batch/,
  cordon: /^PATCH \/api\/v1\/nodes/,
  uncordon: /^PATCH \/api\/v1\/nodes/,
};

type Worker = ReturnType<typeof startWorker>;

let stage: Stage;
let uid: string;
let baselines: Map<string, Baseline>;
let hold: Step | undefined;
let worker: Worker | undefined;

/** A cluster whose control plane is upgraded, and whose workers are not. */
beforeEach(async () => {
  stage = await startStage({}, { speed: 120 });
  baselines = new Map();
  hold = undefined;
  worker = undefined;
  const phase = { id: 'cp', run: RUN, node: 'cp-1', phase: 'control-plane', kubeadm: 'apply' } as const;
  await driver().perform({ ...phase, from: OLD, to: NEW, ignorePreflightErrors: [] }, NEVER);
  await driver().awaitControlPlane({ node: 'cp-1', version: NEW, settleSeconds: 0 }, NEVER);
  await settled();
  await stage.kubernetes.lease.acquire(RUN, 'test', NEVER);
  uid = (await node()).uid;
  stage.proxy.meddle = line => {
    const step = worker?.steps.at(-1);
    if (step === undefined || step !== hold || !HELD[step]?.test(line)) return PASS;
    hold = undefined;
    return { kind: 'fall-silent' };
  };
});
afterEach(() => stage.stop());

/** The add-ons of the new version have replaced those of the old one. */
async function settled(): Promise<void> {
  const isReady = ({ metadata, status }: ReturnType<Stage['cluster']['pods']>[number]) =>
    metadata.deletionTimestamp === undefined &&
    (status?.phase === 'Succeeded' ||
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));
  while (!stage.cluster.pods().every(isReady)) await pause(20);
}

function driver() {
  return createKubeadmDriver({ client: stage.kubernetes.client, namespace: NAMESPACE, image: 'busybox:1.37' });
}

async function node() {
  const seen = await stage.kubernetes.nodes.get(NODE, NEVER);
  if (!seen) throw new Error(`there is no node ${NODE}`);
  return seen;
}

function start(given: Parameters<typeof startWorker>[1] = {}, signal = NEVER, settings = SETTINGS): Worker {
  const ports = {
    ...stage.kubernetes,
    driver: driver(),
    clock: Date,
    baselines: {
      get: async (id: string) => baselines.get(id),
      create: async (id: string, baseline: Baseline) => baselines.size < baselines.set(id, baseline).size,
    },
  };
  const now = Date.now();
  const reached = { step: 'claim', since: now } as const;
  const task = { node: NODE, uid, from: OLD, to: NEW, pass: [NODE, 'worker-2'] };
  worker = startWorker(ports, { ...task, reached, ...given }, { settings, signal });
  return worker;
}

/** Until the step has been under way for a moment. */
async function inStep({ steps }: Worker, step: Step): Promise<void> {
  while (steps.at(-1) !== step) await pause(5);
  await pause(50);
}

const upgrades = async () => {
  const { batch, call } = stage.kubernetes.client;
  const { items } = await call({ verb: 'list', resource: 'jobs' }, o => batch.listJobForAllNamespaces({}, o), NEVER);
  return items.map(({ metadata }) => metadata?.annotations?.['capstan.dev/work-id']).filter(id => id?.includes('h0-2'));
};

const STEPS: readonly Step[] = ['claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates'];

describe.each(STEPS)('in step %s', step => {
  test('a worker that stops lets go within a second, and the next one goes on from there', async () => {
    hold = step;
    const life = new AbortController();
    const first = start({}, life.signal);
    await inStep(first, step);
    const stopped = Date.now();
    life.abort(new Error('this process stops'));
    await expect(first.outcome).rejects.toThrow();
    expect(Date.now() - stopped).toBeLessThan(1_000);

    expect(await start({ reached: first.reached() }).outcome).toEqual({ kind: 'done' });
    expect(await node()).toMatchObject({ kubelet: NEW, unschedulable: false, claim: undefined });
    expect(await upgrades()).toEqual([`${RUN}-h0-2-w-1-1`, `${RUN}-h0-2-w-1-1-preflight`]);
    expect(stage.cluster.ledger.offences).toEqual([]);
  });
});

describe.each<Step>(['claim', 'preflight', 'cordon', 'drain'])('in step %s', step => {
  test('a pause leaves the node as it is, and an abort gives it back within a second', async () => {
    hold = step;
    const running = start();
    await inStep(running, step);
    running.order({ kind: 'pause' });
    await pause(500);
    expect(running.steps.at(-1)).toBe(step);
    const ordered = Date.now();
    running.order({ kind: 'abort' });
    expect(await running.outcome).toEqual({ kind: 'stopped' });
    expect(Date.now() - ordered).toBeLessThan(1_000);
    expect(await node()).toMatchObject({ kubelet: OLD, unschedulable: false, claim: undefined });
    expect(await upgrades()).not.toContain(`${RUN}-h0-2-w-1-1`);
  });
});

describe.each<Step>(['upgrade', 'uncordon'])('in step %s', step => {
  test('an abort brings the node to a safe end, and waits for no gates', async () => {
    const running = start();
    while (running.steps.at(-1) !== step) await pause(1);
    running.order({ kind: 'abort' });
    expect(await running.outcome).toEqual({ kind: 'left' });
    expect(running.steps).not.toContain('gates');
    expect(await node()).toMatchObject({ kubelet: NEW, unschedulable: false, claim: undefined, ready: 'True' });
  });
});

describe('in step ready, which does not end by itself', () => {
  const UNSEEN = { kubelet: NEW, unschedulable: false, claim: undefined };
  const settings = { ...SETTINGS, readySeconds: 300 };

  async function isHeld(): Promise<void> {
    await pause(500);
    expect(await node()).toMatchObject({ ...UNSEEN, unschedulable: true, claim: { run: RUN } });
  }
  async function isGivenUp(running: Worker): Promise<void> {
    const ordered = Date.now();
    running.order({ kind: 'abort' });
    expect(await running.outcome).toEqual({ kind: 'stopped' });
    expect(Date.now() - ordered).toBeLessThan(1_000);
    expect(await node()).toMatchObject(UNSEEN);
  }

  test('an abort gives the upgraded node back within a second, and a pause waits on', async () => {
    const running = start({}, NEVER, settings);
    await inStep(running, 'ready');
    running.order({ kind: 'pause' });
    await isHeld();
    await isGivenUp(running);
  });

  test('a run that was aborted while the host was at work waits, until it is aborted once more', async () => {
    const running = start({}, NEVER, settings);
    while (running.steps.at(-1) !== 'upgrade') await pause(1);
    running.order({ kind: 'abort' });
    await inStep(running, 'ready');
    await isHeld();
    await isGivenUp(running);
  });
});

test('in step gates an abort ends the work within a second', async () => {
  const running = start();
  await inStep(running, 'gates');
  const ordered = Date.now();
  running.order({ kind: 'abort' });
  expect(await running.outcome).toEqual({ kind: 'left' });
  expect(Date.now() - ordered).toBeLessThan(1_000);
  expect(await node()).toMatchObject({ kubelet: NEW, unschedulable: false, claim: undefined });
});
