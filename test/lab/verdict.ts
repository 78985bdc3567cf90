import type { ClusterState } from './cluster-state.ts';
import type { CommandPlans } from './command-plans.ts';
import type { HostRecord } from './host-journals.ts';
import { CONTROL_PLANE, HOSTS, TO } from './lab.ts';
import type { Observation } from './observation.ts';
import type { Verdict } from './verdicts-file.ts';
import { LEAST_READY } from './workload.ts';

/** What was seen and read, from outside. */
interface Evidence {
  readonly plans: CommandPlans;
  readonly seen: Observation;
  /** How long the watchers looked. */
  readonly seconds: number;
  readonly state: ClusterState;
  readonly records: readonly HostRecord[];
  readonly words: { readonly status: string; readonly thread: string };
  readonly kills: readonly string[];
  readonly restarts: number;
}

const NODES = Object.keys(HOSTS);
const WORKERS = NODES.filter(node => node !== CONTROL_PLANE);
/** kubeadm on the control plane, and one kubelet a node. */
const PHASES = [CONTROL_PLANE, ...NODES].sort();
/** etcd is replaced, then the API server: a single control plane goes away twice, or once for long where these meet. */
const LEAST_AWAY_SECONDS = 30;
/** Two calls a second, less what a busy machine may owe. */
const CALLS_A_SECOND = 1.7;

/** Nothing here asks what bot or worker remember. */
export function judge(evidence: Evidence): Verdict[] {
  return [
    ...judgePlans(evidence),
    ...judgeCluster(evidence),
    ...judgeOrder(evidence),
    ...judgeWorkload(evidence),
    ...judgeWork(evidence),
    ...judgeWords(evidence),
  ];
}

function judgePlans({ plans }: Evidence): Verdict[] {
  const { before, after } = plans;
  const wanted = JSON.stringify([
    ['control-plane', 'control-plane', [CONTROL_PLANE]],
    ['control-plane', 'kubelet', [CONTROL_PLANE]],
    ['workers', 'kubelet', WORKERS],
  ]);
  return [
    {
      holds: before.code === 0 && before.hops === 1 && before.to === TO && JSON.stringify(before.passes) === wanted,
      sentence: `"capstan plan" before ends with ${before.code} and plans ${before.hops} hop to ${before.to}: ${JSON.stringify(before.passes)}`,
    },
    {
      holds: after.code === 0 && /nothing to do/i.test(after.text),
      sentence: `"capstan plan" after ends with ${after.code} and says "${after.text.trim().split('\n')[0]}"`,
    },
  ];
}

function judgeCluster({ state }: Evidence): Verdict[] {
  const behind = state.nodes.filter(node => node.kubelet !== TO || !node.ready).map(({ name }) => name);
  const old = state.images.filter(image => !image.endsWith(`:${TO}`));
  return [
    none(behind, `all ${NODES.length} nodes are Ready and run ${TO}`, state.nodes.length === NODES.length),
    none(old, `API server, controller manager, scheduler and kube-proxy run ${TO}`, state.images.length >= 4),
    none(names(state.nodes.filter(({ cordoned }) => cordoned)), 'no node is left cordoned'),
    none(names(state.nodes.filter(({ annotations }) => /claim/.test(annotations))), 'no node is left claimed'),
    none(state.leases, 'no lease is left held'),
  ];
}

function judgeOrder({ seen }: Evidence): Verdict[] {
  const { nodes, components, api } = seen;
  const etcd = components.changes.find(({ pod }) => pod.startsWith('etcd'));
  const away = api.gaps.reduce((sum, { from, to }) => sum + (to - from) / 1_000, 0);
  const apiServer = components.changes.find(({ pod, image }) => pod.startsWith('kube-apiserver') && image.endsWith(TO));
  const cordons = [...nodes.stories.values()].flatMap(({ cordonedAt }) => cordonedAt ?? []);
  const [first, ...rest] = nodes.kubeletOrder;
  const inOrder = first === CONTROL_PLANE && rest.toSorted().join() === WORKERS.join();
  const once = NODES.filter(node => nodes.stories.get(node)?.cordons === 1);
  return [
    {
      holds: apiServer !== undefined && cordons.length > 0 && cordons.every(at => at > apiServer.at),
      sentence: 'the API server was upgraded before any node was cordoned',
    },
    { holds: inOrder, sentence: `the kubelets followed, the control plane's first: ${nodes.kubeletOrder.join(', ')}` },
    {
      holds: nodes.mostCordoned === 1 && once.length === NODES.length,
      sentence: `every node was cordoned once (${once.join(', ')}), at most ${nodes.mostCordoned} at a time`,
    },
    {
      holds: etcd !== undefined && apiServer !== undefined && away >= LEAST_AWAY_SECONDS,
      sentence: `the run survived the swaps of etcd and API server: away for ${away.toFixed(1)} s in ${api.gaps.length} absences`,
    },
  ];
}

function judgeWorkload({ seen: { budgets, client }, seconds }: Evidence): Verdict[] {
  return [
    none(
      budgets.violations,
      `the budget was never violated: ${budgets.fewestReady} pods were ready at the least, ${LEAST_READY} must be`,
      budgets.looks > 0,
    ),
    none(
      client.failures,
      `${client.calls} calls of the Service in ${seconds.toFixed(0)} s, and none failed`,
      client.calls >= seconds * CALLS_A_SECOND,
    ),
  ];
}

function judgeWork({ seen: { jobs, leases }, records, kills, restarts }: Evidence): Verdict[] {
  const onNodes = [...jobs.stories.values()].map(({ node }) => node).sort();
  const clean = records.filter(({ starts, verdict }) => starts === 1 && verdict.includes('"rc":0,'));
  return [
    {
      holds: onNodes.join() === PHASES.join(),
      sentence: `one Job for each of the ${PHASES.length} phases, on ${onNodes.join(', ')}`,
    },
    none(jobs.doubles, 'no node ever had two Jobs at work'),
    {
      holds: records.length === PHASES.length && clean.length === PHASES.length,
      sentence: `by the hosts' own journals ${clean.length} of ${records.length} works were started once and went well`,
    },
    { holds: leases.holders.size === 1, sentence: `the cluster's lease was held by ${leases.holders.size} run` },
    {
      holds: kills.length > 0 && restarts === kills.length,
      sentence: `the worker was killed ${kills.length} times and started again ${restarts} times`,
    },
  ];
}

function judgeWords({ words }: Evidence): Verdict[] {
  const saysSo = (text: string) => text.includes(TO) && /finished/i.test(text);
  return [
    { holds: saysSo(words.status), sentence: `the status message says that ${TO} is reached` },
    { holds: saysSo(words.thread), sentence: 'the thread ends by saying so' },
  ];
}

const names = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name);

/** `looked`: whether there was anything to see at all. */
function none(found: readonly string[], good: string, looked = true): Verdict {
  if (!looked) return { holds: false, sentence: `${good}: nobody could tell` };
  if (found.length === 0) return { holds: true, sentence: good };
  const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
  return { holds: false, sentence: `${good}: no, ${found.slice(0, 5).join('; ')}${more}` };
}
