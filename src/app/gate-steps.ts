import type { GatesPolicy, PrometheusPolicy } from '../policy/policy.ts';
import type { ClosedGate } from '../run/run.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Deadline } from './deadline.ts';
import type { Driver, HostToAsk } from './driver-ports.ts';
import { daemonPodsGate } from './gates/daemon-pods.ts';
import { type Gate, passGates } from './gates/gate.ts';
import { hostIdleGate } from './gates/host-idle.ts';
import { nodeReadyGate } from './gates/node-ready.ts';
import { type MetricQueries, prometheusGate } from './gates/prometheus.ts';
import { volumesGate } from './gates/volumes.ts';
import { workloadsGate } from './gates/workloads.ts';
import type { Clock, NodeControl, PodControl } from './ports.ts';
import { type Reached, sinceOf } from './step-limits.ts';
import type { Baseline, VolumeControl, WorkloadControl } from './workload-ports.ts';

export interface GateSettings {
  readonly readySeconds: number;
  readonly soakSeconds: number;
  readonly prometheus: GatesPolicy['prometheus'];
  /** After how long the thread is told what is waited for. */
  readonly blockedAfterSeconds: number;
}

interface GateTask {
  readonly node: string;
  readonly uid: string;
  readonly to: KubernetesVersion;
  readonly reached: Reached;
}

export interface WaitPorts {
  readonly clock: Clock;
  readonly settings: Pick<GateSettings, 'blockedAfterSeconds'>;
  readonly onWaiting: (closed: readonly ClosedGate[], overdue: boolean) => Promise<void>;
}

interface GatePorts extends WaitPorts {
  readonly nodes: NodeControl;
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly volumes: VolumeControl;
  readonly prometheus: (from: PrometheusPolicy) => MetricQueries;
  readonly settings: GateSettings;
  readonly onTied: (pods: readonly string[]) => Promise<void>;
}

/** What is over sooner than this is not worth a word. */
const QUIET_MS = 5_000;

/** Before a node is claimed that an earlier run has left: nobody may take it out of the hands of its host. */
export async function awaitIdle(
  { of, atWork, reached }: { readonly of: HostToAsk; readonly atWork: string; readonly reached: Reached },
  ports: WaitPorts & { readonly driver: Pick<Driver, 'watchAtWork'> },
  deadline: Deadline,
): Promise<void> {
  const since = sinceOf('claim', reached, ports.clock.now());
  const gates = [hostIdleGate(of, atWork, ports.driver)];
  await pass({ node: of.node, gates, since, quietMs: 0, soakSeconds: 0 }, ports, deadline);
}

/** Before the host is touched: what the pods had mounted has left with them. Belongs to the drain, and to its time. */
export async function awaitDetached({ node, reached }: GateTask, ports: GatePorts, deadline: Deadline): Promise<void> {
  const { clock } = ports;
  const since = sinceOf('drain', reached, clock.now());
  await pass({ node, gates: [volumesGate(node, ports)], since, quietMs: QUIET_MS, soakSeconds: 0 }, ports, deadline);
}

/** Before pods may come back: the node itself, and what has to run on it before anything else can. */
export async function awaitNode(
  { node, uid, to: version, reached }: GateTask,
  { ailing }: Pick<Baseline, 'ailing'>,
  ports: GatePorts,
  deadline: Deadline,
): Promise<void> {
  const { pods, clock, settings } = ports;
  const since = sinceOf('ready', reached, clock.now());
  const { readySeconds } = settings;
  const gates = [
    nodeReadyGate({ node, uid, version, readySeconds, since }, ports),
    daemonPodsGate(node, new Set(ailing), pods),
  ];
  await pass({ node, gates, since, quietMs: readySeconds * 1_000 + QUIET_MS, soakSeconds: 0 }, ports, deadline);
}

/**
 * Once pods may come back, and before the next node starts: some can run nowhere else, so that nothing could be asked about
 * them sooner. Without a baseline nothing was drained.
 */
export async function awaitGates(
  { node, uid, to: version, reached }: GateTask,
  baseline: Baseline | undefined,
  ports: GatePorts,
  deadline: Deadline,
): Promise<void> {
  const { workloads, prometheus, clock, settings } = ports;
  const since = sinceOf('gates', reached, clock.now());
  if (baseline && baseline.tied.length > 0) await ports.onTied(baseline.tied);
  const drained = baseline
    ? [
        nodeReadyGate({ node, uid, version, readySeconds: 0, since }, ports),
        workloadsGate(baseline.workloads, workloads),
      ]
    : [];
  const { soakSeconds, prometheus: from } = settings;
  const asked = from === 'none' ? [] : [prometheusGate(from.queries, prometheus(from))];
  await pass({ node, gates: [...drained, ...asked], since, quietMs: QUIET_MS, soakSeconds }, ports, deadline);
}

interface Passing {
  readonly node: string;
  readonly gates: readonly Gate[];
  readonly since: number;
  readonly quietMs: number;
  readonly soakSeconds: number;
}

async function pass(
  { node, gates, since, quietMs, soakSeconds }: Passing,
  { clock, settings, onWaiting: report }: WaitPorts,
  deadline: Deadline,
): Promise<void> {
  const overdueFrom = since + settings.blockedAfterSeconds * 1_000;
  const reportFrom = Math.min(since + quietMs, overdueFrom);
  await passGates({ node, gates, deadline, soakSeconds, reportFrom, overdueFrom, report }, clock);
}
