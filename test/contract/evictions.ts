import { PatchStrategy, type V1Deployment, type V1Pod, type V1PodDisruptionBudget } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import {
  freshNamespace,
  jobNamed,
  nameOf,
  podGone,
  podsPath,
  readyPods,
  runningPod,
  template,
  uidOf,
} from './world.ts';

type BudgetSpec = NonNullable<V1PodDisruptionBudget['spec']>;

/** Played pods take longer to end, so that they are still there to be looked at on a busy machine. */
const UNHURRIED = { 'kwok.capstan.test/stops-in': '3s' };
const GRANTED = { kind: 'Status', code: 201 };
const OTHER_UID = '00000000-0000-4000-8000-000000000000';

export function evictionContract(at: () => Place): void {
  let namespace: string;

  /** The client's answer is typed as an Eviction; what comes is a Status. */
  const evict = async (name: string, deleteOptions: object = {}, dryRun?: string) => {
    const { data, httpStatusCode } = await at().client.core.createNamespacedPodEvictionWithHttpInfo({
      namespace,
      name,
      body: { metadata: { name, namespace }, deleteOptions },
      ...(dryRun === undefined ? {} : { dryRun }),
    });
    return { kind: data.kind, code: httpStatusCode };
  };

  /** The budget once the controller has seen it and `holds` is true of its status. */
  const settledBudget = (
    name: string,
    holds: (status: NonNullable<V1PodDisruptionBudget['status']>) => boolean = () => true,
  ) =>
    until<V1PodDisruptionBudget, V1PodDisruptionBudget>(
      at().client,
      `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
      budgets =>
        budgets.find(
          each =>
            nameOf(each) === name &&
            each.status?.observedGeneration === each.metadata?.generation &&
            each.status !== undefined &&
            holds(each.status),
        ),
    );

  const budget = (name: string, spec: BudgetSpec) =>
    at().client.policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata: { name }, spec } });

  const deployment = async (app: string, replicas: number) => {
    const body: V1Deployment = {
      metadata: { name: app },
      spec: { replicas, selector: { matchLabels: { app } }, template: template(app) },
    };
    await at().client.apps.createNamespacedDeployment({ namespace, body });
    return readyPods(at().client, namespace, app, replicas);
  };

  describe('evictions', () => {
    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    it('may be gone around by a delete, which no budget holds; it spares a pod of another UID', async () => {
      const pod = await runningPod(at().client, namespace, {
        name: 'held',
        labels: { app: 'held' },
        annotations: UNHURRIED,
      });
      await budget('held', { minAvailable: 1, selector: { matchLabels: { app: 'held' } } });
      const { core } = at().client;
      const request = (uid: string) =>
        core.deleteNamespacedPod({ namespace, name: 'held', body: { preconditions: { uid } } });
      expect(await failureOf(request('00000000-0000-4000-8000-000000000000'))).toMatchObject({ code: 409 });
      await request(uidOf(pod));
      const leaving = await core.readNamespacedPod({ namespace, name: 'held' });
      expect(leaving.metadata?.deletionGracePeriodSeconds).toBe(30);
      await podGone(at().client, namespace, uidOf(pod));
    });

    it('delete a pod gracefully and mark why: 201, Success', async () => {
      const pod = await runningPod(at().client, namespace, { name: 'free', annotations: UNHURRIED });
      expect(await evict('free', { preconditions: { uid: uidOf(pod) } })).toEqual(GRANTED);
      const leaving = await at().client.core.readNamespacedPod({ namespace, name: 'free' });
      expect(leaving.metadata?.deletionTimestamp).toBeInstanceOf(Date);
      expect(leaving.metadata?.deletionGracePeriodSeconds).toBe(30);
      expect(leaving.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
      );
      expect(await evict('free')).toEqual(GRANTED);
      await podGone(at().client, namespace, uidOf(pod));
      expect(await failureOf(evict('free'))).toMatchObject({
        code: 404,
        status: { reason: 'NotFound', message: 'pods "free" not found' },
      });
    });

    it('honour a grace period of their own', async () => {
      await runningPod(at().client, namespace, { name: 'hasty', annotations: UNHURRIED });
      await evict('hasty', { gracePeriodSeconds: 12 });
      const { metadata } = await at().client.core.readNamespacedPod({ namespace, name: 'hasty' });
      expect(metadata?.deletionGracePeriodSeconds).toBe(12);
    });

    it('spare a pod of another UID: 409, Conflict', async () => {
      const pod = await runningPod(at().client, namespace, { name: 'another' });
      expect(await failureOf(evict('another', { preconditions: { uid: OTHER_UID } }))).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: expect.stringContaining(
            `the UID in the precondition (${OTHER_UID}) does not match the UID in record (${uidOf(pod)})`,
          ),
        },
      });
      const { metadata } = await at().client.core.readNamespacedPod({ namespace, name: 'another' });
      expect(metadata?.deletionTimestamp).toBeUndefined();
    });

    it('are refused for another name than the path says: 400', async () => {
      const body = { metadata: { name: 'somebody' } };
      const request = at().client.core.createNamespacedPodEviction({ namespace, name: 'another', body });
      expect(await failureOf(request)).toMatchObject({ code: 400, status: { reason: 'BadRequest' } });
    });

    it('try only, in a dry run', async () => {
      await runningPod(at().client, namespace, { name: 'tried' });
      expect(await evict('tried', { dryRun: ['All'] })).toEqual(GRANTED);
      expect(await evict('tried', {}, 'All')).toEqual(GRANTED);
      const { metadata } = await at().client.core.readNamespacedPod({ namespace, name: 'tried' });
      expect(metadata?.deletionTimestamp).toBeUndefined();
    });

    it('wait for a budget: 429 with its cause and no Retry-After, before any look at the UID', async () => {
      // Nobody replaces these pods, so that the budget stays spent.
      const labels = { app: 'tight' };
      const make = (name: string) => runningPod(at().client, namespace, { name, labels });
      const [pod, other] = await Promise.all([make('tight-1'), make('tight-2')]);
      await budget('tight', { minAvailable: 1, selector: { matchLabels: labels } });
      await settledBudget('tight', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      await evict(nameOf(pod), { dryRun: ['All'] });
      expect((await settledBudget('tight')).status?.disruptionsAllowed).toBe(1);

      await evict(nameOf(pod));
      const refusal = {
        code: 429,
        status: {
          reason: 'TooManyRequests',
          message: "Cannot evict pod as it would violate the pod's disruption budget.",
          code: 429,
          details: {
            causes: [
              {
                reason: 'DisruptionBudget',
                message: 'The disruption budget tight needs 1 healthy pods and has 1 currently',
              },
            ],
          },
        },
      };
      await settledBudget('tight', ({ currentHealthy }) => currentHealthy === 1);
      for (const options of [{}, { dryRun: ['All'] }, { preconditions: { uid: OTHER_UID } }]) {
        const failure = await failureOf(evict(nameOf(other), options));
        expect(failure).toMatchObject(refusal);
        expect(failure.headers).not.toHaveProperty('retry-after');
        expect(failure.status?.details).not.toHaveProperty('retryAfterSeconds');
      }
      await make('tight-3');
      await settledBudget('tight', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      await evict(nameOf(other), { preconditions: { uid: uidOf(other) } });
    });

    it('spend the budget even where the UID is wrong, so that a mistake costs others their turn', async () => {
      await runningPod(at().client, namespace, { name: 'spent', labels: { app: 'spent' } });
      await budget('spent', { minAvailable: 0, selector: { matchLabels: { app: 'spent' } } });
      await settledBudget('spent', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      expect((await failureOf(evict('spent', { preconditions: { uid: OTHER_UID } }))).code).toBe(409);
      const { status } = await settledBudget('spent', ({ disruptionsAllowed }) => disruptionsAllowed === 0);
      expect(Object.keys(status?.disruptedPods ?? {})).toEqual(['spent']);
    });

    it('grant no more than the budget allows, however many ask at once', async () => {
      // Nobody replaces these pods: a server tries again for half a second where evictions get into each other's way.
      const labels = { app: 'rush' };
      const pods = await Promise.all(
        [1, 2, 3, 4].map(index => runningPod(at().client, namespace, { name: `rush-${index}`, labels })),
      );
      await budget('rush', { minAvailable: 3, selector: { matchLabels: labels } });
      await settledBudget('rush', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      const answers = await Promise.allSettled(pods.map(pod => evict(nameOf(pod))));
      const granted = answers.filter(({ status }) => status === 'fulfilled');
      expect(granted.length).toBe(1);
      for (const answer of answers) {
        if (answer.status === 'rejected') expect([429, 409]).toContain((answer.reason as { code: number }).code);
      }
    });

    it('do not know which of two budgets to spend: 500 without a reason', async () => {
      await runningPod(at().client, namespace, { name: 'torn', labels: { app: 'torn' } });
      const selector = { matchLabels: { app: 'torn' } };
      for (const name of ['torn-1', 'torn-2']) {
        await budget(name, { maxUnavailable: 1, selector });
        await settledBudget(name);
      }
      const { code, status } = await failureOf(evict('torn'));
      expect(code).toBe(500);
      expect(status?.message).toBe(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
      expect(status?.reason).toBeUndefined();
    });

    it('take an unhealthy pod by the policy of its budget', async () => {
      const [sick] = await deployment('sick', 2);
      const name = nameOf(sick ?? {});
      const selector = { matchLabels: { app: 'sick' } };
      await budget('sick', { minAvailable: 2, selector });
      const conditions = [{ type: 'Ready', status: 'False' }];
      await at().client.core.patchNamespacedPodStatus(
        { namespace, name, body: { status: { conditions } } },
        as(PatchStrategy.StrategicMergePatch),
      );
      await settledBudget('sick', ({ currentHealthy }) => currentHealthy === 1);
      expect((await failureOf(evict(name))).code).toBe(429);
      await at().client.policy.patchNamespacedPodDisruptionBudget(
        { namespace, name: 'sick', body: { spec: { minAvailable: 1 } } },
        as(PatchStrategy.MergePatch),
      );
      await settledBudget('sick', ({ desiredHealthy }) => desiredHealthy === 1);
      expect(await evict(name, {}, 'All')).toEqual(GRANTED);
      const always = { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
      await at().client.policy.patchNamespacedPodDisruptionBudget(
        { namespace, name: 'sick', body: { spec: always } },
        as(PatchStrategy.MergePatch),
      );
      await settledBudget('sick', ({ desiredHealthy }) => desiredHealthy === 2);
      expect(await evict(name)).toEqual(GRANTED);
    });
  });

  describe('budgets', () => {
    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
      await deployment('counted', 5);
      await runningPod(at().client, namespace, { name: 'single', labels: { app: 'single' } });
    });

    const counted: [string, BudgetSpec, [number, number, number, number]][] = [
      ['minAvailable 3', { minAvailable: 3 }, [5, 3, 5, 2]],
      ['minAvailable 5', { minAvailable: 5 }, [5, 5, 5, 0]],
      ['minAvailable 50%', { minAvailable: '50%' }, [5, 3, 5, 2]],
      ['minAvailable 100%', { minAvailable: '100%' }, [5, 5, 5, 0]],
      ['minAvailable 10', { minAvailable: 10 }, [5, 10, 5, 0]],
      ['maxUnavailable 1', { maxUnavailable: 1 }, [5, 4, 5, 1]],
      ['maxUnavailable 30%', { maxUnavailable: '30%' }, [5, 3, 5, 2]],
      ['maxUnavailable 0', { maxUnavailable: 0 }, [5, 5, 5, 0]],
      ['maxUnavailable 9', { maxUnavailable: 9 }, [5, 0, 5, 5]],
    ];

    it.each(counted)('count %s of five', async (title, spec, [expected, desired, healthy, allowed]) => {
      const name = title.toLowerCase().replace('%', '-percent').replace(' ', '-');
      await budget(name, { ...spec, selector: { matchLabels: { app: 'counted' } } });
      const { status } = await settledBudget(name);
      expect(status).toMatchObject({
        expectedPods: expected,
        desiredHealthy: desired,
        currentHealthy: healthy,
        disruptionsAllowed: allowed,
      });
      expect(status?.conditions).toMatchObject([
        {
          type: 'DisruptionAllowed',
          status: allowed > 0 ? 'True' : 'False',
          reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        },
      ]);
    });

    it('count a pod without a controller by its number, and not by a share', async () => {
      const selector = { matchLabels: { app: 'single' } };
      await budget('single-number', { minAvailable: 1, selector });
      await budget('single-share', { maxUnavailable: '50%', selector });
      expect((await settledBudget('single-number')).status).toMatchObject({ expectedPods: 1, disruptionsAllowed: 0 });
      expect((await settledBudget('single-share')).status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
    });

    it('without a selector select nothing, with an empty one the whole namespace', async () => {
      await budget('nobody', { minAvailable: 1 });
      await budget('everybody', { minAvailable: 1, selector: {} });
      expect((await settledBudget('nobody')).status?.expectedPods).toBe(0);
      expect((await settledBudget('everybody')).status).toMatchObject({ expectedPods: 6, disruptionsAllowed: 5 });
    });

    it('follow their pods', async () => {
      // Where several budgets select a pod, the controller of a real cluster looks at one of them only when it changes.
      namespace = await freshNamespace(at().client);
      await budget('follows', { minAvailable: 1, selector: { matchLabels: { app: 'follows' } } });
      expect((await settledBudget('follows')).status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
      const made: V1Pod[] = [];
      for (const name of ['follows-1', 'follows-2']) {
        made.push(await runningPod(at().client, namespace, { name, labels: { app: 'follows' } }));
      }
      await settledBudget('follows', status => status.currentHealthy === 2 && status.disruptionsAllowed === 1);
      await at().client.core.deleteNamespacedPod({ namespace, name: nameOf(made[0] ?? {}) });
      await settledBudget('follows', status => status.currentHealthy === 1 && status.disruptionsAllowed === 0);
    });

    it('cannot count a pod of a Job by replicas, though it has ended, and say so', async () => {
      namespace = await freshNamespace(at().client);
      const job = jobNamed('batch');
      const labels = { app: 'batch' };
      const ended = { ...job.spec, template: { ...job.spec?.template, metadata: { labels } } };
      await at().client.batch.createNamespacedJob({ namespace, body: { ...job, spec: ended } });
      await until<V1Pod, true>(
        at().client,
        podsPath(namespace),
        pods => pods.some(({ status }) => status?.phase === 'Succeeded') || undefined,
      );
      await budget('batch-number', { minAvailable: 1, selector: { matchLabels: labels } });
      expect((await settledBudget('batch-number')).status).toMatchObject({ expectedPods: 1, currentHealthy: 0 });
      await budget('batch-share', { maxUnavailable: 1, selector: { matchLabels: labels } });
      const { status } = await until<V1PodDisruptionBudget, V1PodDisruptionBudget>(
        at().client,
        `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
        budgets => budgets.find(each => nameOf(each) === 'batch-share' && each.status?.conditions?.length),
      );
      expect(status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
      expect(status?.observedGeneration).toBeUndefined();
      expect(status?.conditions).toMatchObject([
        {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message: 'jobs.batch does not implement the scale subresource',
        },
      ]);
    });
  });
}
