import { PatchStrategy, type V1VolumeAttachment } from '@kubernetes/client-node';
import { as } from './client.ts';
import type { Place } from './suite.ts';
import { MARK } from './traces.ts';
import { until } from './watching.ts';
import { nameOf } from './world.ts';

const PATH = '/apis/storage.k8s.io/v1/volumeattachments';

/** What shows that the volumes of a node's pods are detached. */
export function attachmentContract(at: () => Place): void {
  describe('volume attachments', () => {
    const name = 'contract-attachment';
    const storage = () => at().client.storage;

    const see = (holds: (attachment: V1VolumeAttachment | undefined) => boolean) =>
      until<V1VolumeAttachment, true>(at().client, PATH, all =>
        holds(all.find(each => nameOf(each) === name)) ? true : undefined,
      );

    afterEach(async () => {
      await storage().deleteVolumeAttachment({ name });
      await see(attachment => attachment === undefined);
    });

    it('tell volume, node and driver, and by a status of its own whether it is attached', async () => {
      const spec = {
        attacher: 'csi.example.com',
        nodeName: 'a-node-that-nobody-runs',
        source: { persistentVolumeName: 'pv-of-nobody' },
      };
      const made = await storage().createVolumeAttachment({ body: { metadata: { name, annotations: MARK }, spec } });
      expect(made.spec).toEqual(spec);
      expect(made.status?.attached ?? false).toBe(false);
      await storage().patchVolumeAttachmentStatus(
        { name, body: { status: { attached: true } } },
        as(PatchStrategy.MergePatch),
      );
      await see(attachment => attachment?.status?.attached === true && attachment.spec.nodeName === spec.nodeName);
    });
  });
}
