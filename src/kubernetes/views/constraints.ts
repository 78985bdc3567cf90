import type { LabelSelector, PodAffinityTerm, Requirement, SpreadRule } from '../../cluster/selector.ts';
import { selectorView } from './selectors.ts';
import type { WirePod, WirePodSpec, WireSpread } from './wire.ts';

/** kubernetes.io: assign-pod-node, "Inter-pod affinity and anti-affinity". */
export function antiAffinityView({ metadata = {}, spec = {} }: WirePod): readonly PodAffinityTerm[] {
  const required = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required?.length) return NO_TERMS;
  const { namespace = '', labels = {} } = metadata;
  return required.map(({ topologyKey = '', labelSelector, namespaces = [], namespaceSelector, ...keys }) => ({
    selector: narrowed(selectorView(labelSelector), labels, keys.matchLabelKeys, keys.mismatchLabelKeys),
    // Labels of namespaces are not read: a selector of them may mean any, so that no room is promised.
    namespaces: namespaceSelector ? undefined : namespaces.length > 0 ? namespaces : [namespace],
    topologyKey,
  }));
}

/** kubernetes.io: topology-spread-constraints. Those that only score nodes keep nothing Pending. */
export function spreadView({ metadata = {}, spec = {} }: WirePod): readonly SpreadRule[] {
  const hard = spec.topologySpreadConstraints?.filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway',
  );
  return hard?.length ? hard.map(each => spreadRule(each, metadata.labels ?? {})) : NO_RULES;
}

function spreadRule(constraint: WireSpread, labels: Labels): SpreadRule {
  const { topologyKey = '', maxSkew = 1, minDomains = 1, labelSelector, matchLabelKeys } = constraint;
  return {
    selector: narrowed(selectorView(labelSelector), labels, matchLabelKeys),
    topologyKey,
    maxSkew,
    minDomains,
    honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** Sidecars keep their ports; other init containers are gone when the pod runs. */
export function hostPortsOf({ containers = [], initContainers = [] }: WirePodSpec): readonly string[] {
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const ports = running.flatMap(container => container.ports ?? []).filter(({ hostPort }) => hostPort);
  return ports.length > 0 ? ports.map(({ hostPort, protocol = 'TCP' }) => `${protocol} ${hostPort}`) : NO_PORTS;
}

type Labels = Readonly<Record<string, string>>;

/** With the values that the pod itself has for these keys, or without them. */
function narrowed(
  { matchLabels, matchExpressions }: LabelSelector,
  labels: Labels,
  same: readonly string[] = [],
  other: readonly string[] = [],
): LabelSelector {
  const own = (key: string, operator: 'In' | 'NotIn'): Requirement[] => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  };
  const more = [...same.flatMap(key => own(key, 'In')), ...other.flatMap(key => own(key, 'NotIn'))];
  return { matchLabels, matchExpressions: [...matchExpressions, ...more] };
}

const NO_TERMS: readonly PodAffinityTerm[] = [];
const NO_RULES: readonly SpreadRule[] = [];
const NO_PORTS: readonly string[] = [];
