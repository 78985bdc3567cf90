import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../controlplane/modules.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { LEAST_READY, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;
const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];

describe('the workers of a real cluster, upgraded from Slack by bot and worker', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 4 });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it.each([
    ['yes', 'patch nodes'],
    ['yes', 'create pods --subresource eviction --namespace shop'],
    ['yes', 'create jobs --namespace capstan-system'],
    ['no', 'create jobs --namespace shop'],
    ['no', 'create pods --namespace capstan-system'],
    ['yes', 'delete pods --namespace shop'],
    ['no', 'deletecollection pods --namespace shop'],
    ['no', 'get pods --subresource log --namespace shop'],
    ['no', 'get secrets --namespace capstan-system'],
    ['no', 'list secrets --all-namespaces'],
    ['no', 'delete nodes'],
    ['no', 'patch nodes --subresource status'],
    ['no', 'create clusterrolebindings'],
    ['no', 'impersonate users'],
    ['no', 'update leases --namespace kube-system'],
  ])('are in hands that the chart says %s to: %s', async (answer, what) => {
    // The answer "no" makes kubectl end with 1, as does whatever goes wrong with it.
    const asked = scene.plane.kubectl(['--kubeconfig', scene.workerKubeconfig, 'auth', 'can-i', ...what.split(' ')]);
    if (answer === 'yes') expect((await asked).trim()).toBe('yes');
    else await expect(asked).rejects.toThrow(/^no(?: - .+)?$/m);
  });

  it(
    'come to the next minor one after the other, with every budget kept and nothing left behind',
    async () => {
      const { slack } = scene.capstan;
      const plan = await askForPlan(slack, '1.37 --only workers');
      expect(slack.transcript()).toContain(`${FROM} → ${TO}: workers 4 nodes`);
      const observer = await Observer.during(scene.plane, NAMESPACE, async () => {
        const run = await approve(slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 10_000);
      });

      expect(observer.replaced).toEqual(scene.workers.map(name => `${name} ${TO}`));
      expect(observer.mostCordoned).toBe(1);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
      // Nobody had to ask for more than the chart grants.
      expect(readFileSync(join(scene.capstan.folder, 'worker.log'), 'utf8')).not.toMatch(/forbidden|does not let us/i);
      expect(await standing(scene.plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      expect(scene.hosts.works.map(({ node, phase }) => `${node} ${phase}`)).toEqual(
        scene.workers.map(name => `${name} kubelet`),
      );
    },
    RUN_MS + 60_000,
  );
});
