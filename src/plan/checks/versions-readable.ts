import type { ClusterSnapshot } from '../../cluster/snapshot.ts';
import { VERSION_FORMS } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import { isStaticPod } from '../standing.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/**
 * A version that cannot be read cannot be held against the skew policy. Those of the control plane decide the hops: a plan
 * that guessed them is no plan, and no policy can waive that. It looks at pods, and yet does not need them: where none could
 * be read, no kube-apiserver is visible.
 */
export const versionsReadable: Check = {
  code: 'VERSION_UNREADABLE',
  ok: 'The version of every component could be read.',
  needs: [],
  look: ({ snapshot }) => [
    ...kubelets(snapshot),
    ...components(snapshot, 'unknown', kind => kind === 'kube-proxy'),
    ...components(snapshot, 'block', isStaticPod),
    ...apiservers(snapshot),
  ],
};

function kubelets({ nodes }: ClusterSnapshot): Finding[] {
  const unread = nodes.filter(node => node.kubelet === undefined);
  if (unread.length === 0) return [];
  const texts = unread.map(({ name, kubeletText }) => `${name} ("${kubeletText}")`);
  return [finding('unknown', `The kubelet version of these nodes cannot be read: ${listed(texts)}.`)];
}

function components(
  { components }: ClusterSnapshot,
  severity: 'block' | 'unknown',
  counts: (kind: string) => boolean,
): Finding[] {
  const unread = components.filter(({ kind, version }) => counts(kind) && version === undefined);
  if (unread.length === 0) return [];
  const texts = unread.map(({ kind, node, text }) => `${kind}${node ? ` on ${node}` : ''} ("${text}")`);
  return [finding(severity, `The version of these components cannot be read: ${listed(texts)}.`)];
}

/** kubeadm runs one kube-apiserver on each control-plane node; not seeing it means that the look was not complete. */
function apiservers({ nodes, components }: ClusterSnapshot): Finding[] {
  const seen = new Set(components.filter(({ kind }) => kind === 'kube-apiserver').map(({ node }) => node));
  const without = nodes.filter(({ role, name }) => role === 'control-plane' && !seen.has(name));
  if (without.length === 0) return [];
  const names = listed(without.map(({ name }) => name));
  return [
    finding(
      'block',
      `No kube-apiserver pod is visible on the control-plane nodes ${names}, so its version is not known.`,
    ),
  ];
}

function finding(severity: 'block' | 'unknown', sentence: string): Finding {
  return {
    code: 'VERSION_UNREADABLE',
    severity,
    sentence,
    remedy: `Look at the image tags in kube-system and at the nodes named, then plan again. Accepted: ${VERSION_FORMS}.`,
  };
}
