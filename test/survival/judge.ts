import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import type { RunState } from '../../src/run/run.ts';

const TARGET = 'v1.37.2';
const CLAIM = 'capstan.dev/claim';

/** What is wrong with the cluster after the run, in sentences. */
export function judge(cluster: SimulatedCluster, cordoned: ReadonlySet<string>, run: RunState): string[] {
  const { budgetViolations, offences, evictions } = cluster.ledger;
  return [
    ...(run.status.kind === 'running' ? unfinished(run) : nodesOf(cluster, cordoned, run)),
    ...budgetViolations.map(({ budget, healthy, desired, pod }) => `${budget} had ${healthy} of ${desired}: ${pod}`),
    ...offences.map(({ sentence }) => sentence),
    ...[...evictions].flatMap(([uid, times]) => (times === 1 ? [] : [`pod ${uid} was evicted ${times} times`])),
  ];
}

/** What its nodes are like in the middle says nothing. */
function unfinished({ works }: RunState): string[] {
  const done = works.filter(({ state }) => state.kind === 'done').length;
  return [`the run was not over in time: ${done} of ${works.length} works are done`];
}

function nodesOf(cluster: SimulatedCluster, cordoned: ReadonlySet<string>, { status, works }: RunState): string[] {
  return [
    ...(status.kind === 'finished' ? [] : [`the run is ${status.kind}`]),
    ...works.flatMap(({ node, state }) =>
      state.kind === 'failed' ? [`${node} failed in step ${state.step}: ${state.reason}`] : [],
    ),
    ...cluster
      .nodes()
      .flatMap(({ metadata: { name, annotations = {} }, spec, status: now }) => [
        ...wrongVersion(name, now.nodeInfo.kubeletVersion),
        ...(Boolean(spec.unschedulable) === cordoned.has(name) ? [] : [`${name} is not as schedulable as it was`]),
        ...(annotations[CLAIM] === undefined ? [] : [`${name} is left claimed`]),
        ...cordonsOf(cluster, name, cordoned.has(name)),
        ...changesOf(cluster, name),
      ]),
  ];
}

function wrongVersion(name: string, version: string | undefined): string[] {
  return version === TARGET ? [] : [`${name} runs ${version}`];
}

/** Cordoned once and uncordoned once; one that was cordoned before is never touched. */
function cordonsOf({ ledger }: SimulatedCluster, name: string, was: boolean): string[] {
  const seen = ledger.cordons.filter(({ node }) => node === name).map(({ unschedulable }) => unschedulable);
  const expected = was ? '' : 'true,false';
  return seen.join() === expected ? [] : [`${name} was cordoned and uncordoned so: ${seen.join()}`];
}

/** A finished phase is never repeated. */
function changesOf({ ledger }: SimulatedCluster, name: string): string[] {
  const changes = ledger.versionChanges.filter(({ node, component }) => node === name && component === 'kubelet');
  return changes.length === 1 ? [] : [`the kubelet of ${name} changed ${changes.length} times`];
}

const LOOK_MS = 50;

/** Resolves once nothing goes on any more: the run is over, or has halted. */
export async function ended(look: () => Promise<RunState>, timeoutMs: number): Promise<RunState> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const run = await look();
    if (run.status.kind !== 'running' || Date.now() > until) return run;
    await delay(LOOK_MS);
  }
}
