import { randomUUID } from 'node:crypto';
import { CLUSTER_OPTIONS, type CliOption, helpLines, OUTPUT_OPTION, readArguments } from '../cli/arguments.ts';
import { exitCodeOf } from '../cli/exit-code.ts';
import { planJson } from '../cli/plan-json.ts';
import { planText } from '../cli/plan-text.ts';
import { planOptions } from '../command/plan-options.ts';
import { parseTarget, TARGET_FORMS } from '../command/target.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import type { PlanRequest } from '../plan/request.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { couldNotLook, type Seen, type Surroundings, withCluster } from './command-line.ts';
import { choosePolicy, readGivenPolicy } from './plan-policy.ts';

/** Where no policy says for how long. */
const PLAN_LIFETIME_SECONDS = 24 * 60 * 60;

const ONLY = ['control-plane', 'workers'] as const;

/** In kubectl drain's words; what they leave open, the policy decides. */
const DRAIN_OPTIONS: readonly CliOption[] = [
  { name: 'force', value: undefined, canBeFalse: true, does: 'also evict pods that nothing would create again' },
  {
    name: 'delete-emptydir-data',
    value: undefined,
    canBeFalse: true,
    does: 'delete the data of emptyDir volumes; =false: refuse to',
  },
  { name: 'grace-period', value: 'N', does: 'seconds for every pod to stop; -1: its own grace period' },
  {
    name: 'skip-wait-for-delete-timeout',
    value: 'D',
    does: 'do not wait for pods that were deleted longer ago, such as 10m',
  },
  { name: 'pod-selector', value: 'S', does: 'evict only pods that it matches, such as app!=legacy' },
  {
    name: 'drain-order',
    value: 'priority|together',
    values: ['priority', 'together'],
    does: 'priority: pods of lower priority first, the next when these have left',
  },
];

const OPTIONS: readonly CliOption[] = [
  {
    name: 'only',
    value: 'control-plane|workers',
    values: ONLY,
    does: 'leaves the other kind of nodes as it is',
  },
  { name: 'pool', value: 'P', does: 'only nodes of this pool, or with this label: label=value' },
  { name: 'nodes', value: 'a,b', does: 'only these nodes; the control plane goes as a whole' },
  {
    name: 'fewest-drains',
    value: undefined,
    does: 'lets kubelets of workers skip versions on the way, where that has been proven',
  },
  ...DRAIN_OPTIONS,
  {
    name: 'policy',
    value: 'FILE',
    does: "the policy file that the cluster's worker reads; without it, CAPSTAN_POLICY, or none",
  },
  {
    name: 'cluster',
    value: 'C',
    does: 'the name of the cluster in that file, where the kubeconfig has another for it; without it, CAPSTAN_CLUSTER',
  },
  ...CLUSTER_OPTIONS,
  OUTPUT_OPTION,
];

const TARGET_IS_A_WORD = 'The target stands by itself: capstan plan 1.37.';
const INSTEAD = {
  target: TARGET_IS_A_WORD,
  to: TARGET_IS_A_WORD,
  version: TARGET_IS_A_WORD,
  'dry-run': 'A plan only reads: leave it out.',
};

const NO_POLICY_FOR_CLUSTER =
  '--cluster chooses a cluster of a policy file, and there is none: write --policy FILE as well, or set CAPSTAN_POLICY.';

const HELP = helpLines(
  'capstan plan [target] [options]',
  [
    'Prints the plan for the cluster of the kubeconfig. Reads only.',
    `The target is ${TARGET_FORMS}; without it, next.`,
    'Exit code 0: fine or nothing to do, 2: blocked or refused, 1: could not look.',
  ],
  OPTIONS,
);

/**
 * `capstan plan`: prints the plan for the cluster of the kubeconfig. Reads only. Returns the exit code: 0 fine or
 * nothing to do, 2 blocked or refused, 1 could not look.
 */
export async function runPlanCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const read = readArguments(args, OPTIONS, INSTEAD);
  if (read.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (read.kind === 'error') return couldNotLook('plan', read.sentence);
  const request = requestOf(read.words, read.values);
  if ('error' in request) return couldNotLook('plan', request.error);
  const { config } = surroundings;
  const given = readGivenPolicy(read.values.get('policy') ?? config.CAPSTAN_POLICY);
  if (given.kind === 'faults') return couldNotLook('plan', given.faults.join('\n'));
  if (given.kind === 'none' && read.values.has('cluster')) return couldNotLook('plan', NO_POLICY_FOR_CLUSTER);
  const cluster = read.values.get('cluster') ?? config.CAPSTAN_CLUSTER;
  return await withCluster('plan', read.values, surroundings, seen => {
    const chosen = choosePolicy(given, cluster, seen.snapshot.name);
    if (chosen.kind === 'open') return couldNotLook('plan', chosen.sentence);
    const { found } = chosen;
    const result = planFor(request, seen, found?.policy);
    const write = read.values.get('output') === 'json' ? planJson : planText;
    process.stdout.write(write(result, found?.source));
    return exitCodeOf(result);
  });
}

/** As the worker plans, but for what works took here before: that is kept in Redis. */
function planFor(
  request: PlanRequest,
  { snapshot, calendar }: Seen,
  policy: ClusterPolicy | undefined,
): PlanningResult {
  return planUpgrade({
    snapshot,
    request,
    calendar,
    id: randomUUID(),
    requestedBy: 'cli',
    now: Date.now(),
    ttlMs: (policy?.planLifetimeSeconds ?? PLAN_LIFETIME_SECONDS) * 1_000,
    ...(policy ? { policy } : {}),
  });
}

function requestOf(
  words: readonly string[],
  values: ReadonlyMap<string, string>,
): PlanRequest | { readonly error: string } {
  const [text = 'next', ...more] = words;
  if (more.length > 0) return { error: `"${more[0]}" is one word too many: write one target, such as 1.37.` };
  const target = parseTarget(text);
  if (target.kind === 'error') return { error: target.sentence };
  const options = planOptions(name => values.get(name));
  if ('sentence' in options) return { error: options.sentence };
  return { target, strategy: 'rolling', only: ONLY.find(kind => kind === values.get('only')), ...options };
}
