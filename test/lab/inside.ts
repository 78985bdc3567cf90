import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder } from '../controlplane/build.ts';
import { installCapstan } from './capstan/install.ts';
import type { InstalledCapstan, Site } from './capstan/installation.ts';
import { placesIn } from './cluster/layout.ts';
import { readLab } from './cluster/state.ts';
import { lookAtCluster, remainsIn } from './cluster-state.ts';
import { type PlanBefore, planBefore, planText } from './command-plans.ts';
import { finalWords, patienceFor, upgradeThroughSlack } from './conversation.ts';
import { hostRecords } from './host-journals.ts';
import { lookAtHosts } from './host-state.ts';
import { Killer } from './killer.ts';
import { Kubectl } from './kubectl.ts';
import { observe } from './observation.ts';
import { tryPower } from './power.ts';
import { durations } from './report.ts';
import { readSite } from './site.ts';
import { Timeline } from './timeline.ts';
import { type Trial, trialOf } from './trial.ts';
import type { Evidence } from './verdicts/evidence.ts';
import { judge } from './verdicts/judge.ts';
import { firstLineOf, VERDICTS_FILE, type Verdict } from './verdicts/verdict.ts';
import { untilServed } from './watchers/client.ts';
import { addressesOf, NAMESPACE, WORKLOAD } from './workload.ts';

/** Watchers go on a moment after the run's last word, so that a late violation is still seen. */
const AFTERMATH_MS = 5_000;
const SERVED_MS = 60_000;
/** For the workload, the installation, the looks afterwards, and what the hosts go through then. */
const AROUND_MS = 8 * 60_000;

interface Scene {
  readonly trial: Trial;
  readonly site: Site;
  readonly kubectl: Kubectl;
}

/** `node inside.ts FOLDER`, within the network of the hosts: the upgrade, from the workload to the verdicts; then the hosts. */
async function upgradeRealCluster(scene: Scene, stop: AbortSignal): Promise<readonly Verdict[]> {
  const { kubectl, trial, site } = scene;
  await kubectl.run('wait', '--for=condition=Ready', 'pods', '--all', '-n', 'kube-system', '--timeout=120s');
  await kubectl.apply(WORKLOAD);
  await kubectl.run('rollout', 'status', 'deployment/web', '-n', NAMESPACE, '--timeout=90s');
  await untilServed(addressesOf(trial.hosts), SERVED_MS);
  if (trial.cordonedBefore !== undefined) await kubectl.run('cordon', trial.cordonedBefore);
  section('kubectl get nodes, before', await kubectl.get('nodes', '-o', 'wide'));
  const before = await planBefore(site.kubeconfig, trial.to.version);
  section(`capstan plan, before (exit code ${before.code})`, before.text);
  const capstan = await installCapstan(site, stop);
  try {
    section("Capstan's own pods", await kubectl.get('pods', '-n', 'capstan', '-o', 'wide'));
    return await watchUpgrade(scene, capstan, before, stop);
  } finally {
    await capstan.stop();
  }
}

async function watchUpgrade(
  scene: Scene,
  capstan: InstalledCapstan,
  before: PlanBefore,
  stop: AbortSignal,
): Promise<readonly Verdict[]> {
  const { trial, kubectl } = scene;
  const timeline = new Timeline();
  const killer = new Killer(trial, capstan.worker, timeline);
  const watching = new AbortController();
  section('What happens', '');
  const seen = observe({ trial, kubectl, timeline }, killer, watching.signal);
  const upgrade = upgradeThroughSlack(capstan.slack, trial);
  const trouble = await troubleOf(Promise.race([upgrade, seen.over, aborted(stop)]));
  const ended = timeline.note(trouble ?? 'the run is over');
  await delay(AFTERMATH_MS);
  watching.abort();
  await seen.over;
  section('The channel', capstan.slack.transcript());
  section('Durations', durations(trial, seen, hostRecords(trial), ended));
  if (trouble !== undefined) return [{ holds: false, sentence: trouble }];
  const ofUpgrade = await gather(scene, capstan, { before, seen, kills: killer.kills });
  section('A reboot, and a loss of power', '');
  return judge({ ...ofUpgrade, power: await tryPower({ trial, kubectl, timeline }, stop) });
}

/** All that can be asked when the run is over, and then, with Capstan taken out of the cluster, what is left of it. */
async function gather(
  { trial, site, kubectl }: Scene,
  capstan: InstalledCapstan,
  { before, seen, kills }: Pick<Evidence, 'seen' | 'kills'> & { readonly before: PlanBefore },
): Promise<Omit<Evidence, 'power'>> {
  section('kubectl get nodes, after', await kubectl.get('nodes', '-o', 'wide'));
  const after = await planText(site.kubeconfig, trial.to.version);
  section(`capstan plan, after (exit code ${after.code})`, after.text);
  const evidence = {
    ...{ trial, plans: { before, after }, seen, kills },
    seconds: (Date.now() - seen.begun) / 1000,
    state: await lookAtCluster(kubectl),
    hosts: await lookAtHosts(trial),
    records: hostRecords(trial),
    words: finalWords(capstan.slack),
    restarts: capstan.worker.restarts,
  };
  await capstan.uninstall();
  return { ...evidence, remains: await remainsIn(kubectl) };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The first line of what went wrong. */
function troubleOf(deed: Promise<unknown>): Promise<string | undefined> {
  return deed.then(() => undefined, firstLineOf);
}

function section(title: string, text: string): void {
  console.log(`\n== ${title}\n${text.trimEnd()}`);
}

const [folder] = process.argv.slice(2);
const places = placesIn(cacheFolder(process.env));
const lab = readLab(places);
if (folder === undefined || lab === undefined) {
  throw new Error('Run "npm run test:lab": it boots the hosts, and calls this script inside their network.');
}
const trial = trialOf(lab, places);
const site = readSite(trial, folder);
const told = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => told.abort(new Error(`stopped by ${name}`)));
// Below the bound that main.ts sets, so that what was seen is still printed.
const stop = AbortSignal.any([told.signal, AbortSignal.timeout(patienceFor(trial) + AROUND_MS)]);
const verdicts = await upgradeRealCluster({ trial, site, kubectl: new Kubectl(site.kubectl, site.kubeconfig) }, stop);
writeFileSync(join(folder, VERDICTS_FILE), JSON.stringify(verdicts));
