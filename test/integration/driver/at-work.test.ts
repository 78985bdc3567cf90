import { StepFailed } from '../../../src/app/step-failed.ts';
import { jobName } from '../../../src/kubernetes/driver/job-names.ts';
import { DrivenCluster, NAMESPACE, until, WORKER } from '../../support/driven-cluster.ts';
import { NEVER } from '../../support/kubernetes.ts';

let at: DrivenCluster;

beforeEach(async () => {
  at = await DrivenCluster.start();
});
afterEach(() => at.stage.stop());

describe('what is at work on a host', () => {
  const atWork = () => at.driver.atWork(WORKER, NEVER);

  async function letGo(): Promise<void> {
    const stop = new AbortController();
    const left = at.driver.perform(WORKER, stop.signal);
    await at.runningPod();
    stop.abort();
    await expect(left).rejects.toThrow(StepFailed);
  }

  test('is nothing where nothing was begun, and nothing is begun by asking', async () => {
    expect(await atWork()).toBeUndefined();
    expect(await at.jobs()).toEqual([]);
  });

  test('is the Job of a worker that let go, until its verdict is there', async () => {
    await letGo();
    expect(await atWork()).toMatch(new RegExp(`^Job ${jobName(WORKER)} is not over: pod \\S+ is following it$`));
    await at.driver.perform(WORKER, NEVER);
    expect(await atWork()).toBeUndefined();
    expect(await at.jobs()).toHaveLength(1);
  });

  test('is asked of the host itself where a Job ended without a verdict, and its answer is waited for', async () => {
    await letGo();
    await loseVerdict();
    expect(await atWork()).toMatch(/^Job \S+at-work\S* asks its host whether anything is still at work there$/);
    await until(async () => ((await atWork()) === undefined ? true : undefined));
    expect(await at.jobs()).toHaveLength(2);
    expect(at.stage.cluster.ledger.offences).toEqual([]);
  });

  test('is told of as it changes, and the host is asked once where nothing else can tell', async () => {
    const stop = new AbortController();
    const seen: (string | undefined)[] = [];
    await letGo();
    for await (const why of at.driver.watchAtWork(WORKER, stop.signal)) {
      seen.push(why);
      if (seen.length === 1) await loseVerdict();
      if (why === undefined) break;
    }
    expect(seen[0]).toContain('is not over');
    expect(seen.some(why => why?.includes('asks its host whether anything is still at work there'))).toBe(true);
    expect(await at.jobs()).toHaveLength(2);
  });

  /** Its Job is over, and its pods, which could have told how, are gone. */
  async function loseVerdict(): Promise<void> {
    const [job] = await at.jobs();
    const body = {
      ...job,
      status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    };
    const { batch, call } = at.stage.kubernetes.client;
    await call(
      { verb: 'update', resource: 'jobs/status' },
      o => batch.replaceNamespacedJobStatus({ namespace: NAMESPACE, name: jobName(WORKER), body }, o),
      NEVER,
    );
    for (const pod of await at.pods()) await at.killPod(pod);
  }
});
