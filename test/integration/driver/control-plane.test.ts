import { setTimeout as pause } from 'node:timers/promises';
import { V1MicroTime } from '@kubernetes/client-node';
import { HIGHLY_AVAILABLE } from '../../../src/demo/cluster/scenarios.ts';
import { DrivenCluster } from '../../support/driven-cluster.ts';
import { NEVER } from '../../support/kubernetes.ts';
import { versionOf } from '../../support/version.ts';

let at: DrivenCluster;

beforeEach(async () => {
  at = await DrivenCluster.start(HIGHLY_AVAILABLE);
});
afterEach(() => at.stage.stop());

describe('the control plane of a node', () => {
  test('stands at a version when its three static pods show it and are Ready', async () => {
    await at.driver.awaitControlPlane({ node: 'cp-2', version: versionOf('v1.35.4'), settleSeconds: 0 }, NEVER);
  });

  test('is not well before some controller manager renews its lease as the leader', async () => {
    const { coordination, call } = at.stage.kubernetes.client;
    const name = 'kube-controller-manager';
    const namespace = 'kube-system';
    const spec = { holderIdentity: 'cp-1', renewTime: new V1MicroTime() };
    const body = { metadata: { name, namespace }, spec };
    await call(
      { verb: 'create', resource: 'leases' },
      o => coordination.createNamespacedLease({ namespace, body }, o),
      NEVER,
    );
    let ready = false;
    const wait = { node: 'cp-2', version: versionOf('v1.35.4'), settleSeconds: 0 };
    const waited = at.driver.awaitControlPlane(wait, NEVER).then(() => {
      ready = true;
    });
    await pause(300);
    expect(ready).toBe(false);
    const renewed = [{ op: 'replace', path: '/spec/renewTime', value: new V1MicroTime(Date.now() + 2_000) }];
    await call(
      { verb: 'patch', resource: 'leases', name },
      o => coordination.patchNamespacedLease({ name, namespace, body: renewed }, o),
      NEVER,
    );
    await waited;
  });

  test('has to be well for as long as it is to settle', async () => {
    const began = Date.now();
    await at.driver.awaitControlPlane({ node: 'cp-2', version: versionOf('v1.35.4'), settleSeconds: 1 }, NEVER);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
  });

  test('is waited for in vain: the sentence names each component with what it is', async () => {
    await expect(
      at.driver.awaitControlPlane(
        { node: 'cp-2', version: versionOf('v1.36.0'), settleSeconds: 0 },
        AbortSignal.timeout(300),
      ),
    ).rejects.toThrow(
      'The control plane of node cp-2 did not come to v1.36.0 in time: kube-apiserver is v1.35.4; ' +
        'kube-controller-manager is v1.35.4; kube-scheduler is v1.35.4. Look at its static pods, then retry.',
    );
  });

  test('a node without static pods has none', async () => {
    const waited = at.driver.awaitControlPlane(
      { node: 'worker-1', version: versionOf('v1.35.4'), settleSeconds: 0 },
      AbortSignal.timeout(300),
    );
    await expect(waited).rejects.toThrow('kube-apiserver has no pod');
  });
});
