import { fileURLToPath } from 'node:url';
import { type Measured, runNode } from './measured-process.ts';
import type { PlanningRun } from './planning-run.ts';
import { median, type Report, round, type Side, type Verdict } from './side.ts';

const RUN = fileURLToPath(new URL('planning-run.ts', import.meta.url));
const NODES = [500, 1_000, 2_500, 5_000];
const PODS_PER_NODE = 30;
const MOST_MS = 1_000;
/** Twice the cost for a node would be quadratic at ten times the nodes; caches and collection of garbage cost a little. */
const MOST_GROWTH = 2;

interface Planned extends PlanningRun {
  readonly process: Omit<Measured, 'stdout'>;
}

/** Plan and every check, without any reading, on generated clusters; each size in a process of its own. */
export const planning: Side = {
  name: 'planning and checks, on generated snapshots',
  missing: () => undefined,
  async measure() {
    const runs: Planned[] = [];
    for (const nodes of NODES) {
      const { stdout, ...process } = await runNode([RUN, String(nodes), String(PODS_PER_NODE)]);
      runs.push({ ...(JSON.parse(stdout) as PlanningRun), process });
    }
    return report(runs);
  },
};

function report(runs: readonly Planned[]): Report {
  const perNode = (run: Planned) => median(run.warmMs) / run.nodes;
  const [smallest] = runs;
  const growth = (run: Planned) => (smallest ? perNode(run) / perNode(smallest) : 1);
  return {
    columns: ['nodes', 'pods', 'first ms', 'median ms', 'best ms', 'µs a node', 'of the smallest', 'peak MiB'],
    rows: runs.map(run => [
      run.nodes,
      run.pods,
      round(run.firstMs),
      round(median(run.warmMs)),
      round(Math.min(...run.warmMs)),
      round(perNode(run) * 1_000),
      round(growth(run), 2),
      round(run.process.peakMiB),
    ]),
    verdicts: verdicts(runs.at(-1), growth),
    figures: runs,
  };
}

function verdicts(largest: Planned | undefined, growth: (run: Planned) => number): Verdict[] {
  if (!largest) return [];
  const ms = median(largest.warmMs);
  return [
    { target: `${largest.nodes} nodes in less than ${MOST_MS} ms`, seen: `${round(ms)} ms`, met: ms < MOST_MS },
    {
      target: `a node costs at most ${MOST_GROWTH} x what it costs in the smallest cluster`,
      seen: `${round(growth(largest), 2)} x`,
      met: growth(largest) <= MOST_GROWTH,
    },
  ];
}
