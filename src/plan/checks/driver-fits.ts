import type { NodeView } from '../../cluster/snapshot.ts';
import { fitOf, packagesOf } from '../driver-fit.ts';
import type { Finding } from '../finding.ts';
import type { DriverChoice } from '../plan.ts';
import type { Check } from './check.ts';
import { hostsIn } from './on-the-host.ts';
import { listed } from './wording.ts';

/** Whether the driver can upgrade the nodes of this plan at all. On a host it would be found out after the drain. */
export const driverFits: Check = {
  code: 'DRIVER_UNFIT',
  ok: 'The driver can upgrade every node of this plan, as far as the API tells.',
  needs: [],
  look: ({ snapshot, draft }) => {
    const { kind } = draft.driver;
    const touched = hostsIn(draft.hops);
    const nodes = snapshot.nodes.filter(({ name }) => touched.has(name));
    const judged = nodes.map(node => ({ node, fit: fitOf(kind, node) }));
    const unfit = judged.flatMap(({ node, fit }) => (fit.kind === 'unfit' ? [{ ...fit, node }] : []));
    const untold = judged.flatMap(({ node, fit }) => (fit.kind === 'untold' ? [node] : []));
    const others = nodes.length > unfit.length;
    return [
      ...[...Map.groupBy(unfit, ({ what }) => what).values()].flatMap(alike => cannot(kind, alike, others)),
      ...(untold.length > 0 ? [mayNot(kind, untold)] : []),
    ];
  },
};

interface Unfit {
  readonly node: NodeView;
  readonly what: string;
  readonly instead: string;
}

/** `others`: whether anything is left of the plan without nodes of this kind. */
function cannot(driver: DriverChoice['kind'], alike: readonly Unfit[], others: boolean): Finding[] {
  const [first] = alike;
  if (!first) return [];
  const { what, instead } = first;
  return [
    {
      code: 'DRIVER_UNFIT',
      severity: 'block',
      sentence:
        `The ${driver} driver installs by ${packagesOf(driver)} and cannot upgrade ${what}: ` +
        `${listed(alike.map(({ node }) => described(node)))}.`,
      remedy: others
        ? `Upgrade them by ${instead}, and plan without them: by --nodes, --only or --pool, which takes any label (--pool kubernetes.io/os=linux).`
        : `Upgrade them by ${instead}. This plan has no other nodes.`,
    },
  ];
}

function mayNot(driver: DriverChoice['kind'], nodes: readonly NodeView[]): Finding {
  return {
    code: 'DRIVER_UNFIT',
    severity: 'warn',
    sentence:
      `Whether the ${driver} driver can upgrade these nodes is not known: ${listed(nodes.map(described))}. It needs Linux ` +
      `hosts with ${packagesOf(driver)}, and the kubelet that Kubernetes publishes.`,
    remedy: `Make sure that it can, or leave them out. Each host is asked for ${packagesOf(driver)} before it is touched.`,
  };
}

function described({ name, osImage, kubeletText }: NodeView): string {
  return `${name} (${osImage || 'an unnamed system'}, ${kubeletText})`;
}
