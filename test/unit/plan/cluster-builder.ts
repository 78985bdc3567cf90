import type {
  BudgetView,
  ClusterSnapshot,
  Component,
  ComponentKind,
  NodeClaim,
  NodeRole,
  NodeView,
  PodView,
} from '../../../src/cluster/snapshot.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { type PlanningInput, type PlanningResult, planUpgrade } from '../../../src/plan/planning.ts';
import type { PlanRequest, Target } from '../../../src/plan/request.ts';
import { type KubernetesVersion, parseMinor, parseVersion } from '../../../src/version/kubernetes-version.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';

/** Shorthand for clusters in tests: everything that a test does not name is healthy and roomy. */
export function version(text: string): KubernetesVersion {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`"${text}" is no version: write it like 1.36.2.`);
  return parsed;
}

const GIB = 2 ** 30;

function node(name: string, role: NodeRole, kubelet: string, more: Partial<NodeView> = {}): NodeView {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    role,
    labels: { 'kubernetes.io/hostname': name },
    taints: role === 'control-plane' ? [CONTROL_PLANE_TAINT] : [],
    unschedulable: false,
    ready: 'True',
    readySince: 0,
    heardAt: 0,
    pressures: [],
    kubelet: parseVersion(kubelet),
    kubeletText: `v${kubelet}`,
    allocatable: { cpuMilli: 4000, memoryBytes: 16 * GIB, pods: 110 },
    internalIp: undefined,
    osImage: 'Debian GNU/Linux 12 (bookworm)',
    containerRuntime: 'containerd://2.1.0',
    os: 'linux',
    kernel: '6.12.0-amd64',
    createdAt: 0,
    claim: undefined,
    ...more,
  };
}

const CONTROL_PLANE_TAINT = { key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' } as const;

export function controlPlane(name: string, kubelet: string, more: Partial<NodeView> = {}): NodeView {
  return node(name, 'control-plane', kubelet, more);
}

export function worker(name: string, kubelet: string, more: Partial<NodeView> = {}): NodeView {
  return node(name, 'worker', kubelet, more);
}

export function component(
  kind: ComponentKind,
  on: string | undefined,
  text: string,
  more: Partial<Component> = {},
): Component {
  return { kind, node: on, version: parseVersion(text), text, ready: true, ...more };
}

/** The three static pods that carry the cluster's version. */
export function staticPods(on: string, text: string): Component[] {
  return (['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const).map(kind =>
    component(kind, on, text),
  );
}

export function pod(name: string, on: string | undefined, more: Partial<PodView> = {}): PodView {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    labels: { app: 'web' },
    node: on,
    phase: 'Running',
    ready: true,
    controller: { kind: 'ReplicaSet', name: 'web', uid: 'uid-web' },
    mirror: false,
    deletingSince: undefined,
    graceSeconds: 30,
    emptyDir: false,
    hostPath: false,
    claims: [],
    requests: { cpuMilli: 100, memoryBytes: GIB / 8, pods: 0 },
    tolerations: [],
    nodeSelector: {},
    nodeAffinity: [],
    antiAffinity: [],
    spread: [],
    hostPorts: [],
    priority: 0,
    ...more,
  };
}

export function budget(name: string, more: Partial<BudgetView> = {}): BudgetView {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
    rule: 'minAvailable: 2',
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    disruptionsAllowed: 1,
    evicting: 0,
    observed: true,
    syncError: undefined,
    alwaysEvictUnhealthy: false,
    ...more,
  };
}

/** As the work `h0-2-w-1` of run `r1` writes it, once it has cordoned its node. */
export function exampleClaim(more: Partial<NodeClaim> = {}): NodeClaim {
  return {
    run: 'r1',
    work: 'h0-2-w-1',
    attempt: 1,
    wasUnschedulable: false,
    cordons: 1,
    excluded: false,
    outOfService: false,
    ...more,
  };
}

/** Static pods stand at their node's kubelet version unless components are given. */
export function cluster(nodes: readonly NodeView[], more: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return {
    uid: 'uid-cluster',
    name: 'prod',
    takenAt: NOW,
    components: nodes
      .filter(({ role }) => role === 'control-plane')
      .flatMap(({ name, kubeletText }) => staticPods(name, kubeletText)),
    nodes,
    pods: [],
    budgets: [],
    workloads: [],
    daemonSets: new Set(),
    volumes: [],
    webhooks: [],
    deprecatedApis: [],
    addons: [],
    servingCertificateEnds: undefined,
    lease: undefined,
    unreadable: [],
    ...more,
  };
}

export const NOW = Date.UTC(2026, 10, 24);

/** `next`, `patch`, `latest`, `1.36` or `1.36.2`. */
export function target(text: string): Target {
  if (text === 'next' || text === 'patch' || text === 'latest') return { kind: text };
  const minor = parseMinor(text);
  return minor ? { kind: 'minor', minor } : { kind: 'version', version: version(text) };
}

export function plan(
  snapshot: ClusterSnapshot,
  asked = 'next',
  only: PlanRequest['only'] = undefined,
  { asks = {}, ...more }: Partial<PlanningInput> & { readonly asks?: Partial<PlanRequest> } = {},
): PlanningResult {
  return planUpgrade({
    snapshot,
    request: { target: target(asked), strategy: 'rolling', only, ...asks },
    calendar: EXAMPLE_CALENDAR,
    id: 'plan-1',
    requestedBy: 'cli',
    now: NOW,
    ttlMs: 3_600_000,
    ...more,
  });
}

/** The plan, or an error that says what came instead. */
export function planned(...input: Parameters<typeof plan>): Plan {
  const result = plan(...input);
  if (result.kind !== 'plan') throw new Error(`expected a plan, got ${JSON.stringify(result)}`);
  return result.plan;
}

/** One line for each pass: `v1.36.4 control-plane/kubelet: cp-1 w-2`; the node of `apply` is marked with `*`. */
export function outline({ hops }: Plan): string[] {
  return hops.flatMap(({ to, stages }) =>
    stages.flatMap(({ kind, passes }) =>
      passes.map(({ phase, nodes }) => {
        const names = nodes.map(({ name, kubeadm }) => (kubeadm === 'apply' ? `${name}*` : name));
        return `${to.major}.${to.minor}.${to.patch} ${kind}/${phase}: ${names.join(' ')}`;
      }),
    ),
  );
}
