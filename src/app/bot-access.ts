import { isChannel } from '../approval/approval.ts';
import { noPolicyWords } from '../policy/explain.ts';
import type { PolicyInForce } from '../policy/policy.ts';
import type { BotPorts } from './bot-ports.ts';
import type { Refused } from './bot-use-cases.ts';
import type { Person } from './ports.ts';

/** Whoever acts, with those of the policy's user groups that they are in. */
export function lookUp(by: string, entries: readonly string[], { directory }: BotPorts): Promise<Person> {
  const groups = entries.filter(entry => entry.startsWith('S'));
  return directory.person(by, groups);
}

export function policyAt(cluster: string, channel: string, ports: BotPorts): PolicyInForce | Refused {
  const found = policyOf(cluster, ports);
  if ('kind' in found || isChannel(found.policy, channel)) return found;
  const { channels } = found.policy;
  const where = typeof channels === 'string' ? channels : channels.map(id => `<#${id}>`).join(', ');
  return refuse(`Cluster ${cluster} is not spoken of here. Its policy accepts commands in ${where}.`);
}

export function policyOf(cluster: string, ports: BotPorts): PolicyInForce | Refused {
  const found = ports.policyOf(cluster);
  if (!found) {
    return refuse(`The policy of this bot does not name cluster ${cluster}, so nobody may do anything with it here.`);
  }
  return found.policy ? found : refuse(noPolicyWords('bot', found.fault));
}

export function clusterOf(wanted: string | undefined, { clusters }: BotPorts): string | Refused {
  const cluster = wanted ?? clusters[0];
  if (cluster !== undefined && clusters.includes(cluster)) return cluster;
  return refuse(`There is no cluster "${wanted}" here. Known: ${clusters.join(', ')}.`);
}

export function refuse(sentence: string): Refused {
  return { kind: 'refused', sentence };
}
