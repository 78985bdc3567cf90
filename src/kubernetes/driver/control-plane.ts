import { StepFailed } from '../../app/step-failed.ts';
import type { Component, ComponentKind } from '../../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../../version/kubernetes-version.ts';
import type { KubeClient } from '../client.ts';
import { PODS } from '../collections.ts';
import { follow } from '../follow.ts';
import { componentView } from '../views/component-view.ts';
import type { WirePod } from '../views/wire.ts';

/** What kubeadm replaces at once; etcd has versions of its own. */
const REPLACED: readonly ComponentKind[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/**
 * Waits until the mirrors of the node's static pods show images of the version, and are Ready. Throws StepFailed with
 * what is still missing when the signal aborts.
 */
export async function awaitControlPlane(
  client: KubeClient,
  node: string,
  version: KubernetesVersion,
  signal: AbortSignal,
): Promise<void> {
  const onNode = { ...PODS, fieldSelector: `spec.nodeName=${node}`, labelSelector: 'tier=control-plane' };
  let missing: readonly string[] = REPLACED.map(kind => `${kind} has not been seen`);
  try {
    for await (const components of follow<WirePod, Component | undefined>(client, onNode, componentView, signal)) {
      missing = REPLACED.flatMap(kind => shortfall(kind, components, version));
      if (missing.length === 0) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StepFailed(
      `The control plane of node ${node} did not come to ${formatVersion(version)} in time: ${missing.join('; ')}. ` +
        'Look at its static pods, then retry.',
    );
  }
}

/** A pod that is being replaced and its successor may both be there for a moment: each has to be as wanted. */
function shortfall(
  kind: ComponentKind,
  components: readonly (Component | undefined)[],
  version: KubernetesVersion,
): string[] {
  const pods = components.filter(component => component?.kind === kind);
  if (pods.length === 0) return [`${kind} has no pod`];
  return pods.flatMap(pod => {
    if (!pod?.version || compareVersions(pod.version, version) !== 0) return [`${kind} is ${pod?.text}`];
    return pod.ready ? [] : [`${kind} is not Ready`];
  });
}
