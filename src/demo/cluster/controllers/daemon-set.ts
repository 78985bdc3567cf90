import { deletePod } from '../pods/delete-pod.ts';
import { isActive, isFinished, isReady } from '../pods/pod-state.ts';
import { admits } from '../scheduler.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { DaemonSet, Node, Pod, PodSpec, WireToleration } from '../store/objects.ts';
import { createPodFrom, templateHash } from './pod-from-template.ts';

const REVISION = 'controller-revision-hash';

/** What the DaemonSet controller lets its pods tolerate: a cordon or a sick node does not keep them away. */
const TOLERATIONS: readonly WireToleration[] = [
  ...['not-ready', 'unreachable'].map(name => toleration(name, 'NoExecute')),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map(name => toleration(name, 'NoSchedule')),
];

/** One pod on every node that admits it; a changed template replaces them one node at a time. */
export function runDaemonSetController(sim: Simulation): void {
  const enqueue = runController(sim, {
    name: 'daemonset',
    watches: { daemonsets: itself, pods: ownerOf('DaemonSet') },
    reconcile: key => {
      const set = sim.store.at('daemonsets', key);
      if (!set) return;
      const spec = withTolerations(set.spec.template.spec);
      const nodes = [...sim.store.all('nodes')].filter(node => admits(node, spec));
      const hash = templateHash(set.spec.template);
      place(sim, set, nodes, hash);
      roll(sim, set, nodes, hash);
      writeStatus(sim, set, nodes.length, hash);
    },
  });
  sim.store.subscribe('nodes', ({ object, previous }) => {
    const same = previous && JSON.stringify(previous.spec.taints) === JSON.stringify(object.spec.taints);
    if (!same) for (const set of sim.store.all('daemonsets')) enqueue(keyOf(set));
  });
}

function place(sim: Simulation, set: DaemonSet, nodes: readonly Node[], hash: string): void {
  const taken = new Set<string>();
  for (const pod of sim.pods.ownedBy(set.metadata.uid)) {
    const node = nodeOf(pod);
    if (isFinished(pod)) deletePod(sim, pod, 0);
    else if (sim.store.get('nodes', undefined, node)) taken.add(node);
    else if (isActive(pod)) deletePod(sim, pod, 0);
  }
  for (const { metadata } of nodes) {
    if (taken.has(metadata.name)) continue;
    createPodFrom(sim, set, set.spec.template, {
      labels: { [REVISION]: hash },
      adjust: spec => pin(spec, metadata.name),
    });
  }
}

function pin(spec: PodSpec, node: string): void {
  spec.tolerations = withTolerations(spec).tolerations ?? [];
  spec.affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  };
}

function roll(sim: Simulation, set: DaemonSet, nodes: readonly Node[], hash: string): void {
  const pods = sim.pods.ownedBy(set.metadata.uid);
  const healthy = pods.filter(pod => isReady(pod) && isActive(pod));
  if (pods.length !== healthy.length || healthy.length < nodes.length) return;
  const outdated = healthy.find(pod => pod.metadata.labels?.[REVISION] !== hash);
  if (outdated) deletePod(sim, outdated);
}

function writeStatus(sim: Simulation, set: DaemonSet, wanted: number, hash: string): void {
  const active = sim.pods.ownedBy(set.metadata.uid).filter(isActive);
  const ready = active.filter(isReady).length;
  sim.store.update('daemonsets', keyOf(set), draft => {
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      desiredNumberScheduled: wanted,
      currentNumberScheduled: active.length,
      updatedNumberScheduled: active.filter(pod => pod.metadata.labels?.[REVISION] === hash).length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: Math.max(0, wanted - ready),
    };
  });
}

/** The node a DaemonSet's pod is on or pinned to. */
function nodeOf({ spec }: Pod): string {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return spec.nodeName ?? term?.matchFields?.[0]?.values?.[0] ?? '';
}

function withTolerations(spec: PodSpec): PodSpec {
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...TOLERATIONS] };
}

function toleration(name: string, effect: 'NoExecute' | 'NoSchedule'): WireToleration {
  return { key: `node.kubernetes.io/${name}`, operator: 'Exists', effect };
}
