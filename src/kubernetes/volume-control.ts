import type { AttachmentView, VolumeControl } from '../app/workload-ports.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { list } from './collection.ts';
import { VOLUME_ATTACHMENTS, VOLUMES } from './collections.ts';
import { follow } from './follow.ts';
import { volumeView } from './views/volume-view.ts';
import type { WireAttachment } from './views/wire.ts';

interface Attachment extends AttachmentView {
  readonly node: string | undefined;
}

export function createVolumeControl(client: KubeClient): VolumeControl {
  return {
    // They cannot be selected by node.
    async *watchAttachments(node, signal) {
      for await (const all of follow<WireAttachment, Attachment | undefined>(
        client,
        VOLUME_ATTACHMENTS,
        view,
        signal,
      )) {
        yield all.flatMap(each => (each?.node === node ? [each] : []));
      }
    },
    async claimOf(name, signal) {
      const answer = await orFailure(
        client.call(
          { verb: 'get', resource: 'persistentvolumes', name, isAnswer: hasCode(404) },
          options => client.core.readPersistentVolume({ name }, options),
          signal,
        ),
      );
      const { namespace, name: claim } = (answer instanceof ApiError ? undefined : answer.spec?.claimRef) ?? {};
      return namespace && claim ? `${namespace}/${claim}` : undefined;
    },
    async local(signal) {
      const { items } = await list(client, VOLUMES, volumeView, signal);
      return items.filter(volume => volume !== undefined);
    },
  };
}

/** One that is not attached yet holds nothing; one without a volume of its own came with the pod's own specification. */
function view({ spec = {}, status = {} }: WireAttachment): Attachment | undefined {
  const { nodeName: node, attacher: driver = '', source = {} } = spec;
  const volume = source.persistentVolumeName;
  return status.attached && volume !== undefined ? { node, driver, volume } : undefined;
}
