import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepRecords } from './host-journals.ts';
import { completeKubeProxyImages } from './kube-proxy-image.ts';
import {
  bootHosts,
  buildEverything,
  FROM,
  findLab,
  type Lab,
  loadBusybox,
  removeHosts,
  runInNetwork,
  TO,
  traces,
} from './lab.ts';
import { lockLab } from './lock.ts';
import { Timeline } from './timeline.ts';
import { firstLineOf, readVerdicts, type Verdict } from './verdicts-file.ts';
import { JOB_APPLETS, JOB_IMAGE, WORKLOAD_APPLETS, WORKLOAD_IMAGE } from './workload.ts';

const USAGE = `npm run test:lab [-- --if-possible]

Boots three real hosts on this machine, makes a kubeadm cluster ${FROM} of them, and upgrades it to ${TO} through a
simulated Slack, with the real bot and worker and a real Redis; kills the worker three times on the way.

  --if-possible   end with 0, and one sentence, where this machine cannot do it`;

const INSIDE = fileURLToPath(new URL('./inside.ts', import.meta.url));
const MINUTE = 60_000;
/** The first build compiles Kubernetes twice, etcd, CoreDNS and containerd. */
const BUILD_MS = 55 * MINUTE;
const BOOT_MS = 8 * MINUTE;
const UPGRADE_MS = 18 * MINUTE;
const LINES_SHOWN = 25;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'if-possible': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const lab = findLab(process.env);
  if ('missing' in lab) {
    console.log(`Left out: the upgrade of a real kubeadm cluster. Missing: ${lab.missing.join('; ')}.`);
    return values['if-possible'] ? 0 : 1;
  }
  const { processes } = traces(lab);
  if (processes.length > 0) {
    console.error(`The hosts of another run are alive here (${processes.length} processes): let it end, or end it.`);
    return 1;
  }
  const lock = lockLab(lab);
  if ('heldBy' in lock) {
    console.error(`Process ${lock.heldBy} is using the lab: let it end, or end it.`);
    return 1;
  }
  try {
    return conclude(await proveUpgrade(lab));
  } finally {
    lock.release();
  }
}

/** Whatever happens, and whoever stops it: the hosts are taken down again. */
async function proveUpgrade(lab: Lab): Promise<readonly Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-lab-'));
  const told = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => told.abort(new Error(`stopped by ${name}`)));
  }
  const verdicts: Verdict[] = [];
  try {
    verdicts.push(...(await upgradeOnHosts(lab, folder, told.signal)));
  } catch (error) {
    verdicts.push({ holds: false, sentence: firstLineOf(error) });
  }
  const failed = verdicts.some(({ holds }) => !holds);
  if (failed) keepRecords(lab, folder);
  verdicts.push(await takeDown(lab));
  if (failed) showLogs(folder);
  else rmSync(folder, { recursive: true });
  return verdicts;
}

async function upgradeOnHosts(lab: Lab, folder: string, told: AbortSignal): Promise<readonly Verdict[]> {
  const within = (ms: number) => AbortSignal.any([told, AbortSignal.timeout(ms)]);
  const timeline = new Timeline();
  // What a run that was ended the hard way has left would be in the way.
  await removeHosts(lab);
  timeline.note('building what is not built yet');
  await buildEverything(lab, within(BUILD_MS));
  await completeKubeProxyImages(lab, folder);
  timeline.note('booting three hosts, and making a cluster of them');
  await bootHosts(lab, within(BOOT_MS));
  timeline.note('loading images');
  await loadBusybox(lab, folder, JOB_IMAGE, JOB_APPLETS);
  await loadBusybox(lab, folder, WORKLOAD_IMAGE, WORKLOAD_APPLETS);
  await runInNetwork(lab, [INSIDE, folder], within(UPGRADE_MS));
  timeline.note('taking the hosts down');
  return readVerdicts(folder);
}

async function takeDown(lab: Lab): Promise<Verdict> {
  const good = 'no process, network namespace or mount is left';
  try {
    await removeHosts(lab);
    const { processes, others } = traces(lab);
    const left = [...processes, ...others];
    return left.length === 0
      ? { holds: true, sentence: good }
      : { holds: false, sentence: `${good}: no, ${left.slice(0, 5).join('; ')}` };
  } catch (error) {
    return { holds: false, sentence: `${good}: ${firstLineOf(error)}` };
  }
}

function showLogs(folder: string): void {
  for (const name of ['bot.log', 'worker.log']) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    console.log(`\n== The end of ${name}\n${lines.slice(-LINES_SHOWN).join('\n')}`);
  }
  console.log(`\nAll logs of bot and worker, and the journals of the hosts, are in ${folder}.`);
}

function conclude(verdicts: readonly Verdict[]): number {
  const failed = verdicts.filter(({ holds }) => !holds).length;
  console.log('\n== Verdict');
  for (const { holds, sentence } of verdicts) console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`);
  console.log(`\n${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
