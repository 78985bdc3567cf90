import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DrainRun } from './drain-run.ts';
import { DRAINED, DrainScene, type Load } from './drain-scene.ts';
import { runNode } from './measured-process.ts';
import { type Report, round, type Side, type Verdict } from './side.ts';

const RUN = fileURLToPath(new URL('drain-run.ts', import.meta.url));
/** Kubernetes is compiled once. */
const MOST_MS = 60 * 60_000;

interface Case extends Load {
  readonly title: string;
  /** Of kubectl's wall time. */
  readonly mostWall: number;
  /** Requests for each pod, refusals included; ten more for what happens once. */
  readonly mostRequests: number;
}

const CASES: readonly Case[] = [
  { title: 'no budget', onNode: 110, elsewhere: 0, minAvailable: undefined, mostWall: 1, mostRequests: 1 },
  { title: 'minAvailable 90%', onNode: 50, elsewhere: 100, minAvailable: '90%', mostWall: 0.7, mostRequests: 2 },
];
const ONCE = 10;
const MOST_OF_KUBECTL = 0.5;

interface Drained {
  readonly case: Case;
  readonly capstan: DrainRun;
  readonly kubectl: DrainRun;
}

/** One node, drained by Capstan and by kubectl in turn, on the same control plane; pods take 5 s to stop. */
export const drain: Side = {
  name: 'draining a node, on a real control plane with played nodes',
  missing: () => (spawnSync('go', ['version']).status === 0 ? undefined : 'it wants Go 1.26 or newer on the PATH'),
  async measure() {
    const scene = await DrainScene.start(AbortSignal.timeout(MOST_MS));
    const drained: Drained[] = [];
    try {
      for (const each of CASES) {
        const kubectl = await scene.with(each, () => byKubectl(scene));
        const capstan = await scene.with(each, () => byCapstan(scene));
        drained.push({ case: each, capstan, kubectl });
      }
    } finally {
      await scene.stop();
    }
    return report(drained);
  },
};

async function byCapstan({ plane }: DrainScene): Promise<DrainRun> {
  const { stdout } = await runNode([RUN, plane.kubeconfigFile, DRAINED]);
  return JSON.parse(stdout) as DrainRun;
}

/** A line for each request, such as `"Response" verb="GET" url="https://..." status="200 OK"`. */
const REQUEST = /"Response" verb="([A-Z]+)"/g;

async function byKubectl({ plane, programs }: DrainScene): Promise<DrainRun> {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '-v=6'];
  const began = performance.now();
  const child = spawn(programs.kubectl, ['--kubeconfig', plane.kubeconfigFile, 'drain', DRAINED, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const wallMs = performance.now() - began;
  if (code !== 0) throw new Error(`kubectl drain ended with ${code}: ${log.slice(-2_000)}`);
  const requests: Record<string, number> = {};
  for (const [, verb = ''] of log.matchAll(REQUEST)) requests[verb] = (requests[verb] ?? 0) + 1;
  return { wallMs, requests };
}

function report(drained: readonly Drained[]): Report {
  return {
    columns: ['case', 'by', 'pods', 'wall s', 'requests', 'GET', 'POST', 'PATCH'],
    rows: drained.flatMap(({ case: { title, onNode }, capstan, kubectl }) => [
      row(title, 'kubectl drain', onNode, kubectl),
      row(title, 'Capstan', onNode, capstan),
    ]),
    verdicts: drained.flatMap(verdicts),
    figures: drained,
  };
}

function row(title: string, by: string, pods: number, { wallMs, requests }: DrainRun): (string | number)[] {
  const of = (verb: string) => requests[verb] ?? 0;
  return [title, by, pods, round(wallMs / 1_000, 1), total({ requests }), of('GET'), of('POST'), of('PATCH')];
}

function verdicts({ case: each, capstan, kubectl }: Drained): Verdict[] {
  const wall = capstan.wallMs / kubectl.wallMs;
  const [requests, others] = [total(capstan), total(kubectl)];
  const most = each.onNode * each.mostRequests + ONCE;
  const pods = each.mostRequests === 1 ? 'pods' : `${each.mostRequests} x pods`;
  return [
    {
      target: `${each.title}: at most ${each.mostWall} x as long as kubectl drain`,
      seen: `${round(wall, 2)} x`,
      met: wall <= each.mostWall,
    },
    {
      target: `${each.title}: at most ${pods} + ${ONCE} requests, refusals included`,
      seen: `${requests} of ${most}`,
      met: requests <= most,
    },
    {
      target: `${each.title}: at most half of kubectl's requests`,
      seen: `${requests} of ${others}`,
      met: requests <= others * MOST_OF_KUBECTL,
    },
  ];
}

function total({ requests }: Pick<DrainRun, 'requests'>): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
