import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE } from '../src/kubernetes/collection.ts';
import { type Client, clientOf, raw } from '../test/contract/client.ts';
import { freshNamespace, podSpec } from '../test/contract/world.ts';
import { ControlPlane } from '../test/controlplane/control-plane.ts';
import { NEWEST } from '../test/controlplane/modules.ts';
import { type Measured, runNode } from './measured-process.ts';
import { median, type Report, round, type Side } from './side.ts';

const RUN = fileURLToPath(new URL('pages-run.ts', import.meta.url));
/** As bin/capstan.js sets them. */
const HEAP = ['--semi-space-growth-factor=1', '--heap-growing-percent=25'];
const SIZES = [250, 500, PAGE, 2_000, 5_000];
const ROUNDS = 3;
const PODS = 10_000;
const AT_ONCE = 50;
/** Kubernetes is compiled once. */
const MOST_MS = 60 * 60_000;

interface Round extends Omit<Measured, 'stdout'> {
  /** What the API server spent meanwhile, all of it. */
  readonly serverMs: number;
}

/** All pods, read page by page as `capstan plan` reads them, in pages of several sizes. */
export const pages: Side = {
  name: 'the size of a page, from a real API server',
  missing: () =>
    kubeconfig() || spawnSync('go', ['version']).status === 0
      ? undefined
      : 'it wants Go 1.26 or newer on the PATH, or the kubeconfig of a cluster as CAPSTAN_BENCH_KUBECONFIG',
  async measure() {
    const file = kubeconfig();
    if (file) return await measureAt(clientOf(readFileSync(file, 'utf8')), file);
    const plane = await ControlPlane.start({ minor: NEWEST, signal: AbortSignal.timeout(MOST_MS) });
    try {
      await fill(plane.admin);
      return await measureAt(plane.admin, plane.kubeconfigFile);
    } finally {
      await plane.stop();
    }
  },
};

function kubeconfig(): string | undefined {
  return process.env.CAPSTAN_BENCH_KUBECONFIG || undefined;
}

/** Pods that nobody places: a list does not care. */
async function fill({ core, ...client }: Client): Promise<void> {
  const namespace = await freshNamespace({ core, ...client });
  const labels = { app: 'web', 'app.kubernetes.io/part-of': 'shop' };
  let made = 0;
  const make = async () => {
    while (made < PODS) {
      made += 1;
      const body = { metadata: { name: `web-${made}`, labels }, spec: podSpec({ schedulerName: 'nobody' }) };
      await core.createNamespacedPod({ namespace, body });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
}

/** In turn, so that what else the machine does meets all sizes alike. */
async function measureAt(client: Client, file: string): Promise<Report> {
  const rounds = new Map<number, Round[]>(SIZES.map(size => [size, []]));
  let pods = 0;
  for (let place = 0; place < ROUNDS; place += 1) {
    for (const [size, done] of rounds) {
      const before = await serverCpuMs(client);
      const { stdout, ...run } = await runNode([...HEAP, RUN, file, String(size)]);
      done.push({ ...run, serverMs: (await serverCpuMs(client)) - before });
      ({ pods } = JSON.parse(stdout) as { readonly pods: number });
    }
  }
  return report(rounds, pods);
}

/** Of the process that answers; behind a balancer that may be another one than before. */
async function serverCpuMs(client: Client): Promise<number> {
  const text = await (await raw(client, '/metrics')).body.text();
  const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(text) ?? [];
  return Number(seconds) * 1_000;
}

function report(rounds: ReadonlyMap<number, readonly Round[]>, pods: number): Report {
  const seconds = (runs: readonly Round[], of: (each: Round) => number) => round(median(runs.map(of)) / 1_000, 2);
  return {
    columns: [`${pods} pods in pages of`, 'median s', 'CPU s', "server's CPU s", 'peak MiB'],
    rows: [...rounds].map(([size, runs]) => [
      `${size}${size === PAGE ? ', as Capstan does' : ''}`,
      seconds(runs, each => each.wallMs),
      seconds(runs, each => each.cpuMs),
      seconds(runs, each => each.serverMs),
      round(Math.max(...runs.map(each => each.peakMiB))),
    ]),
    verdicts: [],
    figures: { pods, rounds: Object.fromEntries(rounds) },
  };
}
