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
 * Cloud controller managers whose minors are those of Kubernetes (READMEs of cloud-provider-aws, -azure and -vsphere,
 * "Compatibility"). Others have versions of their own, which the skew policy says nothing about.
 */
const CLOUD_CONTROLLERS =
  /(^|\/)(provider-aws\/cloud-controller-manager|azure-cloud-controller-manager|cloud-provider-vsphere)$/;

/**
 * The component that a pod of kube-system is, as kubeadm labels them: static pods with `tier=control-plane` and
 * `component`, kube-proxy with `k8s-app`. undefined for every other pod. The version is that of its image's tag.
 */
export function componentView(pod: WirePod): Component | undefined {
  const { metadata = {}, spec = {}, status = {} } = pod;
  if (metadata.namespace !== 'kube-system' || status.phase === 'Succeeded' || status.phase === 'Failed')
    return undefined;
  const containers = spec.containers ?? [];
  const cloud = containers.find(({ image = '' }) => CLOUD_CONTROLLERS.test(nameOf(image)));
  const kind = cloud ? 'cloud-controller-manager' : kindOf(metadata.labels ?? {});
  if (!kind) return undefined;
  const { image = '' } = cloud ?? containers.find(({ name }) => name === kind) ?? containers[0] ?? {};
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

/** Of `registry:5000/name:tag@sha256:...`; undefined where there is no tag. */
function tagOf(image: string): string | undefined {
  const tagged = withoutDigest(image);
  const name = nameOf(image);
  return name.length < tagged.length ? tagged.slice(name.length + 1) : undefined;
}

/** `registry:5000/name` */
function nameOf(image: string): string {
  const tagged = withoutDigest(image);
  const colon = tagged.lastIndexOf(':');
  return colon > tagged.lastIndexOf('/') ? tagged.slice(0, colon) : tagged;
}

function withoutDigest(image: string): string {
  return image.split('@')[0] ?? '';
}
