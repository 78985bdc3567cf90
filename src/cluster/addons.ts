/** Something that a cluster cannot do without and that kubeadm does not upgrade. */
export interface AddonView {
  readonly kind: 'network' | 'storage' | 'ingress';
  /** The image without registry, tag and digest: `calico/node`. */
  readonly image: string;
  /** The image's tag, or what else tells it apart. */
  readonly version: string;
}

/** By the end of the image's path, because registries and mirrors put all sorts of things before it. */
const KNOWN: readonly (readonly [AddonView['kind'], RegExp])[] = [
  [
    'network',
    /(^|\/)(calico\/node|node-calico|cilium|flannel|kindnetd|antrea-agent(-\w+)?|antrea-ubuntu|weave-kube|kube-router|ovn-kube\w*|amazon-k8s-cni|azure-cns|multus-cni|kube-ovn|spiderpool-agent)$/,
  ],
  ['storage', /(^|\/)(cephcsi|longhorn-manager|topolvm(-with-sidecar)?|trident|[\w.-]*csi[\w.-]*)$/],
  [
    'ingress',
    /(^|\/)(ingress-nginx\/controller|nginx-ingress(-controller)?|nginx\/nginx-ingress|traefik|haproxy-ingress|kubernetes-ingress|contour|kong\/kubernetes-ingress-controller|envoyproxy\/gateway|aws-load-balancer-controller|ingress-controller)$/,
  ],
];

/** kubernetes-csi.github.io, "Sidecar Containers": they come with every driver and say nothing of it. */
const SIDECARS =
  /(^|\/)(csi-(provisioner|attacher|resizer|snapshotter|node-driver-registrar|external-health-monitor-\w+)|livenessprobe|snapshot-controller)$/;

/** undefined for every image that is none of these. */
export function addonOf(image: string): AddonView | undefined {
  const { path, version } = split(image);
  if (SIDECARS.test(path)) return undefined;
  const [kind] = KNOWN.find(([, pattern]) => pattern.test(path)) ?? [];
  return kind && { kind, image: path, version };
}

/** `registry:5000/name:tag@sha256:...`: the path begins behind the registry, which has a dot, a colon or is localhost. */
function split(image: string): { readonly path: string; readonly version: string } {
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const name = tagged ? named.slice(0, colon) : named;
  const [first = '', ...rest] = name.split('/');
  const path = rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : name;
  return { path, version: tagged ? named.slice(colon + 1) : (digest?.slice(0, 19) ?? 'latest') };
}
