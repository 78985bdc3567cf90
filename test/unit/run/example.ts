import type { Order } from '../../../src/approval/order.ts';
import type { Hop, Plan, PlannedNode } from '../../../src/plan/plan.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import type { RunEvent, RunState, Work, WorkState } from '../../../src/run/run.ts';
import type { KubernetesVersion } from '../../../src/version/kubernetes-version.ts';

function version(minor: number): KubernetesVersion {
  return { major: 1, minor, patch: 0 };
}

interface Size {
  readonly controlPlanes: number;
  readonly workers: number;
  readonly hops: number;
}

/** A plan of the ordinary shape: per hop two control-plane passes, then the workers. */
export function examplePlan({ controlPlanes, workers, hops }: Size): Plan {
  const first = 35;
  return {
    id: 'p1',
    cluster: { name: 'prod', uid: 'uid' },
    requestedBy: 'UALICE',
    request: { target: { kind: 'latest' }, strategy: 'rolling', only: undefined },
    driver: { kind: 'kubeadm', ignorePreflightErrors: [] },
    elasticPools: [],
    createdAt: 0,
    expiresAt: 1_000_000,
    from: version(first),
    to: version(first + hops),
    hops: Array.from({ length: hops }, (_, hop) => exampleHop(first + hop, controlPlanes, workers)),
    excluded: [],
    unavailable: [],
    findings: [],
    estimate: { seconds: 1, basis: 'guess', parts: [] },
    digest: 'd1',
  };
}

function exampleHop(minor: number, controlPlanes: number, workers: number): Hop {
  const node = (name: string, role: PlannedNode['role'], kubeadm?: 'apply' | 'node'): PlannedNode => ({
    name,
    uid: `uid-${name}`,
    role,
    version: version(minor),
    controlPlane: role === 'worker' ? undefined : version(minor),
    kubeadm,
  });
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  return {
    from: version(minor),
    to: version(minor + 1),
    stages: [
      {
        kind: 'control-plane',
        passes: [
          {
            phase: 'control-plane',
            nodes: names('cp', controlPlanes).map((name, index) =>
              node(name, 'control-plane', index === 0 ? 'apply' : 'node'),
            ),
          },
          { phase: 'kubelet', nodes: names('cp', controlPlanes).map(name => node(name, 'control-plane')) },
        ],
      },
      {
        kind: 'workers',
        passes: [{ phase: 'kubelet', nodes: names('w', workers).map(name => node(name, 'worker')) }],
      },
    ],
  };
}

type ActiveState = Extract<WorkState, { readonly kind: 'active' }>;

/** A work that has just begun. */
export function activeState(given: Partial<ActiveState> = {}): ActiveState {
  return {
    kind: 'active',
    attempt: 1,
    step: 'claim',
    startedAt: 0,
    stepSince: 0,
    countedFrom: 0,
    blockers: [],
    toldAt: undefined,
    closed: [],
    waiting: undefined,
    forced: [],
    skipping: undefined,
    givenUp: undefined,
    ...given,
  };
}

/** A pod of Deployment/web that the budget shop/web keeps: two of two pods are needed. */
export function exampleBlocker(given: Partial<Blocker> = {}): Blocker {
  const budget = {
    name: 'shop/web',
    rule: 'minAvailable: 2',
    healthy: 2,
    desired: 2,
    expected: 2,
    allowed: 0,
    evicting: 0,
    alwaysEvictUnhealthy: false,
  };
  return {
    pod: 'shop/web-1',
    uid: 'uid-web-1',
    ready: true,
    owner: 'Deployment/web',
    since: 0,
    cause: { kind: 'budget', budget },
    ...given,
  };
}

export function active(run: RunState): Work | undefined {
  return run.works.find(({ state }) => state.kind === 'active');
}

export function attempt({ state }: Pick<Work, 'state'>): number {
  return state.kind === 'skipped' || state.kind === 'vanished' ? 0 : state.attempt;
}

export function doneEvent(work: Work): RunEvent {
  return { kind: 'done', work: work.key, attempt: attempt(work) };
}

export function failedEvent(work: Work): Extract<RunEvent, { readonly kind: 'failed' }> {
  return {
    kind: 'failed',
    work: work.key,
    attempt: attempt(work),
    step: 'upgrade',
    reason: 'kubeadm ended with 1',
    log: ['line'],
  };
}

/** Its kubelet fell silent. */
export function silentEvent(work: Work): Extract<RunEvent, { readonly kind: 'failed' }> {
  const said = { step: 'drain', reason: 'Node w0 stopped answering.', log: [], silent: true } as const;
  return { kind: 'failed', work: work.key, attempt: attempt(work), ...said };
}

export function stoppedEvent(work: Work): Extract<RunEvent, { readonly kind: 'stopped' }> {
  return { kind: 'stopped', work: work.key, attempt: attempt(work) };
}

type Word = Exclude<Order['kind'], 'wait' | 'force' | 'out-of-service'>;

let commands = 0;
/** The order that a word alone gives, or a whole one. */
export function commandEvent(order: Word | Order): Extract<RunEvent, { readonly kind: 'command' }> {
  commands += 1;
  return { kind: 'command', id: `c${commands}`, order: typeof order === 'string' ? orderOf(order) : order, by: 'UBOB' };
}

function orderOf(word: Word): Order {
  return word === 'skip' ? { kind: word, at: undefined } : { kind: word };
}
