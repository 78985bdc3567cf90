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

export function nodesHeading(cluster: string, count: number, pool: string | undefined): Mrkdwn {
  const nodes = mrkdwn`*${cluster}*: ${counted(count, 'node')}`;
  return pool === undefined
    ? nodes
    : mrkdwn`${nodes} of ${pool.includes('=') ? 'those with the label' : 'the pool'} ${code(pool)}`;
}
