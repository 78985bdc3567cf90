import { LOOKS } from '../../cluster/looks.ts';
import type { Homeless } from '../../cluster/room/placement.ts';
import type { PodView, VolumeView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** Data that stays behind when its pod moves (kubernetes.io: volumes, local and hostPath; storage-limits, topology). */
export const volumes: Check = {
  code: 'VOLUME_ON_NODE',
  ok: 'Every drained pod finds its volumes on other nodes too.',
  needs: [LOOKS.pods, LOOKS.volumes],
  look: ({ snapshot, drains, room }) => {
    const mounted = createMounts(snapshot.volumes);
    const bound = room.homeless.filter(({ scarce }) => scarce.kind === 'volume');
    const tied = new Set(bound.map(({ pod }) => pod));
    const left = drains.leaving.filter(
      pod => !tied.has(pod) && (pod.hostPath || mounted(pod).some(({ hostPath }) => hostPath)),
    );
    return [...(bound.length > 0 ? [waits(bound, mounted)] : []), ...(left.length > 0 ? [leavesData(left)] : [])];
  },
};

type Mounts = (pod: PodView) => readonly VolumeView[];

function createMounts(all: readonly VolumeView[]): Mounts {
  const byClaim = new Map(all.map(volume => [volume.claim, volume]));
  return ({ namespace, claims }) => claims.flatMap(claim => byClaim.get(`${namespace}/${claim}`) ?? []);
}

function waits(bound: readonly Homeless[], mounted: Mounts): Finding {
  const names = bound.map(({ pod, node }) => {
    const tying = mounted(pod).filter(({ nodeAffinity }) => nodeAffinity.length > 0);
    return `${podName(pod)} on ${node} (${listed(tying.map(({ name }) => name))})`;
  });
  const whose = bound.length === 1 ? 'its' : 'their';
  return {
    code: 'VOLUME_ON_NODE',
    severity: 'warn',
    sentence:
      `${counted(bound.length, 'pod')} can run nowhere else, because no other node that takes pods can mount all ` +
      `${whose} volumes: ${listed(names)}.`,
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
