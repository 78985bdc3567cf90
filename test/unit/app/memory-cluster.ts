import { isSame } from '../../../src/app/claim.ts';
import type { Guarded, NodeControl, PodControl, RunLease, Surroundings } from '../../../src/app/ports.ts';
import { matchesSelector } from '../../../src/cluster/selector.ts';
import type { BudgetView, NodeClaim, NodeView, PodView } from '../../../src/cluster/snapshot.ts';
import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import { budget, staticPods } from '../plan/cluster-builder.ts';
import { createChanges } from './changes.ts';
import { createHosts } from './memory-hosts.ts';
import { claimed, cordoned, released, takenOutOfService, takenOver } from './memory-node.ts';
import { createVolumes, createWorkloads } from './memory-workloads.ts';
import { pause } from './virtual-time.ts';

interface Contents {
  readonly nodes: readonly NodeView[];
  readonly pods?: readonly PodView[];
  /** At least so many pods with the label `app` of this value stay healthy; the budget bears the same name. */
  readonly budgets?: Readonly<Record<string, number>>;
  readonly daemonSets?: readonly string[];
  /** What control planes run, by node; there is one out of sight that has gone first, unless it is said otherwise. */
  readonly controlPlanes?: Readonly<Record<string, string>>;
  /** Milliseconds that a pod takes to stop, its replacement to become ready, and the host to be upgraded. */
  readonly stopMs?: number;
  readonly startMs?: number;
  readonly upgradeMs?: number;
  /** Each way of an eviction. */
  readonly evictionMs?: number;
}

const BEAT_MS = 10_000;

export type MemoryCluster = ReturnType<typeof createCluster>;

/**
 * A cluster that behaves like one, in memory: patches are guarded by the claim, evictions by the budgets, pods are
 * replaced by their controllers, and work on a host goes on when nobody follows it. A request takes 1 ms each way.
 */
