import { PatchStrategy } from '@kubernetes/client-node';
import type { AttachmentView } from '../../src/app/workload-ports.ts';
import { as, type Client, clientOf } from '../contract/client.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';

let stage: Stage;
let admin: Client;

beforeAll(async () => {
  stage = await startStage();
  admin = clientOf(stage.cluster.kubeconfig());
});

afterAll(() => stage.stop());

async function attach(
  name: string,
  nodeName: string,
  source: { persistentVolumeName?: string; inlineVolumeSpec?: object },
) {
  const body = { metadata: { name }, spec: { attacher: 'csi.example.com', nodeName, source } };
  await admin.storage.createVolumeAttachment({ body });
  const status = { status: { attached: true } };
  await admin.storage.patchVolumeAttachmentStatus({ name, body: status }, as(PatchStrategy.MergePatch));
}

describe('what is attached to a node', () => {
  it('is told by volume, for that node alone, until it is detached', async () => {
    await attach('one', 'worker-1', { persistentVolumeName: 'pv-1' });
    await attach('other', 'worker-2', { persistentVolumeName: 'pv-2' });
    await attach('inline', 'worker-1', { inlineVolumeSpec: {} });
    const body = {
      metadata: { name: 'coming' },
      spec: { attacher: 'csi.example.com', nodeName: 'worker-1', source: { persistentVolumeName: 'pv-3' } },
    };
    await admin.storage.createVolumeAttachment({ body });
    const seen: (readonly AttachmentView[])[] = [];
    for await (const each of stage.kubernetes.volumes.watchAttachments('worker-1', NEVER)) {
      seen.push(each);
      if (seen.length === 1) await admin.storage.deleteVolumeAttachment({ name: 'one' });
      if (each.length === 0) break;
    }
    expect(seen[0]).toEqual([{ node: 'worker-1', driver: 'csi.example.com', volume: 'pv-1' }]);
  });

  it('is known by the claim that its volume is bound to', async () => {
    const { volumes } = stage.kubernetes;
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'csi.example.com', volumeHandle: 'x' },
    };
    await admin.core.createPersistentVolume({
      body: { metadata: { name: 'bound' }, spec: { ...spec, claimRef: { namespace: 'shop', name: 'data' } } },
    });
    await admin.core.createPersistentVolume({ body: { metadata: { name: 'free' }, spec } });
    expect(await volumes.claimOf('bound', NEVER)).toBe('shop/data');
    expect(await volumes.claimOf('free', NEVER)).toBeUndefined();
    expect(await volumes.claimOf('gone', NEVER)).toBeUndefined();
  });

  it('is looked up for all that are tied to some nodes', async () => {
    const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['worker-1'] }];
    await admin.core.createPersistentVolume({
      body: {
        metadata: { name: 'local' },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          local: { path: '/data' },
          claimRef: { namespace: 'shop', name: 'local' },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
        },
      },
    });
    expect(await stage.kubernetes.volumes.local(NEVER)).toEqual([
      {
        name: 'local',
        claim: 'shop/local',
        hostPath: false,
        nodeAffinity: [{ labels: matchExpressions, fields: [] }],
      },
    ]);
  });
});
