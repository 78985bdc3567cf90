import { ClusterRefused } from '../../../src/app/ports.ts';
import { jobName } from '../../../src/kubernetes/driver/job-names.ts';
import { DrivenCluster, NAMESPACE, until, WORKER } from '../../support/driven-cluster.ts';
import { NEVER } from '../../support/kubernetes.ts';
import { failure, PASS } from '../../support/meddling-proxy.ts';

let at: DrivenCluster;

beforeEach(async () => {
  at = await DrivenCluster.start();
});
afterEach(() => at.stage.stop());

function hidePods(): void {
  const none = JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '1' }, items: [] });
  at.stage.proxy.meddle = line => {
    if (line.includes(`${NAMESPACE}/pods?watch`)) return { kind: 'fall-silent' };
    return line.includes(`${NAMESPACE}/pods?limit`) ? { kind: 'answer', code: 200, body: none } : PASS;
  };
}

async function sayFailedCreate(message: string): Promise<void> {
  const { core, call } = at.stage.kubernetes.client;
  const involvedObject = { kind: 'Job', name: jobName(WORKER), namespace: NAMESPACE };
  const body = { metadata: { name: 'said', namespace: NAMESPACE }, involvedObject, reason: 'FailedCreate', message };
  await call(
    { verb: 'create', resource: 'events' },
    o => core.createNamespacedEvent({ namespace: NAMESPACE, body }, o),
    NEVER,
  );
}

describe('work that cannot begin', () => {
  test('fails after a while, saying why, and leaves no Job that might begin later', async () => {
    at.stage.cluster.faults.silenceNode('worker-1');
    const outcome = await at.driverWith({ beginSeconds: 0.2 }).perform(WORKER, NEVER);
    expect(outcome).toMatchObject({
      kind: 'failed',
      step: 'job',
      reason: expect.stringMatching(/^The work could not begin on the host: the kubelet has not taken up pod \S+\.$/),
    });
    expect(await at.jobs()).toEqual([]);
  });

  test('fails at once where the image’s name cannot be one', async () => {
    at.stage.cluster.faults.silenceNode('worker-1');
    const outcome = at.driver.perform(WORKER, NEVER);
    const [pod] = await until(async () => {
      const found = await at.pods();
      return found.length > 0 ? found : undefined;
    });
    const { core, call } = at.stage.kubernetes.client;
    const waiting = { reason: 'InvalidImageName', message: 'couldn’t parse image name "x y"' };
    const containerStatuses = [
      { name: 'upgrade', image: 'x y', imageID: '', ready: false, restartCount: 0, state: { waiting } },
    ];
    await call(
      { verb: 'patch', resource: 'pods/status' },
      o =>
        core.patchNamespacedPodStatus(
          {
            namespace: NAMESPACE,
            name: pod?.metadata?.name ?? '',
            body: [{ op: 'add', path: '/status/containerStatuses', value: containerStatuses }],
          },
          o,
        ),
      NEVER,
    );
    expect(await outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('InvalidImageName: couldn’t parse'),
    });
  });

  test('an absence of the API server is not taken for a Job that cannot begin', async () => {
    at.stage.cluster.faults.silenceNode('worker-1');
    const outcome = at.driverWith({ beginSeconds: 0.5 }).perform(WORKER, NEVER);
    await until(async () => ((await at.jobs()).length > 0 ? true : undefined));
    at.stage.cluster.faults.outage({ mode: 'hang', seconds: 60 });
    at.stage.cluster.faults.reviveNode('worker-1');
    expect(await outcome).toMatchObject({ kind: 'succeeded' });
  });

  test('where no pod may be made, the reason is what the Job controller said of it', async () => {
    hidePods();
    // What is hidden would be done before anybody gives up on a slow machine.
    at.stage.cluster.faults.silenceNode('worker-1');
    const outcome = at.driverWith({ beginSeconds: 0.3 }).perform(WORKER, NEVER);
    await until(async () => ((await at.jobs()).length > 0 ? true : undefined));
    await sayFailedCreate('pods "x" is forbidden: violates PodSecurity "baseline:latest"');
    expect(await outcome).toMatchObject({
      kind: 'failed',
      step: 'job',
      reason: 'The work could not begin on the host: pods "x" is forbidden: violates PodSecurity "baseline:latest".',
    });
  });

  test('a Job that may not be deleted is named as what is left to do', async () => {
    at.stage.cluster.faults.silenceNode('worker-1');
    at.stage.proxy.meddle = line => (line.startsWith('DELETE') ? failure(403, 'Forbidden', 'you may not') : PASS);
    const outcome = await at.driverWith({ beginSeconds: 0.2 }).perform(WORKER, NEVER);
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/Delete its Job before you retry: .*you may not/) });
  });

  test('a Job that may not be made is a refusal', async () => {
    at.stage.proxy.meddle = line =>
      line.includes('POST /apis/batch') ? failure(403, 'Forbidden', 'you may not') : PASS;
    await expect(at.driver.perform(WORKER, NEVER)).rejects.toThrow(ClusterRefused);
  });

  test('a Job that is deleted each time is not made for ever', async () => {
    const none = JSON.stringify({ kind: 'JobList', metadata: { resourceVersion: '1' }, items: [] });
    at.stage.proxy.meddle = line => (line.includes('jobs?limit') ? { kind: 'answer', code: 200, body: none } : PASS);
    expect(await at.driver.perform(WORKER, NEVER)).toMatchObject({
      step: 'job',
      reason: `Job ${jobName(WORKER)} was deleted 5 times before it brought a verdict.`,
    });
  });
});
