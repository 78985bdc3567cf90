import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { LEAST_READY, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;

describe('the workers of a real cluster, upgraded from Slack by bot and worker', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 4 });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'come to the next minor one after the other, with every budget kept and nothing left behind',
    async () => {
      const { slack } = scene.capstan;
      const plan = await askForPlan(slack, '1.37 --only workers');
      expect(slack.transcript()).toContain('v1.36.3 → v1.37.2: workers 4 nodes');
      const observer = await Observer.during(scene.plane, NAMESPACE, async () => {
        const run = await approve(slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 10_000);
      });

      expect(observer.replaced).toEqual(scene.workers.map(name => `${name} v1.37.2`));
      expect(observer.mostCordoned).toBe(1);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
      expect(await standing(scene.plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      expect(scene.hosts.works.map(({ node, phase }) => `${node} ${phase}`)).toEqual(
        scene.workers.map(name => `${name} kubelet`),
      );
    },
    RUN_MS + 60_000,
  );
});
