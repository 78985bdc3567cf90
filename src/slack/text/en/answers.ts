import type { StatusReport } from '../../../app/messages.ts';
import { formatVersion, type KubernetesVersion } from '../../../version/kubernetes-version.ts';
import { code, type Mrkdwn, mrkdwn, sentence } from '../../mrkdwn.ts';
import { counted } from './words.ts';

export function nothingToDo(cluster: string, version: KubernetesVersion, limit: string | undefined): Mrkdwn {
  const runs = formatVersion(version);
  return limit === undefined
    ? mrkdwn`Nothing to do: everything in *${cluster}* runs ${runs} already.`
    : mrkdwn`Nothing to do: what was asked about in *${cluster}* runs ${runs} already. ${sentence(limit)}`;
}

export function givenBack(nodes: readonly string[]): Mrkdwn {
  return mrkdwn`An upgrade that nobody goes on with had left ${counted(nodes.length, 'node')} behind as its own: ${nodes.slice(0, 10).join(', ')}${nodes.length > 10 ? ', …' : ''}. Capstan has given ${nodes.length === 1 ? 'it' : 'them'} back.`;
}

export function cannotBePlanned(why: string, instead: string): Mrkdwn {
  return mrkdwn`${sentence(why)} ${sentence(instead)}`;
}

export function unreachable(cluster: string, detail: string): Mrkdwn {
  return mrkdwn`The cluster *${cluster}* could not be looked at. ${sentence(detail)}`;
}

export function statusHeading(cluster: string): Mrkdwn {
  return mrkdwn`*Status of ${cluster}*`;
}

/** `kubelet v1.36.3 (8), v1.35.4 (1)` */
export function componentLine({ kind, versions }: StatusReport['components'][number]): Mrkdwn {
  return mrkdwn`${code(kind)} ${versions.map(({ version, count }) => `${version} (${count})`).join(', ')}`;
}

export function noSkew(): Mrkdwn {
  return mrkdwn`All of them are within the version-skew policy.`;
}

export function skewLine(fault: string): Mrkdwn {
  return mrkdwn`*Skew* ${fault}`;
}

export function nodesLine({ total, ready, cordoned }: StatusReport['nodes']): Mrkdwn {
  const aside = cordoned > 0 ? `, ${cordoned} cordoned` : '';
  return mrkdwn`${counted(total, 'node')}: ${ready} ready${aside}.`;
}

export function runLine(run: NonNullable<StatusReport['run']>): Mrkdwn {
  return mrkdwn`Newest upgrade: ${run.status}, ${run.done} of ${counted(run.total, 'step')} done.`;
}

export function noRun(): Mrkdwn {
  return mrkdwn`No upgrade is known.`;
}

export function nodesHeading(cluster: string, count: number): Mrkdwn {
  return mrkdwn`*${cluster}*: ${counted(count, 'node')}`;
}
