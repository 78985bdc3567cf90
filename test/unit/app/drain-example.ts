import { withDeadline } from '../../../src/app/deadline.ts';
import { type DrainRules, drainNode } from '../../../src/app/drain.ts';
import type { Forced } from '../../../src/app/orders.ts';
import type { PodView } from '../../../src/cluster/snapshot.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { examplePolicy } from '../../support/policy.ts';
import { pod, worker } from '../plan/cluster-builder.ts';
import type { MemoryCluster } from './memory-cluster.ts';

export const NODES = [worker('w-1', '1.35.4', { unschedulable: true }), worker('w-2', '1.35.4')];
export const MINUTE = 60_000;

export function web(count: number, more: Partial<PodView> = {}): PodView[] {
  return Array.from({ length: count }, (_, index) => pod(`web-${index}`, 'w-1', more));
}

interface Drained {
  readonly ms: number;
  /** Each report, with the milliseconds since the beginning. */
  readonly reports: readonly { readonly at: number; readonly blockers: readonly Blocker[] }[];
  readonly looks: number;
  /** Names of the pods that were deleted by order. */
  readonly deleted: readonly string[];
}

export const RULES: DrainRules = examplePolicy().drain;

interface Options {
  readonly minutes?: number;
  readonly reportAfter?: number;
  readonly assertClaimed?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly rules?: DrainRules;
  readonly ownPod?: string;
  readonly forced?: () => readonly Forced[];
  readonly onReport?: (blockers: readonly Blocker[]) => void;
}

export async function drain(cluster: MemoryCluster, options: Options = {}): Promise<Drained> {
  const { minutes = 60, reportAfter = 5 * MINUTE, assertClaimed = async () => {}, signal } = options;
  const { rules = RULES, ownPod, onReport } = options;
  const { clock, pods } = cluster;
  const begun = clock.now();
  const reports: { at: number; blockers: readonly Blocker[] }[] = [];
  const deleted: string[] = [];
  let looks = 0;
  const limits = { at: () => begun + minutes * MINUTE, seconds: minutes * 60, clock };
  await withDeadline({ ...limits, signal: signal ?? new AbortController().signal }, deadline =>
    drainNode(
      {
        node: 'w-1',
        ownPod,
        rules,
        deadline,
        orders: {
          course: () => ({ kind: 'go', countedFrom: begun }),
          forced: () => options.forced?.() ?? [],
          stopped: new AbortController().signal,
          onChange: () => () => {},
        },
        onDeleted: async ({ name }) => void deleted.push(name),
        reportFrom: begun + reportAfter,
        report: async blockers => {
          reports.push({ at: clock.now() - begun, blockers });
          onReport?.(blockers);
        },
        assertClaimed: () => {
          looks += 1;
          return assertClaimed();
        },
      },
      { pods, clock },
    ),
  );
  return { ms: clock.now() - begun, reports, looks, deleted };
}

export function evictionsOf(cluster: MemoryCluster): string[] {
  return cluster.requests.filter(name => name.startsWith('evict ')).map(name => name.slice('evict '.length));
}
