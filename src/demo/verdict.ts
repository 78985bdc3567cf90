import { parseTarget } from '../command/target.ts';
import { BLOCKED_ACTIONS } from '../slack/views/blocked-message.ts';
import { BUNDLED_CALENDAR } from '../version/bundled-calendar.ts';
import { newestMinor, newestPatch } from '../version/calendar.ts';
import { formatVersion, parseVersion } from '../version/kubernetes-version.ts';
import { CLOSED_BUDGET } from './faults.ts';
import type { DemoOptions } from './options.ts';
import type { Message } from './slack/workspace.ts';
import type { Stage } from './stage.ts';

/** One thing that must be so after the demo. */
export interface Verdict {
  readonly holds: boolean;
  readonly sentence: string;
}

/** Looks at the cluster and at the channel, and not at anything that bot or worker remember. */
export function judge(stage: Stage, { target, fault }: Pick<DemoOptions, 'target' | 'fault'>): Verdict[] {
  const version = wantedVersion(stage, target);
  const blocked = fault === 'blocked-budget' ? judgeNotice(stage) : [];
  return [...judgeCluster(stage, version), ...judgeChannel(stage, version), ...blocked];
}

function judgeNotice({ slack }: Stage): Verdict[] {
  const notice = slack.messages().find(namesBudget);
  const shown = JSON.stringify(notice?.blocks ?? []);
  const missing = Object.values(BLOCKED_ACTIONS).filter(action => !shown.includes(`"${action}"`));
  return [
    none(missing, `the thread named budget ${CLOSED_BUDGET}, with a button for each way on`, 'missing'),
    {
      holds: slack.transcript().includes('keeps waiting for the drain'),
      sentence: 'the thread tells who has it waited for',
    },
  ];
}

/** Whether it tells of the budget that was closed. */
export function namesBudget({ blocks, threadTs }: Message): boolean {
  return threadTs !== undefined && JSON.stringify(blocks).includes(`Held by budget \`${CLOSED_BUDGET}\``);
}

function judgeCluster({ cluster }: Stage, version: string): Verdict[] {
  const nodes = cluster.nodes();
  const behind = nodes.filter(node => node.status.nodeInfo.kubeletVersion !== version).map(node => node.metadata.name);
  const apiservers = cluster.pods().filter(pod => pod.metadata.labels?.component === 'kube-apiserver');
  const old = apiservers.filter(pod => !pod.spec.containers[0]?.image?.endsWith(`:${version}`));
  const cordoned = nodes.filter(node => node.spec.unschedulable).map(node => node.metadata.name);
  const claimed = nodes.filter(node => 'capstan.dev/claim' in (node.metadata.annotations ?? {}));
  const { budgetViolations, offences } = cluster.ledger;
  return [
    none(behind, `all ${nodes.length} nodes run ${version}`, `not at ${version}`),
    none(
      old.map(pod => pod.metadata.name),
      `all ${apiservers.length} API servers run ${version}`,
      `not at ${version}`,
    ),
    none(cordoned, 'no node is left cordoned', 'cordoned'),
    none(
      claimed.map(node => node.metadata.name),
      'no node is left claimed',
      'claimed',
    ),
    none(
      budgetViolations.map(({ budget, healthy, desired, pod }) => `${budget} had ${healthy} of ${desired} (${pod})`),
      'no budget was ever violated',
      'violated',
    ),
    none(
      offences.map(({ sentence }) => sentence),
      'nothing was done that kubeadm forbids',
      'forbidden',
    ),
  ];
}

function judgeChannel({ slack }: Stage, version: string): Verdict[] {
  const messages = slack.messages().filter(({ onlyFor }) => onlyFor === undefined);
  const last = messages.findLast(({ threadTs }) => threadTs !== undefined);
  const status = messages.find(({ ts }) => ts === last?.threadTs);
  const saysSo = (message: Message | undefined) => {
    const said = JSON.stringify(message?.blocks ?? []) + (message?.text ?? '');
    return said.includes(version) && /finished/i.test(said);
  };
  return [
    { holds: saysSo(status), sentence: `the status message says that ${version} is reached` },
    { holds: saysSo(last), sentence: 'the thread ends by saying so' },
  ];
}

function none(found: readonly string[], good: string, bad: string): Verdict {
  return found.length === 0
    ? { holds: true, sentence: good }
    : { holds: false, sentence: `${good}: no, ${bad}: ${found.join(', ')}` };
}

/** What `target` means for the simulated cluster as it stood at first, in the form `v1.37.2`. */
function wantedVersion({ scenario }: Stage, target: string): string {
  const wish = parseTarget(target);
  const from = parseVersion(scenario.version);
  if (wish.kind === 'error' || !from) return target;
  switch (wish.kind) {
    case 'version':
      return formatVersion(wish.version);
    case 'latest':
      return newestOf(newestMinor(BUNDLED_CALENDAR).minor);
    case 'minor':
      return newestOf(wish.minor);
    case 'patch':
      return newestOf(from);
    case 'next':
      return newestOf({ major: from.major, minor: from.minor + 1 });
  }
}

function newestOf(minor: Parameters<typeof newestPatch>[1]): string {
  const patch = newestPatch(BUNDLED_CALENDAR, minor);
  return patch ? formatVersion(patch) : 'an unknown version';
}
