import { StepFailed } from '../../app/step-failed.ts';
import type { Component, ComponentKind } from '../../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../../version/kubernetes-version.ts';
import type { KubeClient } from '../client.ts';
import type { Collection } from '../collection.ts';
import { PODS } from '../collections.ts';
import { follow } from '../follow.ts';
import { componentView } from '../views/component-view.ts';
import type { WireLease, WirePod } from '../views/wire.ts';
import { type Decision, watchUntil } from './watch-until.ts';

/** What kubeadm replaces at once; etcd has versions of its own. */
const REPLACED: readonly ComponentKind[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** Renewed every two seconds by the kube-controller-manager that leads; there is none without leader election. */
const LEADER: Collection = {
  path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases',
  resource: 'leases',
  fieldSelector: 'metadata.name=kube-controller-manager',
};

export interface ControlPlaneWait {
  readonly node: string;
  /** The static pods may be newer: a kubelet follows in steps of one minor. */
  readonly version: KubernetesVersion;
  /** For how long everything must have been well. */
  readonly settleSeconds: number;
}

/**
 * Waits until the mirrors of the node's static pods show images of the version and are Ready, and some controller
 * manager leads: until then nobody moves endpoints away from pods that are drained, and budgets are not counted anew.
 * Throws StepFailed with what is still missing when the signal aborts.
 */
export async function awaitControlPlane(
  client: KubeClient,
  { node, version, settleSeconds }: ControlPlaneWait,
  signal: AbortSignal,
): Promise<void> {
  const onNode = { ...PODS, fieldSelector: `spec.nodeName=${node}`, labelSelector: 'tier=control-plane' };
  const settled = settling(settleSeconds * 1_000);
  let missing: readonly string[] = REPLACED.map(kind => `${kind} has not been seen`);
  try {
    await watchUntil(
      [
        stop => follow<WirePod, Component | undefined>(client, onNode, componentView, stop),
        stop => follow<WireLease, string>(client, LEADER, ({ spec }) => `${spec?.renewTime}`, stop),
      ],
      (components, [renewed]) => {
        missing = REPLACED.flatMap(kind => shortfall(kind, components, version));
        const decision = settled(missing.length === 0, renewed, Date.now());
        if (missing.length === 0) missing = ['no kube-controller-manager has led for long enough'];
        return decision;
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StepFailed(
      `The control plane of node ${node} did not come to ${formatVersion(version)} in time: ${missing.join('; ')}. ` +
        'Look at its static pods, then retry.',
    );
  }
}

/** Counts from the first renewal that was seen to happen while the pods were well, by our own clock. */
function settling(settleMs: number): (well: boolean, renewed: string | undefined, now: number) => Decision<void> {
  let first: { readonly renewed: string | undefined } | undefined;
  let since: number | undefined;
  return (well, renewed, now) => {
    if (!well) {
      first = undefined;
      since = undefined;
      return { kind: 'wait' };
    }
    first ??= { renewed };
    if (renewed === undefined || renewed !== first.renewed) since ??= now;
    if (since === undefined) return { kind: 'wait' };
    const left = since + settleMs - now;
    return left <= 0 ? { kind: 'reached', value: undefined } : { kind: 'wait', ms: left };
  };
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
    if (!pod?.version || compareVersions(pod.version, version) < 0) return [`${kind} is ${pod?.text}`];
    return pod.ready ? [] : [`${kind} is not Ready`];
  });
}
