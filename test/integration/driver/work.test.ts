import { setTimeout as pause } from 'node:timers/promises';
import type { HostWork } from '../../../src/app/driver-ports.ts';
import { StepFailed } from '../../../src/app/step-failed.ts';
import { jobName } from '../../../src/kubernetes/driver/job-names.ts';
import { CONTROL_PLANE, DrivenCluster, NEW, WORKER } from '../../support/driven-cluster.ts';
import { NEVER } from '../../support/kubernetes.ts';
import { failure, PASS } from '../../support/meddling-proxy.ts';

const RETRY: HostWork = { ...WORKER, id: 'run-1-h0-2-worker-1-2' };

let at: DrivenCluster;

beforeEach(async () => {
  at = await DrivenCluster.start();
});
afterEach(() => at.stage.stop());

/** The driver mostly watches, and may miss that the API server is away for less than a second; whoever asks does not. */
function askingAllTheTime(): { stop(): Promise<void> } {
  const { nodes } = at.stage.connect();
  let stopped = false;
  const asked = (async () => {
    while (!stopped) {
      await nodes.get('cp-1', NEVER);
      await pause(20);
    }
  })();
  return {
    stop() {
      stopped = true;
      return asked;
    },
  };
}

describe('one work', () => {
  test('the only control plane is upgraded through both absences of its API server', async () => {
    const somebody = askingAllTheTime();
    const outcome = await at.driver.perform(CONTROL_PLANE, NEVER);
    expect(outcome).toEqual({ kind: 'succeeded', log: [] });
    await at.driver.awaitControlPlane({ node: 'cp-1', version: NEW, settleSeconds: 0 }, NEVER);
    await somebody.stop();
    const images = at.stage.cluster
      .pods()
      .flatMap(({ metadata, spec }) =>
        metadata.labels?.tier === 'control-plane' ? spec.containers.map(({ image }) => image) : [],
      );
    expect(images.filter(image => image.endsWith(':v1.37.2'))).toHaveLength(3);
    expect(at.stage.warnings.join()).toContain('is away');
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('a step that fails on the host is the outcome, with its reason and the last lines of the log', async () => {
    const log = Array.from({ length: 30 }, (_, line) => `line ${line}`);
    at.stage.cluster.faults.failJob({ step: 'kubelet', times: 1, reason: 'E: no space left', log });
    const outcome = await at.driver.perform(WORKER, NEVER);
    expect(outcome).toMatchObject({ kind: 'failed', step: 'kubelet', reason: 'E: no space left' });
    expect(outcome.log).toHaveLength(20);
    expect(outcome.log.at(-1)).toBe('error: E: no space left');
    expect(outcome.log).toContain('error: line 29');
  });

  test('a log that cannot be had costs nothing but the log', async () => {
    at.stage.proxy.meddle = line => (line.includes('/log?') ? failure(403, 'Forbidden', 'you may not') : PASS);
    at.stage.cluster.faults.failJob({ step: 'kubelet', times: 1, reason: 'E: no space left' });
    const outcome = await at.driver.perform(WORKER, NEVER);
    expect(outcome).toEqual({ kind: 'failed', step: 'kubelet', reason: 'E: no space left', log: [] });
  });

  test('two workers share one Job, and both learn the outcome', async () => {
    const both = await Promise.all([at.driver.perform(WORKER, NEVER), at.driver.perform(WORKER, NEVER)]);
    expect(both.map(({ kind }) => kind)).toEqual(['succeeded', 'succeeded']);
    expect(await at.jobs()).toHaveLength(1);
    expect(await at.pods()).toHaveLength(1);
  });

  test('a worker that comes late gets the outcome, from the Job or, once that is gone, from the host', async () => {
    await at.driver.perform(WORKER, NEVER);
    expect(await at.driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(await at.pods()).toHaveLength(1);
    await at.deleteJob(WORKER);
    expect(await at.driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('a Job that somebody deletes midway is made again, and finds the work on the host', async () => {
    const outcome = at.driver.perform(WORKER, NEVER);
    await at.runningPod();
    const [before] = await at.jobs();
    await at.deleteJob(WORKER);
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
    const [after] = await at.jobs();
    expect(after?.metadata?.name).toBe(before?.metadata?.name);
    expect(after?.metadata?.uid).not.toBe(before?.metadata?.uid);
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('a pod that is killed midway says nothing about the work: the next one attaches to it', async () => {
    const outcome = at.driver.perform(WORKER, NEVER);
    const killed = await at.runningPod();
    await at.killPod(killed);
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
    expect((await at.pods()).map(pod => pod.metadata?.name)).not.toContain(killed.metadata?.name);
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('a worker that lets go leaves the work to the next one, and says what was seen last', async () => {
    const stop = new AbortController();
    const letGo = at.driver.perform(WORKER, stop.signal);
    await at.runningPod();
    stop.abort();
    await expect(letGo).rejects.toThrow(StepFailed);
    // The test may see the pod run sooner than the driver does, which then says of the same pod what it saw before.
    await expect(letGo).rejects.toThrow(
      /host of node worker-1 did not come to its end in time: (the kubelet has not taken up pod \S+|pod \S+ is following it)\. /,
    );
    expect(await at.driver.perform(WORKER, NEVER)).toMatchObject({ kind: 'succeeded' });
    expect(await at.pods()).toHaveLength(1);
  });

  test('a retry waits until the Job of the earlier attempt has nothing under way on the node', async () => {
    const stop = new AbortController();
    const first = at.driver.perform(WORKER, stop.signal);
    await at.runningPod();
    stop.abort();
    await expect(first).rejects.toThrow(StepFailed);
    expect(await at.driver.perform(RETRY, NEVER)).toMatchObject({ kind: 'succeeded' });
    const all = await at.jobs();
    expect(all).toHaveLength(2);
    expect(all.every(({ status }) => status?.succeeded === 1)).toBe(true);
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('a retry that waits in vain names the Job it waits for', async () => {
    at.stage.cluster.faults.nodeNeverReturns('worker-1');
    const stop = new AbortController();
    const first = at.driver.perform(WORKER, stop.signal);
    await at.runningPod();
    stop.abort();
    await expect(first).rejects.toThrow(StepFailed);
    await expect(at.driver.perform(RETRY, AbortSignal.timeout(1_000))).rejects.toThrow(
      `Job ${jobName(WORKER)} of earlier work is still live on the node`,
    );
    expect(await at.jobs()).toHaveLength(1);
  });
});
