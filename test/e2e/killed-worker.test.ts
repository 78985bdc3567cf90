import { PatchStrategy } from '@kubernetes/client-node';
import { QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { PREFIX, runQueue } from '../../src/queue/names.ts';
import type { Step } from '../../src/run/run.ts';
import { as } from '../contract/client.ts';
import { STEPS } from '../survival/moments.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { grantedTwice } from './granted-twice.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { LEAST_READY, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 300_000;
/** On the node of that name the worker is killed when it has just told that it begins the step. */
const KILLED_IN: ReadonlyMap<string, Step> = new Map(
  [...STEPS, 'drain' as const].map((step, place) => [`worker-${place + 1}`, step]),
);
/** Somebody else had cordoned the last of them. */
const CORDONED = `worker-${KILLED_IN.size}`;

describe('a run in which the worker is killed once on every node, each time in another step', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: KILLED_IN.size });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  /** Calls `act` as soon as a worker tells the run of a step, while the run has not heard of it yet. */
  async function onEachStep(act: (node: string, step: string) => void): Promise<{ stop(): Promise<void> }> {
    const connection = new Redis(scene.capstan.redisUrl, { maxRetriesPerRequest: null });
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
      const steps = await onEachStep((node, step) => {
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
