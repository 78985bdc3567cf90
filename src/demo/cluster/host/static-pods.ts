import type { Simulation } from '../simulation.ts';
import { newObject } from '../store/new-object.ts';
import type { Host, Hosts } from './host.ts';
import { imageOf, STATIC_COMPONENTS, type StaticComponent } from './releases.ts';

/** Keeps a mirror pod for every static pod whose manifest lies on a host, as kubelets do. */
export function runStaticPods(sim: Simulation, hosts: Hosts): void {
  sim.store.subscribe('pods', ({ type, object }) => {
    const host = hosts.get(object.spec.nodeName ?? '');
    const component = STATIC_COMPONENTS.find(each => host && object.metadata.name === `${each}-${host.name}`);
    if (type !== 'DELETED' || object.metadata.namespace !== 'kube-system' || !host || !component) return;
    sim.loop.enqueue(`mirror ${object.metadata.name}`, () => createMirror(sim, host, component));
  });
}

/** The kubelet sees a changed manifest: the old pod stops, the new one is mirrored. */
export function replaceStaticPod(sim: Simulation, host: Host, component: StaticComponent): void {
  sim.loop.enqueue(`replace ${component}-${host.name}`, () => {
    sim.store.remove('pods', `kube-system/${component}-${host.name}`);
  });
}

export function createMirror({ store, clock }: Simulation, host: Host, component: StaticComponent): void {
  const version = host.manifests.get(component);
  const name = `${component}-${host.name}`;
  const node = store.get('nodes', undefined, host.name);
  if (!version || !node || store.get('pods', 'kube-system', name)) return;
  const image = imageOf(component, version);
  const hash = Buffer.from(image).toString('hex').slice(-32);
  store.create(
    'pods',
    newObject(
      'pods',
      {
        name,
        namespace: 'kube-system',
        labels: { component, tier: 'control-plane' },
        annotations: {
          'kubernetes.io/config.hash': hash,
          'kubernetes.io/config.mirror': hash,
          'kubernetes.io/config.seen': clock.timestamp(),
          'kubernetes.io/config.source': 'file',
        },
        owner: { apiVersion: 'v1', kind: 'Node', name: host.name, uid: node.metadata.uid, controller: true },
        spec: {
          nodeName: host.name,
          hostNetwork: true,
          priority: 2_000_001_000,
          priorityClassName: 'system-node-critical',
          tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
          containers: [{ name: component, image, resources: { requests: { cpu: '100m' } } }],
        },
      },
      clock.timestamp(),
    ),
  );
}
