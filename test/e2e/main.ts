import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasGo } from '../controlplane/build.ts';
import type { Minor } from '../controlplane/modules.ts';
import { broughtBy, programsOf } from '../controlplane/programs.ts';
import { capstan } from '../support/capstan.ts';
import { buildHelm } from './chart.ts';
import { type ExistingCluster, lookAtExisting } from './existing.ts';
import { type JestRun, runJest } from './jest-run.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { outcomeOf, type Scope } from './outcome.ts';

/** Those that tests start. */
const MINORS: readonly Minor[] = ['1.36', '1.37'];
/** Kubernetes is compiled, once. */
const BUILD_MS = 60 * 60_000;
const RUN_MS = 60 * 60_000;
const GO_MS = 15_000;
const GO = 'Go 1.26 or newer';
const AT_ONCE = 3;
/** Files of tests on control planes of our own, and on somebody's cluster, as patterns of their paths. */
const DRAINS = 'test/e2e/existing/';
const ON_OWN = ['test/contract/kubernetes', 'test/e2e/[^/]+$'];
const ON_EXISTING = ['test/contract/existing', DRAINS];

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === 'help' || 'error' in options) {
    console.log(options === 'help' ? USAGE : `${options.error}\n\n${USAGE}`);
    return options === 'help' ? 0 : 1;
  }
  const told = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => told.abort(new Error(`told ${name}`)));
  }
  return options.existing ? await onExisting(options, told.signal) : await onOwn(options, told.signal);
}

/** On control planes of our own. */
async function onOwn({ ifPossible, rest }: Options, signal: AbortSignal): Promise<number> {
  const missing = await missingHere();
  if (missing.length > 0) {
    console.log(`Left out: everything on a real API server. Missing: ${missing.join('; ')}.`);
    console.log(`0 passed, ${ifPossible ? 0 : missing.length} failed`);
    return ifPossible ? 0 : 1;
  }
  await buildAll(AbortSignal.any([signal, AbortSignal.timeout(BUILD_MS)]));
  const { KUBECONFIG: _, ...environment } = process.env;
  return await run(
    {
      args: jestArguments({ files: ON_OWN, never: ON_EXISTING }, rest),
      environment,
      atOnce: AT_ONCE,
      scope: rest.length === 0 ? 'all' : 'some',
    },
    signal,
  );
}

/** On the cluster of KUBECONFIG, which is only touched where nobody else uses it. */
async function onExisting({ inUse, rest }: Options, signal: AbortSignal): Promise<number> {
  const { KUBECONFIG: kubeconfig, PATH = '', HOME = '', ...environment } = process.env;
  if (!kubeconfig) return refuse(['KUBECONFIG names no file: write the kubeconfig of the cluster to be tried.']);
  const cluster = await lookAtExisting(kubeconfig, inUse ? 'allowed' : 'refused');
  if ('reasons' in cluster) return refuse(cluster.reasons);
  console.log(`On ${cluster.words}.`);
  const etcd = environment.CAPSTAN_CONTRACT_ETCD ?? cluster.etcd;
  if (etcd === undefined) {
    console.log('Left out: what happens when history is compacted. CAPSTAN_CONTRACT_ETCD names the address of etcd.');
  }
  const drains = await goIsHere();
  if (drains) await timed('helm', () => buildHelm(AbortSignal.any([signal, AbortSignal.timeout(BUILD_MS)])));
  else console.log(`Left out: drains as a worker of the chart, which helm renders. Missing: ${GO}.`);
  try {
    // What an earlier run that was killed has left would be in the way of the plan, too.
    await cleaned(cluster);
    const { code, stdout, stderr } = await capstan(['plan'], { KUBECONFIG: kubeconfig, PATH, HOME });
    console.log(`\ncapstan plan (exit code ${code}):\n${stdout}${stderr}`);
    // Whatever the cluster is, there is a plan for it or a reason against one.
    if (code !== 0 && code !== 2) return refuse(['capstan plan could not look at the cluster.']);
    return await run(
      {
        args: jestArguments({ files: ON_EXISTING, never: drains ? ON_OWN : [...ON_OWN, DRAINS] }, rest),
        // What one takes away at its end could be the other's.
        atOnce: 1,
        environment: {
          ...{ ...environment, PATH, HOME, CAPSTAN_CONTRACT_KUBECONFIG: kubeconfig },
          ...(etcd === undefined ? {} : { CAPSTAN_CONTRACT_ETCD: etcd }),
        },
        scope: rest.length === 0 ? 'existing' : 'some',
      },
      signal,
    );
  } finally {
    if (signal.aborted) console.log('Taking away what was made in the cluster ...');
    await cleaned(cluster);
  }
}

async function cleaned(cluster: ExistingCluster): Promise<void> {
  const left = await cluster.clean();
  if (left.length > 0) throw new Error(`The cluster would not let go of ${left.join(', ')}: look at their finalizers.`);
}

function refuse(reasons: readonly string[]): number {
  for (const reason of reasons) console.log(`- ${reason}`);
  console.log(`0 passed, ${reasons.length} failed`);
  return 1;
}

function goIsHere(): Promise<boolean> {
  return hasGo(process.env, AbortSignal.timeout(GO_MS));
}

async function missingHere(): Promise<string[]> {
  return [
    ...((await goIsHere()) ? [] : [GO]),
    ...(spawnSync('redis-server', ['--version']).status === 0
      ? []
      : ['redis-server on the PATH (package redis-server)']),
  ];
}

async function buildAll(signal: AbortSignal): Promise<void> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets !== undefined) console.log(await broughtBy(assets, MINORS));
  for (const minor of MINORS) {
    await timed(`Programs for Kubernetes ${minor}`, () => programsOf(minor, signal));
  }
  await timed('helm', () => buildHelm(signal));
}

async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = Date.now();
  await act();
  console.log(`${what}: built, or found built, in ${seconds(began)}`);
}

/** The contract on the simulated server belongs to every run, to be compared with. Whoever chooses chooses among what there is. */
function jestArguments(
  { files, never }: { readonly files: readonly string[]; readonly never: readonly string[] },
  rest: readonly string[],
): string[] {
  const chosen = rest.includes('--testPathPatterns') ? [] : ['--testPathPatterns', 'contract-simulated', ...files];
  return [
    '--selectProjects',
    'integration',
    'contract',
    'e2e',
    '--testPathIgnorePatterns',
    ...never,
    ...chosen,
    ...rest,
  ];
}

async function run(
  { scope, ...jest }: Omit<JestRun, 'scratch'> & { readonly scope: Scope },
  signal: AbortSignal,
): Promise<number> {
  const began = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), 'capstan-test-e2e-'));
  let failed = false;
  try {
    const { results, left } = await runJest(
      { ...jest, scratch },
      AbortSignal.any([signal, AbortSignal.timeout(RUN_MS)]),
    );
    const { passed, failures, leftOut, alike } = outcomeOf(results, scope);
    const all = [...failures, ...left];
    console.log(`\n${alike} cases of the contract came out alike on all servers. All took ${seconds(began)}.`);
    for (const each of leftOut) console.log(`Left out: ${each}`);
    for (const failure of all) console.log(`- ${failure}`);
    failed = all.length > 0;
    if (failed) console.log(`The logs of bots, workers and control planes are in ${join(scratch, 'logs')}.`);
    console.log(`${passed} passed, ${all.length} failed`);
    return failed ? 1 : 0;
  } finally {
    if (!failed) rmSync(scratch, { recursive: true, force: true });
  }
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1_000).toFixed(0)} s`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
