import { generateCluster } from '../test/support/generated-cluster.ts';
import { planned } from '../test/unit/plan/cluster-builder.ts';

/** What one process prints. */
export interface PlanningRun {
  readonly nodes: number;
  readonly pods: number;
  readonly findings: number;
  /** With code that has never run: what somebody at a terminal waits for. */
  readonly firstMs: number;
  readonly warmMs: readonly number[];
}

const RUNS = 7;

const [nodes = 0, podsPerNode = 0] = process.argv.slice(2).map(Number);
const snapshot = generateCluster({ nodes, podsPerNode, seed: 1 });

function timed(): { readonly ms: number; readonly findings: number } {
  const began = performance.now();
  const { findings } = planned(snapshot, 'next');
  return { ms: performance.now() - began, findings: findings.length };
}

const first = timed();
const warm = Array.from({ length: RUNS }, timed);
const run: PlanningRun = {
  nodes,
  pods: snapshot.pods.length,
  findings: first.findings,
  firstMs: first.ms,
  warmMs: warm.map(({ ms }) => ms),
};
process.stdout.write(JSON.stringify(run));
