import type { NodeView } from '../../cluster/snapshot.ts';
import { formatMinor, type Minor, minorsBetween, parseVersion } from '../../version/kubernetes-version.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { crossing } from './crossing.ts';
import { type Reported, shortOf } from './requirements.ts';
import { listed } from './wording.ts';

const PREFIX = 'containerd://';

/** `containerd://1.7.24`; of other runtimes no requirements were found that could be written down. */
const CONTAINERD: Reported = {
  code: 'RUNTIME_TOO_OLD',
  what: 'containerd',
  thing: 'containerd',
  versionOf: ({ containerRuntime: text }) => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined),
  remedy: (wanted, source) => `Upgrade containerd to ${wanted} or newer on these hosts first (${source}).`,
};

export const containerRuntime: Check = {
  code: CONTAINERD.code,
  ok: 'No container runtime is known to be too old for the kubelets of this plan.',
  needs: [],
  look: context => [...shortOf(CONTAINERD, context), ...unknown(context)],
};

/** kubeadm upgrades no runtime, and nothing here tells whether these go with the new kubelet. */
function unknown({ snapshot, draft: { hops, to } }: CheckContext): Finding[] {
  const leaping = new Set(crossing(hops, to).map(({ name }) => name));
  const others = snapshot.nodes.filter(node => leaping.has(node.name) && isUnknown(node, to));
  if (others.length === 0) return [];
  const names = listed(others.map(({ name, containerRuntime: text }) => `${name} (${text})`));
  return [
    {
      code: 'RUNTIME_UNKNOWN',
      severity: 'warn',
      sentence: `What the kubelet of ${formatMinor(to)} needs of these container runtimes is not known here: ${names}.`,
      remedy:
        `See in their own documentation that they go with Kubernetes ${formatMinor(to)}, and upgrade them first where they ` +
        'do not: kubeadm does not. CRI-O has a release for each minor.',
    },
  ];
}

/** CRI-O follows the minors of Kubernetes (its README, "Compatibility matrix"). */
function isUnknown({ containerRuntime: text, os }: NodeView, to: Minor): boolean {
  if (text === '' || os === 'windows' || text.startsWith(PREFIX)) return false;
  const [, version = ''] = text.split('cri-o://');
  const crio = parseVersion(version);
  return crio === undefined || minorsBetween(crio, to) < 0;
}
