import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../controlplane/build.ts';
import { run } from '../support/command.ts';
import { buildParts } from './cluster/build.ts';
import { takeDown, traces, tracesText } from './cluster/down.ts';
import { layOut, type Places, placesIn } from './cluster/layout.ts';
import { lockLab } from './cluster/lock.ts';
import { missingHere } from './cluster/machine.ts';
import { inNetwork } from './cluster/network.ts';
import { loadImages } from './cluster/operate.ts';
import { type Shape, UsageError } from './cluster/options.ts';
import { runGroup } from './cluster/process.ts';
import { readLab } from './cluster/state.ts';
import { bringUp } from './cluster/up.ts';
import { patienceFor } from './conversation.ts';
import { keepRecords } from './host-journals.ts';
import { parseJob, USAGE } from './job-options.ts';
import { showLogs } from './logs.ts';
import { buildProduct } from './site.ts';
import { Timeline } from './timeline.ts';
import { trialOf } from './trial.ts';
import { firstLineOf, readVerdicts, type Verdict } from './verdicts/verdict.ts';
import { buildWorkloadImage } from './workload-image.ts';

const INSIDE = fileURLToPath(new URL('./inside.ts', import.meta.url));
const MINUTE = 60_000;
/** The first build compiles Kubernetes several times, etcd, CoreDNS, containerd and helm. */
const BUILD_MS = 75 * MINUTE;
const BOOT_MS = 10 * MINUTE;
/** Around the upgrade: workload, installation, looks, the hosts' reboot and loss of power. */
const AROUND_MS = 10 * MINUTE;
/** What the product's image and the machinery around it are made with. */
const MORE_TOOLS = { buildah: 'package buildah', 'redis-server': 'package redis-server' };

const cache = cacheFolder(process.env);
const places = placesIn(cache);

async function main(args: readonly string[]): Promise<number> {
  const job = parseJob(args);
  if (job === 'help') {
    console.log(USAGE);
    return 0;
  }
  const missing = missingHere(process.env, MORE_TOOLS);
  if (missing.length > 0) {
    console.log(`Left out: the upgrade of a real kubeadm cluster. Missing: ${missing.join('; ')}.`);
    return job.ifPossible ? 0 : 1;
  }
  const lock = await lockLab();
  if ('heldBy' in lock) {
    console.error(`The lab is in use, by ${lock.heldBy}: let it end, or end it.`);
    return 1;
  }
  try {
    if (traces(places).processes.length > 0) {
      console.error('A lab is up here: "npm run lab down" takes it down.');
      return 1;
    }
    return conclude(await proveUpgrade(job.shape, job.keep), await commitUnderTest());
  } finally {
    lock.release();
  }
}

/** Whatever happens, and whoever stops it: the hosts are taken down again, unless somebody wants to look at them. */
async function proveUpgrade(shape: Shape, keep: boolean): Promise<readonly Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-lab-'));
  const told = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => told.abort(new Error(`stopped by ${name}`)));
  }
  const verdicts: Verdict[] = [];
  try {
    verdicts.push(...(await upgradeOnHosts(shape, folder, told.signal)));
  } catch (error) {
    verdicts.push({ holds: false, sentence: firstLineOf(error) });
  }
  const failed = verdicts.some(({ holds }) => !holds);
  const lab = readLab(places);
  if (failed && lab) keepRecords(trialOf(lab, places), folder);
  if (failed && keep)
    console.log('\nThe hosts are left as they are: "npm run lab status", and "npm run lab down" at the end.');
  else verdicts.push(await removeAll(places));
  if (failed) showLogs(folder);
  else rmSync(folder, { recursive: true });
  return verdicts;
}

async function upgradeOnHosts(shape: Shape, folder: string, told: AbortSignal): Promise<readonly Verdict[]> {
  const within = (ms: number) => AbortSignal.any([told, AbortSignal.timeout(ms)]);
  const timeline = new Timeline();
  const tell = (what: string) => void timeline.note(what);
  timeline.note(`commit ${await commitUnderTest()}`);
  // What a run that was ended the hard way has left would be in the way.
  await takeDown(places);
  const building = within(BUILD_MS);
  const parts = await buildParts(cache, shape.minors, what => tell(`building: ${what}`), building);
  tell('building: the product');
  const product = await buildProduct(cache, folder, building);
  const workload = await buildWorkloadImage(folder, building);
  const booting = within(BOOT_MS);
  const lab = await bringUp(places, layOut(shape.controlPlanes, shape.workers), parts, tell, booting);
  tell('images of product and workload onto every host');
  await loadImages(lab, [...product.images.archives, workload], booting);
  tell('the upgrade; after it, a reboot and a loss of power');
  const [command = '', ...args] = inNetwork(process.execPath, INSIDE, folder);
  await runGroup(command, args, { signal: within(patienceFor(trialOf(lab, places)) + AROUND_MS) });
  tell('taking the hosts down');
  return readVerdicts(folder);
}

async function removeAll(from: Places): Promise<Verdict> {
  const good = 'no process, network namespace, mount or control group of the hosts is left';
  try {
    await takeDown(from);
    const left = tracesText(traces(from));
    return left.length === 0
      ? { holds: true, sentence: good }
      : { holds: false, sentence: `${good}: no, ${left.slice(0, 5).join('; ')}` };
  } catch (error) {
    return { holds: false, sentence: `${good}: ${firstLineOf(error)}` };
  }
}

async function commitUnderTest(): Promise<string> {
  const git = (...args: readonly string[]) => run('git', ['-C', fileURLToPath(new URL('.', import.meta.url)), ...args]);
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim();
    const changed = (await git('status', '--porcelain')).trim() !== '';
    return changed ? `${commit}, with changes that are not committed` : commit;
  } catch (error) {
    return `unknown (${firstLineOf(error)})`;
  }
}

function conclude(verdicts: readonly Verdict[], commit: string): number {
  const failed = verdicts.filter(({ holds }) => !holds).length;
  console.log(`\n== Verdict on commit ${commit}`);
  for (const { holds, sentence } of verdicts) console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`);
  console.log(`\n${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n"npm run test:lab -- --help" says what there is.`);
  process.exitCode = 2;
}
