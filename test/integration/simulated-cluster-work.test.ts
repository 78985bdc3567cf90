import type { V1Pod } from '@kubernetes/client-node';
import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { until } from '../contract/watching.ts';
import { apply, SimulatedUpgrade } from '../support/simulated-upgrade.ts';

let at: SimulatedUpgrade;

afterEach(() => at.cluster.stop());

describe('work on a host', () => {
  beforeEach(async () => {
    at = await SimulatedUpgrade.start(HIGHLY_AVAILABLE);
  });

  const podOf = (id: string, besides?: string) =>
    until<V1Pod, V1Pod>(at.client, '/api/v1/namespaces/default/pods', pods =>
      pods.find(
        ({ metadata, status }) =>
          metadata?.labels?.['job-name'] === id && metadata.uid !== besides && status?.phase === 'Running',
      ),
    );

  it('goes on when its pod is deleted, and the next pod of the same work finds it', async () => {
    const work = apply('v1.35.4', 'v1.36.3');
    await at.start(work);
    const pod = await podOf(work.id);
    await at.client.core.deleteNamespacedPod({
      namespace: 'default',
      name: pod.metadata?.name ?? '',
      gracePeriodSeconds: 0,
    });
    await at.client.batch.deleteNamespacedJob({ namespace: 'default', name: work.id, propagationPolicy: 'Background' });
    expect(await at.perform({ ...work, id: 'again' }, { CAPSTAN_WORK_ID: work.id })).toMatchObject({
      rc: 0,
      work: work.id,
    });
    expect(at.cluster.ledger.versionChanges.filter(({ component }) => component === 'kube-apiserver')).toHaveLength(1);
    expect(at.cluster.ledger.offences).toEqual([]);
    const { items } = await at.client.core.listNamespacedPod({ namespace: 'default', labelSelector: 'job-name=again' });
    const log = await at.client.core.readNamespacedPodLog({
      namespace: 'default',
      name: items[0]?.metadata?.name ?? '',
    });
    const begun = log.match(/(?<=^\[)\S+(?=\] begins$)/gm);
    expect(begun).toEqual(['preflight', 'repository', 'kubeadm', 'prefetch', 'backup', 'plan', 'apply', 'verify']);
  });

  it('is never two at once: the second is refused, and that somebody tried is an offence', async () => {
    await at.start(apply('v1.35.4', 'v1.36.3'));
    await podOf('apply-cp-1');
    const second = await at.perform({ ...apply('v1.35.4', 'v1.36.3'), id: 'second' });
    expect(second).toMatchObject({ step: 'start', rc: 1, reason: 'apply-cp-1 is still at work on cp-1.' });
    expect(at.cluster.ledger.offences).toMatchObject([
      { sentence: 'second was started on cp-1 while apply-cp-1 was still at work.' },
    ]);
    expect(await at.verdictOf('apply-cp-1')).toMatchObject({ rc: 0 });
  });

  it('is waited for by whoever only asks the host, whose answer comes when nothing is at work there any more', async () => {
    await at.start(apply('v1.35.4', 'v1.36.3'));
    await podOf('apply-cp-1');
    const asked = await at.perform(
      { ...apply('v1.35.4', 'v1.36.3'), id: 'question', phase: 'kubelet' },
      { CAPSTAN_ONLY: 'preflight', CAPSTAN_KUBEADM: '' },
    );
    expect(asked).toMatchObject({ step: 'preflight', rc: 0 });
    expect(await at.verdictOf('apply-cp-1')).toMatchObject({ rc: 0 });
    expect(at.cluster.ledger.offences).toEqual([]);
  });
});
