import { formatVersion } from '../../version/kubernetes-version.ts';
import type { Host, Hosts } from './host/host.ts';
import { deletePod } from './pods/delete-pod.ts';
import { isReady, setCondition } from './pods/pod-state.ts';
import { tolerates, UNSCHEDULABLE } from './scheduler.ts';
import { runController, type Simulation } from './simulation.ts';
import { keyOf } from './store/object-store.ts';
import type { Node, WireTaint } from './store/objects.ts';
import { TIMINGS } from './timings.ts';

/** Below this a heartbeat would only make work; clients do not look at it that often. In real milliseconds. */
const FASTEST_HEARTBEAT_MS = 1_000;

const UNREACHABLE: readonly WireTaint[] = [
  { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
];

/** What kubelets say of their nodes, and what the node lifecycle controller makes of their silence. */
export class NodeStatus {
  readonly #sim: Simulation;

  constructor(sim: Simulation, hosts: Hosts) {
    this.#sim = sim;
    runController(sim, {
      name: 'node taints',
      watches: { nodes: ({ object }) => [object.metadata.name] },
      reconcile: name => sim.store.update('nodes', name, node => taintAsCordoned(node, sim.clock.timestamp())),
    });
    const floor = (FASTEST_HEARTBEAT_MS / 1_000) * sim.clock.speed;
    for (const host of hosts.values()) {
      this.#beat(`lease ${host.name}`, Math.max(TIMINGS.node.leaseRenewal, floor), () => this.#renew(host));
      this.#beat(`heartbeat ${host.name}`, Math.max(TIMINGS.node.statusHeartbeat, floor), () => this.#heartbeat(host));
    }
  }

  /** The kubelet registers its version and that it is Ready. */
  report(host: Host): void {
    this.#sim.loop.enqueue(`report ${host.name} ${formatVersion(host.kubelet.version)}`, () =>
      this.#sim.store.update('nodes', host.name, node => {
        node.status.nodeInfo.kubeletVersion = formatVersion(host.kubelet.version);
        this.#setReady(node, 'True');
        node.spec.taints = (node.spec.taints ?? []).filter(taint => !UNREACHABLE.some(each => each.key === taint.key));
        if (node.spec.taints.length === 0) delete node.spec.taints;
      }),
    );
  }

  /** The kubelet fell silent: after the grace period its node is Unknown and its pods are not Ready. */
  silent(host: Host): void {
    this.#sim.clock.after(TIMINGS.node.unreachable, () =>
      this.#sim.loop.enqueue(`unreachable ${host.name}`, () => {
        if (host.kubelet.running) return;
        this.#sim.store.update('nodes', host.name, node => {
          this.#setReady(node, 'Unknown');
          node.spec.taints = [...(node.spec.taints ?? []), ...UNREACHABLE];
        });
        this.#forsake(host);
      }),
    );
  }

  /** Pods of an unreachable node are not Ready; those that do not tolerate it for ever are deleted after their time. */
  #forsake(host: Host): void {
    for (const pod of this.#sim.pods.onNode(host.name)) {
      if (isReady(pod)) {
        this.#sim.store.update('pods', keyOf(pod), draft => {
          const condition = { type: 'Ready', status: 'False' } as const;
          draft.status.conditions = setCondition(draft.status.conditions, condition, this.#sim.clock.timestamp());
        });
      }
      const patience = pod.spec.tolerations?.find(each => each.key === UNREACHABLE[1]?.key)?.tolerationSeconds;
      if (patience === undefined && tolerates(pod.spec, UNREACHABLE, ['NoExecute'])) continue;
      this.#sim.clock.after(patience ?? 0, () =>
        this.#sim.loop.enqueue(`taint eviction ${keyOf(pod)}`, () => {
          const current = this.#sim.store.at('pods', keyOf(pod));
          if (!host.kubelet.running && current?.metadata.uid === pod.metadata.uid) deletePod(this.#sim, current);
        }),
      );
    }
  }

  #setReady(node: Node, status: 'True' | 'Unknown'): void {
    const text =
      status === 'True'
        ? { reason: 'KubeletReady', message: 'kubelet is posting ready status' }
        : { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
    node.status.conditions = setCondition(
      node.status.conditions,
      { type: 'Ready', status, ...text, lastHeartbeatTime: this.#sim.clock.timestamp() },
      this.#sim.clock.timestamp(),
    );
  }

  #beat(key: string, seconds: number, act: () => void): void {
    this.#sim.clock.after(seconds, () => {
      this.#sim.loop.enqueue(key, act);
      this.#beat(key, seconds, act);
    });
  }

  #renew(host: Host): void {
    if (!host.kubelet.running) return;
    this.#sim.store.update('leases', `kube-node-lease/${host.name}`, lease => {
      lease.spec.renewTime = this.#sim.clock.microTimestamp();
    });
  }

  #heartbeat(host: Host): void {
    if (!host.kubelet.running) return;
    this.#sim.store.update('nodes', host.name, node => {
      for (const condition of node.status.conditions) condition.lastHeartbeatTime = this.#sim.clock.timestamp();
    });
  }
}

/** `spec.unschedulable` and its taint go together. */
function taintAsCordoned(node: Node, now: string): void {
  const others = (node.spec.taints ?? []).filter(taint => taint.key !== UNSCHEDULABLE.key);
  const known = (node.spec.taints ?? []).find(taint => taint.key === UNSCHEDULABLE.key);
  const taints = node.spec.unschedulable ? [...others, known ?? { ...UNSCHEDULABLE, timeAdded: now }] : others;
  if (taints.length > 0) node.spec.taints = taints;
  else delete node.spec.taints;
}
