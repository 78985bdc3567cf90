import { type Cluster, START_MS, startCluster } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { Hosts } from './hosts.ts';
import { type Installation, install } from './installation.ts';
import { Observer } from './observer.ts';
import { LEAST_READY, NAMESPACE, openShop } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;

describe('the workers of a real cluster, upgraded from Slack by bot and worker', () => {
  let cluster: Cluster;
  let hosts: Hosts;
  let capstan: Installation;

  beforeAll(async () => {
    cluster = await startCluster({ minor: '1.37', kubelets: '1.36', workers: 4 });
    await openShop(cluster.plane.admin);
    hosts = new Hosts(cluster.plane);
    capstan = await install(cluster.workerKubeconfig);
  }, START_MS);

  afterAll(async () => {
    await capstan?.stop();
    await hosts?.stop();
    await cluster?.plane.stop();
  }, 30_000);

  it(
    'come to the next minor one after the other, with every budget kept and nothing left behind',
    async () => {
      const { slack } = capstan;
      const plan = await askForPlan(slack, '1.37 --only workers');
      expect(slack.transcript()).toContain('v1.36.3 → v1.37.2: workers 4 nodes');
      const observer = await Observer.during(cluster.plane, NAMESPACE, async () => {
        const run = await approve(slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 10_000);
      });

      expect(observer.replaced).toEqual(cluster.workers.map(name => `${name} v1.37.2`));
      expect(observer.mostCordoned).toBe(1);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
      expect(await standing(cluster.plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      expect(hosts.works.map(({ node, phase }) => `${node} ${phase}`)).toEqual(
        cluster.workers.map(name => `${name} kubelet`),
      );
    },
    RUN_MS + 60_000,
  );
});
