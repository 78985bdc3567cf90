import { LOOKS } from '../../cluster/looks.ts';
import { indexNodes } from '../../cluster/node-index.ts';
import type { NodeView, PodView, VolumeView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** Data that stays behind when its pod moves (kubernetes.io: volumes, local and hostPath; storage-limits, topology). */
export const volumes: Check = {
  code: 'VOLUME_ON_NODE',
  ok: 'Every drained pod finds its volumes on other nodes too.',
  needs: [LOOKS.volumes],
  look: context => {
    const { bound, left } = volumesOf(context);
    return [...(bound.length > 0 ? [waits(bound)] : []), ...(left.length > 0 ? [leavesData(left)] : [])];
  },
};

interface Bound {
  readonly pod: PodView;
  readonly volume: VolumeView;
}

function volumesOf({ snapshot, drains }: CheckContext): { readonly bound: Bound[]; readonly left: PodView[] } {
  const byClaim = new Map(snapshot.volumes.map(volume => [volume.claim, volume]));
  const index = indexNodes(snapshot.nodes);
  const bound: Bound[] = [];
  const left: PodView[] = [];
  for (const pod of drains.leaving) {
    if (pod.claims.length === 0 && !pod.hostPath) continue;
    const used = pod.claims.flatMap(claim => byClaim.get(`${pod.namespace}/${claim}`) ?? []);
    const tied = used.find(({ nodeAffinity }) => !index.matching(nodeAffinity).some(node => isElsewhere(node, pod)));
    if (tied) bound.push({ pod, volume: tied });
    else if (pod.hostPath || used.some(({ hostPath }) => hostPath)) left.push(pod);
  }
  return { bound, left };
}

function isElsewhere({ name, ready, unschedulable }: NodeView, { node }: PodView): boolean {
  return name !== node && ready === 'True' && !unschedulable;
}

function waits(bound: readonly Bound[]): Finding {
  const names = bound.map(({ pod, volume }) => `${podName(pod)} on ${pod.node} (${volume.name})`);
  return {
    code: 'VOLUME_ON_NODE',
    severity: 'warn',
    sentence: `${counted(bound.length, 'pod')} can run nowhere else, because of a volume that no other node can mount: ${listed(names)}.`,
    remedy: 'Such a pod stays Pending until its node is back; no data is lost. Plan for that downtime.',
  };
}

function leavesData(pods: readonly PodView[]): Finding {
  const names = pods.map(pod => `${podName(pod)} on ${pod.node}`);
  return {
    code: 'HOSTPATH_DATA',
    severity: 'warn',
    sentence: `What ${counted(pods.length, 'pod')} wrote to directories of the node (hostPath) stays behind: ${listed(names)}.`,
    remedy: 'Make sure that it is nothing these pods need on another node.',
  };
}
