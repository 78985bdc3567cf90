import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lookAtCluster } from './cluster-state.ts';
import { type PlanBefore, planBefore, planText } from './command-plans.ts';
import { finalWords, upgradeThroughSlack } from './conversation.ts';
import { hostRecords } from './host-journals.ts';
import { Killer } from './killer.ts';
import { Kubectl } from './kubectl.ts';
import { findLab, kubeconfigOf, kubectlOf, type Lab } from './lab.ts';
import { untilServed } from './network-watchers.ts';
import { observe } from './observation.ts';
import { type Processes, startProcesses } from './processes.ts';
import { durations } from './report.ts';
import { Timeline } from './timeline.ts';
import { judge } from './verdict.ts';
import { firstLineOf, VERDICTS_FILE, type Verdict } from './verdicts-file.ts';
import { ADDRESSES, NAMESPACE, WORKLOAD } from './workload.ts';

/** Watchers go on a moment after the run's last word, so that a late violation is still seen. */
const AFTERMATH_MS = 5_000;
const SERVED_MS = 60_000;
/** Below the bound that main.ts sets, so that what was seen is still printed. */
const DEADLINE_MS = 16 * 60_000;

interface Scene {
  readonly lab: Lab;
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** Takes logs and verdicts. */
  readonly folder: string;
}

/** `node inside.ts FOLDER`, within the network of the hosts: the upgrade itself, from the workload to the verdicts. */
async function upgradeRealCluster(scene: Scene, stop: AbortSignal): Promise<readonly Verdict[]> {
  const { kubectl, kubeconfig, folder } = scene;
  await kubectl.run('wait', '--for=condition=Ready', 'pods', '--all', '-n', 'kube-system', '--timeout=90s');
  await kubectl.apply(WORKLOAD);
  await kubectl.run('rollout', 'status', 'deployment/web', '-n', NAMESPACE, '--timeout=90s');
  await untilServed(ADDRESSES, SERVED_MS);
  section('kubectl get nodes, before', await kubectl.get('nodes', '-o', 'wide'));
  const before = await planBefore(kubeconfig);
  section(`capstan plan, before (exit code ${before.code})`, before.text);
  const processes = await startProcesses(kubeconfig, folder);
  try {
    return await watchUpgrade(scene, processes, before, stop);
  } finally {
    await processes.stop();
  }
}

async function watchUpgrade(
  { lab, kubeconfig, kubectl }: Scene,
  { slack, worker }: Processes,
  before: PlanBefore,
  stop: AbortSignal,
): Promise<readonly Verdict[]> {
  const timeline = new Timeline();
  const killer = new Killer(worker, timeline);
  const watching = new AbortController();
  section('What happens', '');
  const seen = await observe({ kubectl, kubeconfig, timeline }, killer, watching.signal);
  const trouble = await troubleOf(Promise.race([upgradeThroughSlack(slack), seen.over, aborted(stop)]));
  const ended = timeline.note(trouble ?? 'the run is over');
  await delay(AFTERMATH_MS);
  watching.abort();
  await seen.over;

  section('The channel', slack.transcript());
  section('Durations', durations(seen, ended));
  if (stop.aborted) return [{ holds: false, sentence: String(trouble) }];
  section('kubectl get nodes, after', await kubectl.get('nodes', '-o', 'wide'));
  const after = await planText(kubeconfig);
  section(`capstan plan, after (exit code ${after.code})`, after.text);
  const verdicts = judge({
    plans: { before, after },
    seen,
    seconds: (Date.now() - seen.begun) / 1000,
    state: await lookAtCluster(kubectl),
    records: hostRecords(lab),
    words: finalWords(slack),
    kills: killer.kills,
    restarts: worker.restarts,
  });
  return trouble === undefined ? verdicts : [...verdicts, { holds: false, sentence: trouble }];
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
const lab = findLab(process.env);
if (folder === undefined || 'missing' in lab) {
  throw new Error('Run "npm run test:lab": it boots the hosts, and calls this script inside their network.');
}
const told = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => told.abort(new Error(`stopped by ${name}`)));
const stop = AbortSignal.any([told.signal, AbortSignal.timeout(DEADLINE_MS)]);
const kubeconfig = kubeconfigOf(lab);
const scene = { lab, folder, kubeconfig, kubectl: new Kubectl(kubectlOf(lab), kubeconfig) };
const verdicts = await upgradeRealCluster(scene, stop);
writeFileSync(join(folder, VERDICTS_FILE), JSON.stringify(verdicts));
