import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasGo } from '../controlplane/build.ts';
import { COMPONENTS } from '../controlplane/components.ts';
import { ETCD_OF, type Minor } from '../controlplane/modules.ts';
import { programsOf } from '../controlplane/programs.ts';
import { capstan } from '../support/capstan.ts';
import { buildHelm } from './chart.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { type JestResults, outcomeOf } from './outcome.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/** Those that tests start. */
const MINORS: readonly Minor[] = ['1.36', '1.37'];
/** Kubernetes is compiled, once. */
const BUILD_MS = 60 * 60_000;
const RUN_MS = 60 * 60_000;
const GRACE_MS = 15_000;
const LOOK_MS = 50;

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === 'help' || 'error' in options) {
    console.log(options === 'help' ? USAGE : `${options.error}\n\n${USAGE}`);
    return options === 'help' ? 0 : 1;
  }
  const missing = await missingFor(options);
  if (missing.length > 0) {
    console.log(`Left out: everything on a real API server. Missing: ${missing.join('; ')}.`);
    console.log(`0 passed, ${options.ifPossible ? 0 : missing.length} failed`);
    return options.ifPossible ? 0 : 1;
  }
  const told = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => told.abort(new Error(`told ${name}`)));
  }
  if (options.existing && process.env.CAPSTAN_CONTRACT_ETCD === undefined) {
    console.log('Left out: what happens when history is compacted. CAPSTAN_CONTRACT_ETCD names the address of etcd.');
  }
  if (!options.existing) await buildAll(AbortSignal.any([told.signal, AbortSignal.timeout(BUILD_MS)]));
  return await runAll(options, AbortSignal.any([told.signal, AbortSignal.timeout(RUN_MS)]));
}

async function missingFor({ existing }: Options): Promise<string[]> {
  if (existing) return process.env.KUBECONFIG ? [] : ['KUBECONFIG, the file that names the cluster'];
  return [
    ...((await hasGo(process.env, AbortSignal.timeout(GRACE_MS))) ? [] : ['Go 1.26 or newer']),
    ...(spawnSync('redis-server', ['--version']).status === 0
      ? []
      : ['redis-server on the PATH (package redis-server)']),
  ];
}

async function buildAll(signal: AbortSignal): Promise<void> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const brought: string[] = [];
  for (const minor of MINORS) {
    const what = `Kubernetes ${minor}, etcd ${ETCD_OF[minor]} and kwok`;
    const programs = await timed(what, () => programsOf(minor, signal));
    const own = COMPONENTS.filter(name => assets !== undefined && programs[name] === join(assets, name));
    brought.push(...own.map(name => `${name} of ${minor}`));
  }
  await timed('helm', () => buildHelm(signal));
  if (assets === undefined) return;
  const nothing = `nothing, for its kube-apiserver is neither of ${MINORS.join(' nor of ')}`;
  console.log(`From KUBEBUILDER_ASSETS comes ${brought.join(', ') || nothing}.`);
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const made = await act();
  console.log(`${what}: built, or found built, in ${seconds(began)}`);
  return made;
}

async function runAll(options: Options, signal: AbortSignal): Promise<number> {
  const began = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), 'capstan-test-e2e-'));
  let failed = false;
  try {
    const report = join(scratch, 'report.json');
    const left = await runJest(options, scratch, report, signal);
    signal.throwIfAborted();
    const chosen = options.rest.length === 0 ? 'all' : 'some';
    const results = JSON.parse(readFileSync(report, 'utf8')) as JestResults;
    const { passed, failures, alike } = outcomeOf(results, chosen);
    const plan = options.existing ? await planOfExisting() : [];
    const all = [...failures, ...left, ...plan];
    console.log(`\n${alike} cases of the contract came out alike on all servers. All took ${seconds(began)}.`);
    for (const failure of all) console.log(`- ${failure}`);
    failed = all.length > 0;
    if (failed) console.log(`The logs of bots, workers and control planes are in ${join(scratch, 'logs')}.`);
    console.log(`${passed} passed, ${all.length} failed`);
    return failed ? 1 : 0;
  } finally {
    if (!failed) rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whatever the cluster is, there is a plan for it or a reason against one. */
async function planOfExisting(): Promise<string[]> {
  const { code, stdout, stderr } = await capstan(['plan'], { KUBECONFIG: process.env.KUBECONFIG ?? '' });
  console.log(`\ncapstan plan (exit code ${code}):\n${stdout}${stderr}`);
  return code === 0 || code === 2 ? [] : ['capstan plan could not look at the cluster'];
}

/** Answers what the tests left behind: nothing, if all is well. They run in a process group and a folder of their own. */
async function runJest(options: Options, scratch: string, report: string, signal: AbortSignal): Promise<string[]> {
  const { existing, rest } = options;
  const { KUBECONFIG, ...environment } = process.env;
  const projects = ['integration', 'contract', ...(existing ? [] : ['e2e'])];
  const chosen = ['contract-simulated', existing ? 'contract/existing' : 'contract/kubernetes', 'test/e2e/'];
  const some = rest.includes('--testPathPatterns') ? [] : ['--testPathPatterns', ...chosen];
  const args = ['--selectProjects', ...projects, ...some, ...rest, '--maxWorkers=3', '--json', '--outputFile', report];
  const child = spawn(process.execPath, [...JEST, ...args], {
    cwd: ROOT,
    env: {
      ...environment,
      TMPDIR: scratch,
      CAPSTAN_KEEP_LOGS: join(scratch, 'logs'),
      // A cluster of somebody's is only touched where that was asked for.
      ...(existing ? { CAPSTAN_CONTRACT_KUBECONFIG: KUBECONFIG } : {}),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const end = () => signalGroup(child.pid, 'SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  signal.removeEventListener('abort', end);
  const processes = await groupEnds(child.pid);
  const folders = readdirSync(scratch).filter(name => name.startsWith('capstan-'));
  return [
    ...(processes ? ['processes were left behind; they have been ended'] : []),
    ...folders.map(name => `the folder ${name} was left behind`),
  ];
}

/** Whether somebody of the group had to be ended the hard way. */
async function groupEnds(pid: number | undefined): Promise<boolean> {
  const until = Date.now() + GRACE_MS;
  while (signalGroup(pid, 0) && Date.now() < until) await delay(LOOK_MS);
  return signalGroup(pid, 'SIGKILL');
}

/** False where nobody is left in the group. 0 only asks. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
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
