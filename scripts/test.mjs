// `npm test`: every check, the cheap ones first and side by side, and a stop at the first that fails.
// Ends with one line, `N passed, N failed`: the tests of jest and the demo; a failed check counts as one failure.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'capstan-test-'));
const bin = name => join(root, 'node_modules', name);
const jest = (project, ...more) => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  bin('jest/bin/jest.js'),
  '--selectProjects',
  project,
  '--json',
  `--outputFile=${join(scratch, `${project}.json`)}`,
  ...more,
];

/** Servers, clocks and processes are waited for: three of these tests for each processor can go on together. */
const MOSTLY_WAITING = ['--maxWorkers=6'];

/** Steps of one row run side by side; `show` decides how much of a good step's output is printed. */
const rows = [
  [
    { name: 'types', args: [bin('typescript/bin/tsc'), '--noEmit'] },
    { name: 'lint and format', args: [bin('@biomejs/biome/bin/biome'), 'check', '.'] },
    {
      name: 'import rule',
      args: [bin('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', 'src'],
    },
    { name: 'dead code', args: [bin('knip/bin/knip.js'), '--no-progress'] },
  ],
  [{ name: 'unit tests', args: jest('unit', '--maxWorkers=2'), counts: 'unit' }],
  [
    { name: 'integration tests', args: jest('integration', ...MOSTLY_WAITING), counts: 'integration' },
    { name: 'demo, without a person', args: ['src/main.ts', 'demo', '--auto'], seconds: 150, counts: 'demo' },
  ],
];

const total = { passed: 0, failed: 0 };
const children = new Set();
const begun = Date.now();

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`This is Node ${process.versions.node}, and 24 or newer is needed. "npm test" brings its own.`);
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopAll();
    process.exit(1);
  });
}

let failed;
for (const row of rows) {
  const results = await Promise.all(row.map(perform));
  failed = results.find(result => !result.ok);
  if (failed) break;
}
rmSync(scratch, { recursive: true });

console.log(`\n== ${failed ? `stopped at: ${failed.name}` : 'everything passed'} (${seconds(begun)})`);
for (const line of leftOut()) console.log(`Left out: ${line}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = failed ? 1 : 0;

/**
 * Runs one step in a process group of its own, and prints it in one piece when it is over. Tests start dozens of processes:
 * what one of them has compiled, the next finds.
 */
async function perform(step) {
  const started = Date.now();
  const output = [];
  const child = spawn(process.execPath, step.args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', FORCE_COLOR: '0', NODE_COMPILE_CACHE: join(scratch, 'compiled') },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  children.add(child);
  const limit = step.seconds && setTimeout(() => stop(child, `\nstopped after ${step.seconds} s`), step.seconds * 1000);
  child.stdout.on('data', piece => output.push(piece));
  child.stderr.on('data', piece => output.push(piece));
  const ended = await new Promise(resolve => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(limit);
  children.delete(child);

  const ok = ended === 0;
  const superseded = !ok && child.superseded;
  const text = Buffer.concat(output).toString().trim();
  if (!superseded) {
    count(step, ok);
    console.log(`\n== ${step.name}: ${ok ? 'ok' : `FAILED (${ended})`} (${seconds(started)})`);
    if (text && (!ok || step.counts)) console.log(text);
    if (child.stopped) console.log(child.stopped);
  }
  if (!ok && !superseded) {
    for (const other of children) other.superseded = true;
    stopAll();
  }
  return { name: step.name, ok: ok || superseded };
}

function count(step, ok) {
  const found = step.counts && step.counts !== 'demo' ? jestCounts(step.counts) : undefined;
  if (found) {
    total.passed += found.numPassedTests;
    // A suite that could not even be loaded has no failed test, and has failed all the same.
    total.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
    if (!ok && found.numFailedTests + found.numRuntimeErrorTestSuites === 0) total.failed += 1;
  } else if (!ok) total.failed += 1;
  else if (step.counts) total.passed += 1;
}

function jestCounts(project) {
  try {
    return JSON.parse(readFileSync(join(scratch, `${project}.json`), 'utf8'));
  } catch {
    // jest ended before it could write: its exit code says so, and is counted.
    return undefined;
  }
}

/** What this run did not prove, in sentences. */
function leftOut() {
  const sentences = [];
  if (failed) sentences.push('everything behind the step that failed.');
  if (!onPath('redis-server')) {
    sentences.push(
      'the integration tests on a real Redis: no redis-server on the PATH. They ran on the embedded one only.',
    );
  }
  sentences.push(
    'everything on a real control plane and on real hosts: "npm run test:e2e" and "npm run test:lab" (see CONTRIBUTING.md).',
  );
  return sentences;
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function stop(child, why) {
  child.stopped = why;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // The group is gone already.
    if (error.code !== 'ESRCH') throw error;
  }
}

function stopAll() {
  for (const child of children) stop(child, 'stopped');
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
