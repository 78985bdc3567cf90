import type { Driver, HostWork, HostWorkOutcome } from '../../../src/app/driver-ports.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { compareVersions, formatVersion } from '../../../src/version/kubernetes-version.ts';
import type { createChanges } from './changes.ts';
import { pause } from './virtual-time.ts';

interface Surrounding {
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** What control planes run, by node. */
  readonly controlPlanes: Map<string, string>;
  readonly upgradeMs: number;
  readonly request: <T>(name: string, signal: AbortSignal, serve: () => T) => Promise<T>;
  readonly putNode: (name: string, change: Partial<NodeView>) => void;
  readonly changes: ReturnType<typeof createChanges>;
}

const PREFLIGHT_MS = 1_000;

/** The hosts of a cluster in memory: work goes on there when nobody follows it, and one after the other. */
export function createHosts({ nodes, controlPlanes, upgradeMs, request, putNode, changes }: Surrounding) {
  const works = new Map<string, Promise<HostWorkOutcome>>();
  const live = new Map<string, Promise<unknown>>();
  const started: string[] = [];
  const asked: HostWork[] = [];
  const failures = new Map<string, Extract<HostWorkOutcome, { kind: 'failed' }>>();
  const busy = new Set<string>();

  async function workOnHost(work: HostWork, before: Promise<unknown>): Promise<HostWorkOutcome> {
    const { id, node, phase, to, only } = work;
    await before;
    if (only === undefined) started.push(id);
    busy.add(node);
    changes.ring();
    await pause(only === undefined ? upgradeMs : PREFLIGHT_MS);
    busy.delete(node);
    changes.ring();
    const failure = failures.get(id);
    if (failure) return failure;
    if (only !== undefined) return { kind: 'succeeded', log: [] };
    if (phase === 'control-plane') controlPlanes.set(node, formatVersion(to));
    const old = nodes.get(node)?.kubelet;
    if (phase === 'kubelet' && old && compareVersions(old, to) < 0) {
      putNode(node, { kubelet: to, kubeletText: `v${to.major}.${to.minor}.${to.patch}`, readySince: Date.now() });
    }
    return { kind: 'succeeded', log: [] };
  }
  const sight = (node: string) => (busy.has(node) ? 'its host is at work' : undefined);

  const driver: Driver = {
    perform: async (work, signal) => {
      await request(`perform ${work.id}`, signal, () => {
        if (works.has(work.id)) return;
        asked.push(work);
        // Never two on one host: the next begins when the last has ended.
        const ends = workOnHost(work, live.get(work.node) ?? Promise.resolve());
        live.set(work.node, ends);
        works.set(work.id, ends);
      });
      return await endOf(works.get(work.id), signal);
    },
    atWork: ({ node }, signal) => request(`ask whether ${node} is at work`, signal, () => sight(node)),
    watchAtWork: ({ node }, signal) => changes.follow(() => sight(node), signal),
    awaitControlPlane: ({ node }, signal) => request(`look at the static pods of ${node}`, signal, () => {}),
  };

  return {
    driver,
    started,
    asked,
    fail(id: string, step: string, reason: string) {
      failures.set(id, { kind: 'failed', step, reason, log: [`${step}: ${reason}`] });
    },
    repair: () => failures.clear(),
  };
}

/** Following the work ends with the signal; the work does not. */
async function endOf<T>(work: Promise<T> | undefined, signal: AbortSignal): Promise<T> {
  if (!work) throw new Error('no such work was begun');
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, interrupted]);
}
