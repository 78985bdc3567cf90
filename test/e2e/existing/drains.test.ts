import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection } from '../../../src/kubernetes/connection.ts';
import { clientOf } from '../../contract/client.ts';
import { GONE_MS, removeTraces } from '../../contract/traces.ts';
import { workersOf } from '../../contract/world.ts';
import { GUEST, grantByChart } from '../chart.ts';
import { DrainScene } from '../drain-scene.ts';
import { drains } from '../drains.ts';

/** On the cluster of CAPSTAN_CONTRACT_KUBECONFIG: its own pods stay where they are, and what is made is taken away. */
const { CAPSTAN_CONTRACT_KUBECONFIG: files } = process.env;
const START_MS = 60_000;

async function start(kubeconfig: string): Promise<DrainScene> {
  const admin = clientOf(loadConnection({ kubeconfig }).config.exportConfig());
  const [node, other] = await workersOf(admin);
  const access = await grantByChart(admin, AbortSignal.timeout(START_MS), GUEST);
  const folder = await mkdtemp(join(tmpdir(), 'capstan-drains-'));
  const workerKubeconfig = join(folder, 'worker.conf');
  await writeFile(workerKubeconfig, access);
  const stop = async () => {
    await rm(folder, { recursive: true });
    const left = await removeTraces(admin);
    if (left.length > 0) throw new Error(`The cluster would not let go of ${left.join(', ')}.`);
  };
  return new DrainScene({ admin, folder, workerKubeconfig, node, other, labels: { 'example.com/drained': '' }, stop });
}

if (files === undefined) {
  it.todo('drains on a cluster of yours: CAPSTAN_CONTRACT_KUBECONFIG names it');
} else {
  drains('the cluster of your kubeconfig', { start: () => start(files), startMs: START_MS, stopMs: GONE_MS + 30_000 });
}