export function createCluster(contents: Contents) {
  const { stopMs = 2_000, startMs = 3_000, upgradeMs = 20_000, evictionMs = 1 } = contents;
  const nodes = new Map(contents.nodes.map(node => [node.name, node]));
  const pods = new Map((contents.pods ?? []).map(pod => [pod.uid, pod]));
  const budgets = new Map<string, BudgetView>();
  const controlPlanes = new Map(Object.entries(contents.controlPlanes ?? { elsewhere: 'v1.36.4' }));
  const changes = createChanges();
  const requests: string[] = [];
  const silent = new Set<string>();
  let holder: string | undefined = 'r1';
  let replacements = 0;
  /** What the API server does to a request instead of serving it. */
  let fault: (request: string) => Error | undefined = () => undefined;
  countBudgets();
  const volumes = createVolumes(changes);
  const workloads = createWorkloads(() => [...pods.values()], changes);

  async function request<T>(name: string, signal: AbortSignal, serve: () => T): Promise<T> {
    signal.throwIfAborted();
    requests.push(name);
    await pause(1, signal);
    const error = fault(name);
    if (error) throw error;
    const answer = serve();
    await pause(1, signal);
    return answer;
  }
  /** Once it has been sent it is finished, whatever becomes of the signal. */
  async function finished<T>(name: string, signal: AbortSignal, serve: () => T): Promise<T> {
    signal.throwIfAborted();
    requests.push(name);
    await pause(evictionMs);
    const error = fault(name);
    if (error) throw error;
    const answer = serve();
    await pause(evictionMs);
    return answer;
  }

  function putNode(name: string, change: Partial<NodeView>): NodeView {
    const node = nodes.get(name);
    if (!node) throw new Error(`there is no node ${name}`);
    const changed = { ...node, ...change, resourceVersion: `${Number(node.resourceVersion) + 1}` };
    nodes.set(name, changed);
    if (!changed.unschedulable) for (const pod of pods.values()) if (pod.node === undefined) settle(pod, name);
    changes.ring();
    return changed;
  }
  function guarded(
    name: string,
    claim: NodeClaim,
    change: (node: NodeView, held: NodeClaim) => Partial<NodeView>,
  ): Guarded {
    const node = nodes.get(name);
    if (!node) return { kind: 'gone' };
    const held = node.claim;
    if (!held || !isSame(held, claim)) return { kind: 'lost' };
    return { kind: 'ok', node: putNode(name, change(node, held)) };
  }
  /** As kubelets do: every ten seconds, unless they have fallen silent. */
  async function* beats(name: string, signal: AbortSignal): AsyncGenerator<number | undefined> {
    let last: number | undefined;
    for (;;) {
      const now = Date.now();
      if (nodes.get(name)?.ready !== 'Unknown' && !silent.has(name)) last = now - (now % BEAT_MS);
      yield last;
      await pause(BEAT_MS - (now % BEAT_MS), signal);
    }
  }

  const nodeControl: NodeControl = {
    get: (name, signal) => request(`get ${name}`, signal, () => nodes.get(name)),
    watch: (name, signal) => changes.follow(() => nodes.get(name), signal),
    claim: (name, claim, signal) =>
      request(`claim ${name}`, signal, () => {
        const by = nodes.get(name)?.claim;
        if (by && (by.run !== claim.run || by.work !== claim.work || by.attempt > claim.attempt)) {
          return { kind: 'taken', by };
        }
        const node = nodes.get(name);
        return node ? { kind: 'ok', node: putNode(name, claimed(node, claim)) } : { kind: 'gone' };
      }),
    takeOver: (name, left, claim, signal) =>
      request(`take over ${name}`, signal, () => guarded(name, left, (node, held) => takenOver(node, held, claim))),
    cordon: (name, claim, rules, signal) =>
      request(`cordon ${name}`, signal, () => guarded(name, claim, (node, held) => cordoned(node, held, rules))),
    takeOutOfService: (name, claim, signal) =>
      request(`take ${name} out of service`, signal, () => guarded(name, claim, takenOutOfService)),
    watchHeartbeat: beats,
    release: (name, claim, signal) => request(`release ${name}`, signal, () => guarded(name, claim, released)),
  };

  function putPod(pod: PodView): void {
    pods.set(pod.uid, pod);
    countBudgets();
    changes.ring();
  }
  function countBudgets(): void {
    for (const [app, desired] of Object.entries(contents.budgets ?? {})) {
      const guardedPods = [...pods.values()].filter(({ labels }) => labels.app === app);
      const healthy = guardedPods.filter(({ ready, deletingSince }) => ready && deletingSince === undefined).length;
      const counted = budget(app, {
        selector: { matchLabels: { app }, matchExpressions: [] },
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: guardedPods.length,
        disruptionsAllowed: Math.max(0, healthy - desired),
      });
      // A budget that did not change stays the same object.
      if (JSON.stringify(budgets.get(app)) !== JSON.stringify(counted)) budgets.set(app, counted);
    }
  }
  function stop(pod: PodView): void {
    putPod({ ...pod, deletingSince: Date.now() + pod.graceSeconds * 1_000 });
    if (pod.controller?.kind === 'ReplicaSet') replace(pod);
    setTimeout(() => {
      pods.delete(pod.uid);
      countBudgets();
      changes.ring();
    }, stopMs);
  }
  function replace(pod: PodView): void {
    replacements += 1;
    const name = `${pod.controller?.name}-new-${replacements}`;
    const tolerant = pod.tolerations.some(({ key }) => key === undefined);
    const home = [...nodes.values()].find(({ unschedulable }) => tolerant || !unschedulable)?.name;
    const fresh: PodView = { ...pod, name, uid: `uid-${name}`, node: home, phase: 'Pending', ready: false };
    putPod(fresh);
    if (home !== undefined) settle(fresh, home);
  }
  function settle(fresh: PodView, home: string): void {
    putPod({ ...fresh, node: home });
    setTimeout(() => {
      const pod = pods.get(fresh.uid);
      if (pod) putPod({ ...pod, phase: 'Running', ready: true });
    }, startMs);
  }
  function evict({ namespace, name, uid }: PodView): EvictionOutcome {
    const pod = pods.get(uid);
    if (!pod || pod.namespace !== namespace || pod.name !== name) return { kind: 'gone' };
    const covering = [...budgets.values()].filter(each => matchesSelector(each.selector, pod.labels));
    if (covering.length > 1) return { kind: 'misconfigured', detail: 'more than one budget' };
    const [only] = covering;
    if (only && pod.phase !== 'Pending' && pod.ready && only.disruptionsAllowed === 0) {
      const detail = `needs ${only.desiredHealthy} healthy pods and has ${only.currentHealthy} currently`;
      return { kind: 'refused', budget: only.name, detail, retryAfterSeconds: undefined };
    }
    if (pod.deletingSince === undefined) stop(pod);
    return { kind: 'evicted' };
  }

  const podControl: PodControl = {
    watchOn: (name, signal) => changes.follow(() => [...pods.values()].filter(({ node }) => node === name), signal),
    watchBudgets: (namespaces, signal) =>
      changes.follow(() => [...budgets.values()].filter(({ namespace }) => namespaces.has(namespace)), signal),
    evict: (pod, { graceSeconds }, signal) =>
      finished(`evict ${pod.name}${graceSeconds === undefined ? '' : ` within ${graceSeconds} s`}`, signal, () =>
        evict(pod),
      ),
    delete: ({ uid, name }, signal) =>
      finished(`delete ${name}`, signal, () => {
        const pod = pods.get(uid);
        if (pod?.name !== name) return { kind: 'gone' };
        if (pod.deletingSince === undefined) stop(pod);
        return { kind: 'evicted' };
      }),
    daemonSets: signal => request('list daemonsets', signal, () => new Set(contents.daemonSets)),
  };

  const lease: RunLease = {
    acquire: () => Promise.reject(new Error('a recipe takes no lease')),
    holder: signal => request('read the lease', signal, () => holder),
    end: () => Promise.reject(new Error('a recipe ends no run')),
  };

  const surroundings: Surroundings = {
    controlPlane: signal =>
      request('look at the control plane', signal, () =>
        [...controlPlanes].flatMap(([node, runs]) => staticPods(node, runs)),
      ),
    controlPlaneNodes: signal =>
      request('list control-plane nodes', signal, () =>
        [...nodes.values()].filter(({ role }) => role === 'control-plane'),
      ),
    nodes: signal => request('list nodes', signal, () => [...nodes.values()]),
  };

  const hosts = createHosts({ nodes, controlPlanes, upgradeMs, request, putNode, changes });

  return {
    nodes: nodeControl,
    pods: podControl,
    workloads: workloads.control,
    volumes: volumes.control,
    /** Volume `pv-x` is bound to claim `default/x`. */
    attach: volumes.attach,
    baselines: workloads.baselines,
    /** How many pods it wants from now on; undefined: it is deleted. */
    scale: workloads.scale,
    lease,
    surroundings,
    driver: hosts.driver,
    clock: { now: () => Date.now() },
    /** In the order in which they came. */
    requests,
    /** Ids of the work that was begun on hosts, without what only looked. */
    started: hosts.started,
    /** The same as it was asked for, with what only looked. */
    asked: hosts.asked,
    node: (name: string) => nodes.get(name),
    podsOn: (name: string) => [...pods.values()].filter(({ node }) => node === name).map(pod => pod.name),
    budget: (name: string) => budgets.get(name),
    putNode,
    putPod,
    /** Its kubelet dies; until the cluster notices, the node is called Ready. */
    silence: (name: string) => silent.add(name),
    deleteNode(name: string) {
      nodes.delete(name);
      changes.ring();
    },
    giveLeaseTo(run: string | undefined) {
      holder = run;
    },
    failHostWork: hosts.fail,
    repairHost: hosts.repair,
    onRequest(answer: typeof fault) {
      fault = answer;
    },
  };
}
