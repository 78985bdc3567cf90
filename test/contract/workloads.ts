import {
  PatchStrategy,
  type V1DaemonSet,
  type V1Deployment,
  type V1Job,
  type V1Pod,
  type V1PodFailurePolicyRule,
} from '@kubernetes/client-node';
import { as, failureOf, raw } from './client.ts';
import type { Place } from './suite.ts';
import { MARK, releaseNode } from './traces.ts';
import { until } from './watching.ts';
import {
  endingSpec,
  freshNamespace,
  isReady,
  isTrue,
  jobNamed,
  nameOf,
  podSpec,
  podsPath,
  readyPods,
  runningPod,
  template,
  uidOf,
  workersOf,
} from './world.ts';

export function workloadContract(at: () => Place): void {
  describe('workloads', () => {
    let namespace: string;
    let node: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
      [node] = await workersOf(at().client);
    });

    const evict = (name: string) =>
      at().client.core.createNamespacedPodEviction({ namespace, name, body: { metadata: { name } } });

    it('a pod tells how it comes up: Pending, Running, Ready', async () => {
      const pod = await runningPod(at().client, namespace, { name: 'alone' });
      expect(pod.status).toMatchObject({
        phase: 'Running',
        podIP: expect.any(String),
        startTime: expect.any(String),
        containerStatuses: [
          { name: 'main', ready: true, restartCount: 0, state: { running: { startedAt: expect.any(String) } } },
        ],
      });
      expect(isTrue(pod.status?.conditions, 'PodScheduled')).toBe(true);
      expect(pod.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
      expect(pod.spec?.tolerations).toContainEqual({
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      });
    });

    it('a Deployment replaces an evicted pod at once, by its ReplicaSet', async () => {
      const selector = { matchLabels: { app: 'web' } };
      const body: V1Deployment = {
        metadata: { name: 'web' },
        spec: { replicas: 3, selector, template: template('web') },
      };
      await at().client.apps.createNamespacedDeployment({ namespace, body });
      const [pod, ...others] = await readyPods(at().client, namespace, 'web', 3);
      expect(pod?.metadata?.ownerReferences).toMatchObject([
        { kind: 'ReplicaSet', apiVersion: 'apps/v1', controller: true },
      ]);
      await evict(nameOf(pod ?? {}));
      await until<V1Pod, true>(at().client, podsPath(namespace), pods => {
        const own = pods.filter(each => each.metadata?.labels?.app === 'web');
        return (own.length === 4 && own.some(each => each.metadata?.deletionTimestamp)) || undefined;
      });
      const after = await readyPods(at().client, namespace, 'web', 3);
      expect(after.map(uidOf)).toEqual(expect.arrayContaining(others.map(uidOf)));
      expect(after.map(uidOf)).not.toContain(uidOf(pod ?? {}));
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const { status } = await until<V1Deployment, V1Deployment>(at().client, path, found =>
        found.find(each => nameOf(each) === 'web' && each.status?.availableReplicas === 3),
      );
      expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3, observedGeneration: 1 });
      expect(isTrue(status?.conditions, 'Available')).toBe(true);
    });

    it('a StatefulSet makes a pod of the same name only when the old one is gone', async () => {
      const { client } = at();
      const selector = { matchLabels: { app: 'db' } };
      const spec = { replicas: 2, serviceName: 'db', selector, template: template('db') };
      await client.apps.createNamespacedStatefulSet({ namespace, body: { metadata: { name: 'db' }, spec } });
      const before = await readyPods(client, namespace, 'db', 2);
      expect(before.map(nameOf).sort()).toEqual(['db-0', 'db-1']);
      const old = uidOf(before.find(pod => nameOf(pod) === 'db-1') ?? {});
      await evict('db-1');
      const leaving = await client.core.readNamespacedPod({ namespace, name: 'db-1' });
      expect(uidOf(leaving)).toBe(old);
      expect(leaving.metadata?.deletionTimestamp).toBeInstanceOf(Date);
      const replaced = await until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
        pods.find(pod => nameOf(pod) === 'db-1' && uidOf(pod) !== old && isReady(pod)),
      );
      expect(replaced.metadata?.ownerReferences).toMatchObject([{ kind: 'StatefulSet', name: 'db' }]);
    });

    it('a DaemonSet puts its pod back on a node even while that is cordoned', async () => {
      const { client } = at();
      const selector = { matchLabels: { app: 'agent' } };
      const spec = { selector, template: template('agent', { nodeSelector: { 'kubernetes.io/hostname': node } }) };
      await client.apps.createNamespacedDaemonSet({ namespace, body: { metadata: { name: 'agent' }, spec } });
      const [pod] = await readyPods(client, namespace, 'agent', 1);
      const cordoned = { metadata: { annotations: MARK }, spec: { unschedulable: true } };
      await client.core.patchNode({ name: node, body: cordoned }, as(PatchStrategy.MergePatch));
      try {
        await evict(nameOf(pod ?? {}));
        const back = await until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
          pods.find(
            each => each.metadata?.labels?.app === 'agent' && uidOf(each) !== uidOf(pod ?? {}) && isReady(each),
          ),
        );
        expect(back.spec?.nodeName).toBe(node);
      } finally {
        await releaseNode(client, node);
      }
      const path = `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
      await until<V1DaemonSet, true>(
        client,
        path,
        found =>
          found.some(({ status }) => status?.desiredNumberScheduled === 1 && status.numberReady === 1) || undefined,
      );
    });

    it('a Job runs to its end, and its pod tells the exit code', async () => {
      const { client } = at();
      const body = jobNamed('work');
      const made = await client.batch.createNamespacedJob({
        namespace,
        body: {
          ...body,
          spec: { ...body.spec, template: { spec: endingSpec({ nodeName: node }) } },
        },
      });
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const job = await until<V1Job, V1Job>(client, path, jobs =>
        jobs.find(each => nameOf(each) === 'work' && isTrue(each.status?.conditions, 'Complete')),
      );
      expect(job.status).toMatchObject({
        succeeded: 1,
        startTime: expect.any(String),
        completionTime: expect.any(String),
      });
      const labelSelector = 'batch.kubernetes.io/job-name=work';
      const { items } = await client.core.listNamespacedPod({ namespace, labelSelector });
      expect(items).toMatchObject([
        {
          metadata: {
            labels: { 'job-name': 'work', 'batch.kubernetes.io/controller-uid': uidOf(made) },
            ownerReferences: [{ kind: 'Job', name: 'work', uid: uidOf(made), controller: true }],
          },
          spec: { nodeName: node, restartPolicy: 'Never' },
          status: {
            phase: 'Succeeded',
            containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
          },
        },
      ]);
    });

    it('a Job whose pod is deleted before its end makes another, or fails where none may fail', async () => {
      const { client } = at();
      const nowhere = podSpec({ restartPolicy: 'Never', nodeSelector: { 'example.com/no-such': 'node' } });
      const body: V1Job = { metadata: { name: 'broken' }, spec: { backoffLimit: 0, template: { spec: nowhere } } };
      await client.batch.createNamespacedJob({ namespace, body });
      const pod = await until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
        pods.find(each => each.metadata?.labels?.['job-name'] === 'broken'),
      );
      await client.core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const job = await until<V1Job, V1Job>(client, path, jobs =>
        jobs.find(each => nameOf(each) === 'broken' && isTrue(each.status?.conditions, 'Failed')),
      );
      expect(job.status).toMatchObject({ failed: 1 });
      expect(job.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }),
      );
    });

    describe('a Job with a policy on failures', () => {
      const policed = async (name: string, rule: V1PodFailurePolicyRule) => {
        const nowhere = podSpec({ restartPolicy: 'Never', nodeSelector: { 'example.com/no-such': 'node' } });
        const spec = { backoffLimit: 6, podFailurePolicy: { rules: [rule] }, template: { spec: nowhere } };
        await at().client.batch.createNamespacedJob({ namespace, body: { metadata: { name }, spec } });
        return podOf(name);
      };
      const podOf = (job: string, besides?: string) =>
        until<V1Pod, V1Pod>(at().client, podsPath(namespace), pods =>
          pods.find(each => each.metadata?.labels?.['job-name'] === job && uidOf(each) !== besides),
        );
      /** As a kubelet would report it. */
      const fail = (pod: V1Pod, exitCode: number, conditions: object[] = []) => {
        const now = new Date(0).toISOString();
        const terminated = { exitCode, reason: 'Error', startedAt: now, finishedAt: now };
        const container = { name: 'main', image: 'some', imageID: '', ready: false, restartCount: 0 };
        const status = { phase: 'Failed', conditions, containerStatuses: [{ ...container, state: { terminated } }] };
        return at().client.core.patchNamespacedPodStatus(
          { namespace, name: nameOf(pod), body: { status } },
          as(PatchStrategy.StrategicMergePatch),
        );
      };
      const jobWhere = (name: string, holds: (job: V1Job) => boolean) =>
        until<V1Job, V1Job>(at().client, `/apis/batch/v1/namespaces/${namespace}/jobs`, jobs =>
          jobs.find(each => nameOf(each) === name && holds(each)),
        );

      it('fails at an exit code that the policy names', async () => {
        const onExitCodes = { containerName: 'main', operator: 'In', values: [1, 2] };
        const pod = await policed('strict', { action: 'FailJob', onExitCodes });
        await fail(pod, 2);
        const job = await jobWhere('strict', ({ status }) => isTrue(status?.conditions, 'Failed'));
        const message = `Container main for pod ${namespace}/${nameOf(pod)} failed with exit code 2 matching FailJob rule at index 0`;
        expect(job.status?.conditions).toContainEqual(
          expect.objectContaining({ type: 'Failed', reason: 'PodFailurePolicy', message }),
        );
      });

      it('makes another pod where the policy ignores what befell the first', async () => {
        const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
        const pod = await policed('patient', { action: 'Ignore', onPodConditions });
        await fail(pod, 137, [{ type: 'DisruptionTarget', status: 'True' }]);
        await podOf('patient', uidOf(pod));
        expect((await jobWhere('patient', () => true)).status?.failed ?? 0).toBe(0);
      });
    });

    it('a pod gives its log, nothing where no node has it, and none of a container that is not there', async () => {
      const { client } = at();
      await runningPod(client, namespace, { name: 'talks' });
      expect(await client.core.readNamespacedPodLog({ namespace, name: 'talks', tailLines: 5 })).toEqual(
        expect.any(String),
      );
      const spec = podSpec({ nodeSelector: { 'example.com/no-such': 'node' } });
      await client.core.createNamespacedPod({ namespace, body: { metadata: { name: 'silent' }, spec } });
      const silent = await raw(client, `${podsPath(namespace)}/silent/log?tailLines=5`);
      expect({ code: silent.httpStatusCode, text: await silent.body.text() }).toEqual({ code: 204, text: '' });
      const container = 'nobody';
      expect(await failureOf(client.core.readNamespacedPodLog({ namespace, name: 'talks', container }))).toMatchObject({
        code: 400,
        status: { message: 'container nobody is not valid for pod talks' },
      });
      expect((await failureOf(client.core.readNamespacedPodLog({ namespace, name: 'nothing' }))).code).toBe(404);
    });
  });
}
