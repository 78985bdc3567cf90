import { START_SECONDS } from '../kubelet.ts';
import type { ObjectSeed } from '../store/new-object.ts';
import type { PodTemplate, WireToleration } from '../store/objects.ts';
import { CONTROL_PLANE } from './node-seed.ts';
import type { Workload } from './scenario.ts';

/** A Deployment's seed; a StatefulSet's but for its service name. */
export function replicatedSeed(workload: Workload) {
  const { name, namespace, replicas = 1 } = workload;
  const labels = labelsOf(workload);
  return {
    name,
    namespace,
    labels,
    spec: { replicas, selector: { matchLabels: labels }, template: templateOf(workload) },
  } satisfies ObjectSeed<'deployments'>;
}

export function daemonSetSeed(workload: Workload): ObjectSeed<'daemonsets'> {
  const { name, namespace } = workload;
  const labels = labelsOf(workload);
  return { name, namespace, labels, spec: { selector: { matchLabels: labels }, template: templateOf(workload) } };
}

export function budgetSeed(workload: Workload): ObjectSeed<'poddisruptionbudgets'> | undefined {
  const { name, namespace, budget } = workload;
  return budget && { name, namespace, spec: { ...budget, selector: { matchLabels: labelsOf(workload) } } };
}

/** kubeadm's own add-ons carry `k8s-app`. */
function labelsOf({ name, everywhere }: Workload): Record<string, string> {
  return everywhere ? { 'k8s-app': name === 'coredns' ? 'kube-dns' : name } : { app: name };
}

function templateOf(workload: Workload): PodTemplate {
  const { kind, name, image, cpu, memory, startSeconds, everywhere } = workload;
  return {
    metadata: {
      labels: labelsOf(workload),
      ...(startSeconds === undefined ? {} : { annotations: { [START_SECONDS]: String(startSeconds) } }),
    },
    spec: {
      containers: [{ name, image, resources: { requests: { cpu, memory } } }],
      terminationGracePeriodSeconds: 30,
      ...(kind === 'DaemonSet' ? { hostNetwork: true } : {}),
      ...(everywhere ? { tolerations: [toleratedBy(kind)], priorityClassName: 'system-node-critical' } : {}),
    },
  };
}

/** What kubeadm's manifests say: CoreDNS goes where control planes are, and to no node that is cordoned. */
function toleratedBy(kind: Workload['kind']): WireToleration {
  return kind === 'DaemonSet' ? { operator: 'Exists' } : { key: CONTROL_PLANE, effect: 'NoSchedule' };
}
