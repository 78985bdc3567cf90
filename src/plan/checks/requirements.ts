import type { NodeView } from '../../cluster/snapshot.ts';
import { formatMinor } from '../../version/kubernetes-version.ts';
import { HOST_REQUIREMENTS, type HostRequirement, isAtLeast, majorAndMinor } from '../../version/requirements.ts';
import type { Finding } from '../finding.ts';
import type { CheckContext } from './check.ts';
import { crossing } from './crossing.ts';
import { listed } from './wording.ts';

/** One thing that kubelets need of their hosts, and that nodes report. */
export interface Reported {
  readonly code: string;
  readonly what: HostRequirement['what'];
  /** For sentences: `containerd`, `a kernel`. */
  readonly thing: string;
  /** undefined where a node does not tell: that is not guessed. */
  versionOf(node: NodeView): string | undefined;
  remedy(wanted: string, source: string): string;
}

/** The nodes whose kubelet this plan brings to a minor that needs more than they have; one finding for each requirement. */
export function shortOf(reported: Reported, { snapshot, draft }: CheckContext): Finding[] {
  const nodes = new Map(snapshot.nodes.map(node => [node.name, node]));
  return HOST_REQUIREMENTS.filter(({ what }) => what === reported.what).flatMap(requirement => {
    const found = crossing(draft.hops, requirement.since).flatMap(({ name }) => nodes.get(name) ?? []);
    const short = found.filter(node => isShort(reported.versionOf(node), requirement));
    return short.length > 0 ? [tooOld(reported, requirement, short)] : [];
  });
}

function isShort(text: string | undefined, { atLeast }: HostRequirement): boolean {
  const version = majorAndMinor(text ?? '');
  return version !== undefined && !isAtLeast(version, atLeast);
}

function tooOld(
  { code, thing, versionOf, remedy }: Reported,
  { since, atLeast, without, source }: HostRequirement,
  nodes: readonly NodeView[],
): Finding {
  const names = nodes.map(node => `${node.name} (${versionOf(node)})`);
  const wanted = atLeast.join('.');
  const must = without === 'fails' ? 'does not start' : 'is not supported';
  return {
    code,
    severity: without === 'fails' ? 'block' : 'warn',
    sentence: `The kubelet of ${formatMinor(since)} and later ${must} with ${thing} older than ${wanted}: ${listed(names)}.`,
    remedy: remedy(wanted, source),
  };
}
