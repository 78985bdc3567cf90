import { realpathSync } from 'node:fs';
import { readyPods } from '../contract/world.ts';
import { COMPONENTS } from '../controlplane/components.ts';
import { type Minor, versionOf } from '../controlplane/modules.ts';
import { programsOf, servedVersion } from '../controlplane/programs.ts';
import { CONTROL_PLANE_NODE, START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { LEAST_READY, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 180_000;
const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];

describe('a whole cluster, its control plane restarted from the programs of the next minor', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.36', kubelets: '1.36', workers: 3 });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    `goes from ${FROM} to ${TO}, though the API server goes away under the product`,
    async () => {
      const { plane, workers } = scene;
      const versionNow = async () => JSON.parse(await plane.kubectl(['get', '--raw', '/version'])).gitVersion as string;
      const served = (minor: Minor) => servedVersion(minor, AbortSignal.timeout(START_MS));
      const programsNow = () => COMPONENTS.map(component => plane.programOf(component));
      const programs = async (minor: Minor) => {
        const files = await programsOf(minor, AbortSignal.timeout(START_MS));
        return COMPONENTS.map(component => realpathSync(files[component]));
      };
      expect(programsNow()).toEqual(await programs('1.36'));
      expect(await versionNow()).toBe(await served('1.36'));
      const plan = await askForPlan(scene.capstan.slack, '1.37');
      const observer = await Observer.during(plane, NAMESPACE, async () => {
        const run = await approve(scene.capstan.slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 10_000);
      });

      expect(await versionNow()).toBe(await served('1.37'));
      expect(programsNow()).toEqual(await programs('1.37'));
      // The control plane's programs come first, then its kubelet, then the workers, one after the other.
      expect(scene.hosts.works.map(({ node, phase, kubeadm }) => [node, phase, kubeadm].join(' ').trim())).toEqual([
        `${CONTROL_PLANE_NODE} control-plane apply`,
        `${CONTROL_PLANE_NODE} kubelet`,
        ...workers.map(name => `${name} kubelet`),
      ]);
      expect(observer.replaced).toEqual([CONTROL_PLANE_NODE, ...workers].map(name => `${name} ${TO}`));
      expect(observer.mostCordoned).toBe(1);
      for (const [app, least] of Object.entries(LEAST_READY)) {
        expect({ app, kept: (observer.fewestReady.get(app) ?? 0) >= least }).toEqual({ app, kept: true });
      }
      expect(await standing(plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      const proxies = await readyPods(plane.admin, 'kube-system', 'kube-proxy', workers.length + 1);
      expect(new Set(proxies.map(({ spec }) => spec?.containers[0]?.image))).toEqual(
        new Set([`registry.k8s.io/kube-proxy:${TO}`]),
      );
    },
    RUN_MS + 30_000,
  );
});
