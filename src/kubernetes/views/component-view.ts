import type { Component, ComponentKind } from '../../cluster/snapshot.ts';
import { parseVersion } from '../../version/kubernetes-version.ts';
import { isPodReady } from './pod-view.ts';
import type { WirePod } from './wire.ts';

const STATIC: ReadonlySet<string> = new Set<ComponentKind>([
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
]);

/**
 * The component that a pod of kube-system is, as kubeadm labels them: static pods with `tier=control-plane` and
 * `component`, kube-proxy with `k8s-app`. undefined for every other pod. The version is that of its image's tag.
 */
export function componentView(pod: WirePod): Component | undefined {
  const { metadata = {}, spec = {}, status = {} } = pod;
  if (metadata.namespace !== 'kube-system' || status.phase === 'Succeeded' || status.phase === 'Failed')
    return undefined;
  const kind = kindOf(metadata.labels ?? {});
  if (!kind) return undefined;
  const containers = spec.containers ?? [];
  const { image = '' } = containers.find(({ name }) => name === kind) ?? containers[0] ?? {};
  const tag = tagOf(image);
  return {
    kind,
    node: spec.nodeName || undefined,
    // A tag cannot hold the `+` of a vendor's version; registries write `_` in its place.
    version: tag === undefined ? undefined : parseVersion(tag.replace('_', '+')),
    text: tag ?? image,
    ready: isPodReady(pod),
  };
}

function kindOf(labels: Readonly<Record<string, string>>): ComponentKind | undefined {
  const { component = '', tier } = labels;
  if (tier === 'control-plane' && STATIC.has(component)) return component as ComponentKind;
  return labels['k8s-app'] === 'kube-proxy' ? 'kube-proxy' : undefined;
}

/** `registry:5000/name:tag@sha256:...` without its digest; undefined where there is no tag. */
function tagOf(image: string): string | undefined {
  const [named = ''] = image.split('@');
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(colon + 1) : undefined;
}
