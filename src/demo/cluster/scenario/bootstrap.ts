import { type KubernetesVersion, parseVersion } from '../../../version/kubernetes-version.ts';
import { clusterConfiguration } from '../host/addons.ts';
import type { Host } from '../host/host.ts';
import { coreDnsImage, imageOf, STATIC_COMPONENTS } from '../host/releases.ts';
import { createMirror } from '../host/static-pods.ts';
import type { Simulation } from '../simulation.ts';
import { newObject, type ObjectSeed } from '../store/new-object.ts';
import type { ResourceName } from '../store/objects.ts';
import { nodeSeed } from './node-seed.ts';
import type { Scenario, Workload } from './scenario.ts';
import { budgetSeed, daemonSetSeed, replicatedSeed } from './workload-seeds.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** The machines of a scenario, with everything at its version. */
export function hostsOf(scenario: Scenario): Map<string, Host> {
  const version = versionOf(scenario);
  return new Map(
    scenario.nodes.map(({ name, role }) => [
      name,
      {
        name,
        role,
        kubelet: { version, running: true },
        kubeadm: version,
        manifests: new Map(role === 'control-plane' ? STATIC_COMPONENTS.map(each => [each, version]) : []),
        units: new Map(),
      },
    ]),
  );
}

/** Fills the store with a scenario's objects; the controllers do the rest. */
export function bootstrap(sim: Simulation, scenario: Scenario, hosts: ReadonlyMap<string, Host>): void {
  const version = versionOf(scenario);
  const put = <R extends ResourceName>(resource: R, seed: ObjectSeed<R>) =>
    sim.store.create(resource, newObject(resource, seed, sim.clock.timestamp()));
  for (const name of new Set([...NAMESPACES, ...scenario.workloads.map(each => each.namespace)])) {
    put('namespaces', { name, labels: { 'kubernetes.io/metadata.name': name } });
  }
  const configuration = { ClusterConfiguration: clusterConfiguration(version) };
  put('configmaps', { name: 'kubeadm-config', namespace: 'kube-system', extra: { data: configuration } });
  scenario.nodes.forEach((node, index) => {
    put('nodes', nodeSeed(node, index, version, sim.clock.timestamp()));
    put('leases', leaseSeed(node.name, sim.clock.microTimestamp()));
  });
  for (const host of hosts.values()) for (const component of STATIC_COMPONENTS) createMirror(sim, host, component);
  for (const workload of [...addons(version), ...scenario.workloads]) {
    if (workload.kind === 'DaemonSet') put('daemonsets', daemonSetSeed(workload));
    else if (workload.kind === 'Deployment') put('deployments', replicatedSeed(workload));
    else
      put('statefulsets', {
        ...replicatedSeed(workload),
        spec: { ...replicatedSeed(workload).spec, serviceName: workload.name },
      });
    const budget = budgetSeed(workload);
    if (budget) put('poddisruptionbudgets', budget);
  }
}

/** What kubeadm installs as ordinary workloads. */
function addons(version: KubernetesVersion): Workload[] {
  const system = { namespace: 'kube-system', cpu: '100m', memory: '70Mi', everywhere: true };
  return [
    { ...system, kind: 'DaemonSet', name: 'kube-proxy', image: imageOf('kube-proxy', version) },
    { ...system, kind: 'Deployment', name: 'coredns', image: coreDnsImage(version), replicas: 2 },
  ];
}

function leaseSeed(node: string, renewTime: string): ObjectSeed<'leases'> {
  const spec = { holderIdentity: node, leaseDurationSeconds: 40, renewTime };
  return { name: node, namespace: 'kube-node-lease', spec };
}

function versionOf({ name, version }: Scenario): KubernetesVersion {
  const parsed = parseVersion(version);
  if (!parsed) throw new Error(`The scenario ${name} has the version ${version}; write it like v1.36.3.`);
  return parsed;
}
