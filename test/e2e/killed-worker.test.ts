import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PatchStrategy, type V1Pod } from '@kubernetes/client-node';
import { QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import type { SupervisedProcess } from '../../src/demo/supervised-process.ts';
import { PREFIX, runQueue } from '../../src/queue/names.ts';
import type { Step } from '../../src/run/run.ts';
import { as } from '../contract/client.ts';
import { podsPath } from '../contract/world.ts';
import { annotatePod } from '../controlplane/played-nodes.ts';
import { STEPS } from '../survival/moments.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { follow } from './follow.ts';
import { grantedTwice } from './granted-twice.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { LEAST_READY, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 300_000;
const AFTERWARDS_MS = 3_000;
/** On the node of that name the worker is killed when it has just told that it begins the step. */
const KILLED_IN: ReadonlyMap<string, Step> = new Map(
  [...STEPS, 'drain' as const].map((step, place) => [`worker-${place + 1}`, step]),
);
/** Somebody else had cordoned the last of them. */
const CORDONED = `worker-${KILLED_IN.size}`;

/** Calls `act` as soon as a worker tells the run of a step, while the run has not heard of it yet. */
async function onEachStep(
  redisUrl: string,
  act: (node: string, step: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const told = new QueueEvents(runQueue('e2e'), { connection, prefix: PREFIX });
  told.on('added', ({ jobId }) => {
    const [, node = '', step = ''] = /-(worker-\d+)-1-(\w+)$/.exec(jobId) ?? [];
    act(node, step);
  });
  await told.waitUntilReady();
  return {
    stop: async () => {
      await told.close();
      connection.disconnect();
    },
  };
}

describe('a run in which the worker is killed once on every node, each time in another step', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: KILLED_IN.size });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'ends with every node upgraded and as schedulable as it was, no pod evicted twice, and no budget broken',
    async () => {
      const { plane, hosts, capstan } = scene;
      const { slack, worker } = capstan;
      await plane.admin.core.patchNode(
        { name: CORDONED, body: { spec: { unschedulable: true } } },
        as(PatchStrategy.StrategicMergePatch),
      );
      const killed: string[] = [];
      const steps = await onEachStep(capstan.redisUrl, (node, step) => {
        if (KILLED_IN.get(node) !== step) return;
        killed.push(`${node} ${step}`);
        worker.crash();
      });
      const plan = await askForPlan(slack, '1.37 --only workers');
      const observer = await Observer.during(plane, NAMESPACE, async () => {
        const run = await approve(slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 30_000);
      });
      await steps.stop();

      expect(killed.toSorted()).toEqual([...KILLED_IN].map(([node, step]) => `${node} ${step}`).toSorted());
      expect(worker.restarts).toBe(killed.length);
      const inOrder = [CORDONED, ...scene.workers.filter(name => name !== CORDONED)];
      expect(observer.replaced).toEqual(inOrder.map(name => `${name} v1.37.2`));
      // No host was asked twice.
      expect(hosts.works.map(({ node }) => node)).toEqual(inOrder);
      expect(await standing(plane.admin)).toEqual({ cordoned: [CORDONED], claimed: [], holder: undefined });
      const evictions = await plane.evictions();
      expect(evictions.filter(({ code }) => code === 201).length).toBeGreaterThanOrEqual(13);
      expect(evictions.filter(({ uid }) => uid === undefined)).toEqual([]);
      expect(grantedTwice(evictions)).toEqual([]);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
    },
    RUN_MS + 60_000,
  );
});

/** On the node of that name the worker that has it is stopped in this step; in a drain when the first pod is leaving. */
const STOPPED_IN: ReadonlyMap<string, Step> = new Map([
  ['worker-1', 'drain'],
  ['worker-2', 'cordon'],
  ['worker-3', 'uncordon'],
]);
/** More than twice as long as its lock lasts: another has long taken over. */
const STOPPED_MS = 12_000;

describe('a run in which the worker at work is stopped on every node for longer than its lock lasts, and goes on then', () => {
  let scene: Scene;
  let workers: ReadonlyMap<string, SupervisedProcess>;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: STOPPED_IN.size });
    const { worker, addWorker } = scene.capstan;
    workers = new Map([
      ['worker', worker],
      ['second', await addWorker('second')],
    ]);
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  /** Who has told its log that it works on the node, in the order of the lines of each. */
  function workedOn(node: string): string[] {
    return [...workers.keys()].filter(name => {
      const lines = readFileSync(join(scene.capstan.folder, `${name}.log`), 'utf8').split('\n');
      return lines.some(line => line.includes('working on a node') && line.includes(`-${node}"`));
    });
  }

  it(
    'ends as if nothing had been: another took each over, no pod was evicted twice, no budget broken, no host asked twice',
    async () => {
      const { plane, hosts, capstan } = scene;
      const { items } = await plane.admin.core.listNamespacedPod({ namespace: NAMESPACE });
      // Those of the first node are still stopping when the stopped worker goes on.
      for (const { metadata } of items) {
        await annotatePod(plane.admin, NAMESPACE, metadata?.name ?? '', { 'kwok.capstan.test/stops-in': '15s' });
      }
      const takenOver: string[] = [];
      const going: Promise<void>[] = [];
      const stop = async (node: string) => {
        const [name = '', ...others] = workedOn(node);
        expect(others).toEqual([]);
        workers.get(name)?.signal('SIGSTOP');
        await delay(STOPPED_MS);
        if (workedOn(node).length === 2) takenOver.push(node);
        workers.get(name)?.signal('SIGCONT');
      };
      const seen = new AbortController();
      const pods = podsPath(NAMESPACE);
      const watching = follow<V1Pod>(
        plane.admin,
        pods,
        all => {
          const leaves = ({ spec, metadata }: V1Pod) => spec?.nodeName === 'worker-1' && metadata?.deletionTimestamp;
          if (going.length === 0 && all.some(leaves)) going.push(stop('worker-1'));
        },
        seen.signal,
      );
      const steps = await onEachStep(capstan.redisUrl, (node, step) => {
        if (step !== 'drain' && STOPPED_IN.get(node) === step) going.push(stop(node));
      });
      const plan = await askForPlan(capstan.slack, '1.37 --only workers');
      const observer = await Observer.during(plane, NAMESPACE, async () => {
        const run = await approve(capstan.slack, plan);
        await run.is('over', RUN_MS);
        await Promise.all(going);
        // Whatever a worker that went on might still do.
        await delay(AFTERWARDS_MS);
      });
      await steps.stop();
      seen.abort();
      await watching;

      expect(takenOver).toEqual(scene.workers);
      expect(observer.replaced).toEqual(scene.workers.map(name => `${name} v1.37.2`));
      expect(hosts.works.map(({ node }) => node)).toEqual(scene.workers);
      expect(await standing(plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      const evictions = await plane.evictions();
      expect(evictions.filter(({ code }) => code === 201).length).toBeGreaterThanOrEqual(13);
      expect(grantedTwice(evictions)).toEqual([]);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
    },
    RUN_MS + 60_000,
  );
});
