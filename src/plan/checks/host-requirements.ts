import type { NodeView } from '../../cluster/snapshot.ts';
import { formatMinor } from '../../version/kubernetes-version.ts';
import { HOST_REQUIREMENTS, type HostRequirement, isAtLeast, majorAndMinor } from '../../version/requirements.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { crossing } from './crossing.ts';
import { listed } from './wording.ts';

/** Container runtime and kernel, against what the kubelets of this plan need of them. */
export const hostRequirements: Check = {
  code: 'RUNTIME_TOO_OLD',
  ok: 'Container runtimes and kernels are new enough for the kubelets of this plan.',
  look: ({ snapshot, draft }) => {
    const nodes = new Map(snapshot.nodes.map(node => [node.name, node]));
    return HOST_REQUIREMENTS.flatMap(requirement => {
      const found = crossing(draft.hops, requirement.since).flatMap(({ name }) => nodes.get(name) ?? []);
      const short = found.filter(node => isShort(node, requirement));
      return short.length > 0 ? [tooOld(requirement, short)] : [];
    });
  },
};

/** What a node does not tell is not guessed. */
function isShort(node: NodeView, { what, atLeast }: HostRequirement): boolean {
  const version = majorAndMinor(versionOf(node, what) ?? '');
  return version !== undefined && !isAtLeast(version, atLeast);
}

/** `containerd://1.7.24`; other runtimes have requirements of their own that nobody has looked up here. */
function versionOf({ containerRuntime, kernel, os }: NodeView, what: HostRequirement['what']): string | undefined {
  switch (what) {
    case 'containerd':
      return containerRuntime.startsWith('containerd://') ? containerRuntime.slice('containerd://'.length) : undefined;
    case 'kernel':
      return os === 'windows' ? undefined : kernel;
    case 'cgroup':
      return undefined;
  }
}

function tooOld({ since, what, atLeast, without, source }: HostRequirement, nodes: readonly NodeView[]): Finding {
  const names = nodes.map(node => `${node.name} (${versionOf(node, what)})`);
  const wanted = atLeast.join('.');
  const must = without === 'fails' ? 'does not start' : 'is not supported';
  return {
    code: what === 'kernel' ? 'KERNEL_TOO_OLD' : 'RUNTIME_TOO_OLD',
    severity: without === 'fails' ? 'block' : 'warn',
    sentence: `The kubelet of ${formatMinor(since)} and later ${must} with ${THINGS[what]} older than ${wanted}: ${listed(names)}.`,
    remedy:
      what === 'kernel'
        ? `Upgrade the hosts, or make sure that their distribution has brought what is needed to its kernel (${source}).`
        : `Upgrade ${what} to ${wanted} or newer on these hosts first (${source}).`,
  };
}

const THINGS: Readonly<Record<HostRequirement['what'], string>> = {
  containerd: 'containerd',
  kernel: 'a kernel',
  cgroup: 'cgroup',
};
