import type { PlanNote } from '../../../app/messages.ts';
import type { Tally } from '../../../approval/approval.ts';
import type { Decision } from '../../../approval/decision.ts';
import { drainFlags } from '../../../plan/drain-options.ts';
import type { Told } from '../../../plan/finding.ts';
import { countDrains } from '../../../plan/hops.ts';
import type { Hop, Pass, Plan, PlannedNode, Stage } from '../../../plan/plan.ts';
import { formatSelector } from '../../../policy/notation.ts';
import type { RunState } from '../../../run/run.ts';
import { formatVersion } from '../../../version/kubernetes-version.ts';
import { at, code, escaped, joined, type Mrkdwn, mrkdwn, person, sentence } from '../../mrkdwn.ts';
import { counted, duration, PHASES, SEVERITIES, STAGES } from './words.ts';

export const planButtons = { approve: 'Approve', reject: 'Reject', details: 'Details' } as const;

export const planLabels = {
  hops: 'Hops',
  nodes: 'Nodes',
  strategy: 'Strategy',
  estimate: 'Estimate',
  askedBy: 'Asked by',
  expires: 'Expires',
  drains: 'Drains',
  ignored: 'kubeadm ignores',
  elastic: 'Elastic pools',
} as const;

export function planTitle({ cluster, from, to }: Plan): string {
  return `Upgrade ${cluster.name} from ${formatVersion(from)} to ${formatVersion(to)}`;
}

export function planNotification(plan: Plan): Mrkdwn {
  return mrkdwn`${planTitle(plan)}: a plan that ${person(plan.requestedBy)} asked for`;
}

/** `2: v1.35.4 → v1.36.3 → v1.37.2` */
export function hopChain(hops: readonly Hop[]): Mrkdwn {
  const [first] = hops;
  const way = first ? [first.from, ...hops.map(({ to }) => to)].map(formatVersion).join(' → ') : '';
  return mrkdwn`${hops.length}: ${way}`;
}

export function nodeCounts(controlPlane: number, workers: number): Mrkdwn {
  return mrkdwn`${controlPlane + workers}: ${controlPlane} control plane, ${counted(workers, 'worker')}`;
}

export function strategyWords({ request, hops }: Plan): Mrkdwn {
  const { strategy, only, pool, nodes } = request;
  const limits = [
    ...(only === undefined ? [] : [mrkdwn`${STAGES[only]} only`]),
    ...(pool === undefined ? [] : [mrkdwn`pool ${code(pool)}`]),
    ...(nodes === undefined ? [] : [mrkdwn`only ${counted(nodes.length, 'node')} named by whoever asked`]),
    ...drainWords(hops, request),
  ];
  switch (strategy) {
    case 'rolling':
      return joined([mrkdwn`rolling, one node after another`, ...limits], '; ');
  }
}

function drainWords(hops: readonly Hop[], { fewestDrains }: Plan['request']): Mrkdwn[] {
  if (!fewestDrains) return [];
  const { planned, saved } = countDrains(hops);
  const spared = saved > 0 ? `kubelets that skip versions save ${saved}` : 'no kubelet can skip a version here';
  return [mrkdwn`${counted(planned, 'drain')}: ${spared}`];
}

/** What changes the work on every host, and which nodes join unnamed. */
export function ignoredErrors({ driver: { ignorePreflightErrors } }: Plan): Mrkdwn {
  return escaped(ignorePreflightErrors.join(', '), 500);
}

export function elasticWords({ elasticPools }: Plan): Mrkdwn {
  return mrkdwn`new nodes with ${escaped(elasticPools.map(formatSelector).join(' or '), 500)} join`;
}

/** In kubectl's words, which whoever approves drains knows. */
export function drainOptionWords({ request: { drain } }: Plan): Mrkdwn {
  return escaped(drainFlags(drain).join(', '), 500);
}

export function estimateWords({ seconds }: Plan['estimate']): Mrkdwn {
  return mrkdwn`about ${duration(seconds * 1_000)}`;
}

/** `v1.35.4 → v1.36.3: control plane 3 nodes, workers 6 nodes` */
export function hopLine({ from, to, stages }: Hop): Mrkdwn {
  const counts = stages.map(stage => `${STAGES[stage.kind]} ${counted(nodesOf(stage), 'node')}${spared(stage)}`);
  return mrkdwn`*${formatVersion(from)} → ${formatVersion(to)}*: ${counts.join(', ')}`;
}

function spared({ passes }: Stage): string {
  const count = passes.reduce((sum, { phase, nodes }) => sum + (phase === 'config' ? nodes.length : 0), 0);
  return count > 0 ? ` (${count} not drained: ${PHASES.config})` : '';
}

function nodesOf({ passes }: Stage): number {
  return new Set(passes.flatMap(({ nodes }) => nodes.map(({ name }) => name))).size;
}

export function passHeading({ from, to }: Hop, { kind }: Stage, { phase, nodes }: Pass): Mrkdwn {
  const hop = `${formatVersion(from)} → ${formatVersion(to)}`;
  return mrkdwn`*${hop}, ${STAGES[kind]}*: ${PHASES[phase]}, ${counted(nodes.length, 'node')}`;
}

/** What a node runs now is of no interest where an earlier hop changes it. */
export function nodeLine({ name, kubeadm, version }: PlannedNode, place: number, firstHop: boolean): Mrkdwn {
  const facts = [
    ...(firstHop ? [`now ${formatVersion(version)}`] : []),
    ...(kubeadm === undefined ? [] : [`kubeadm upgrade ${kubeadm}`]),
  ];
  return mrkdwn`${place + 1}. ${code(name)}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

export function excludedLine({ node, why }: Plan['excluded'][number]): Mrkdwn {
  return mrkdwn`Left out: ${code(node)}: ${why}`;
}

export function findingLine({ severity, codes, sentence, remedy }: Told): Mrkdwn {
  const cure = remedy === '' ? mrkdwn`` : mrkdwn`\n      ↳ ${remedy}`;
  return mrkdwn`*${SEVERITIES[severity]}* ${code(codes.join(', '))} ${escaped(sentence, 600)}${cure}`;
}

export function fineLine(count: number): Mrkdwn {
  return mrkdwn`*Fine*: ${counted(count, 'check')} found nothing in the way.`;
}

export function moreFindings(count: number): Mrkdwn {
  return mrkdwn`and ${count} more: see ${planButtons.details}`;
}

/** Ten digits tell plans apart; all of them are in the details. */
export function digestLine({ digest }: Plan): Mrkdwn {
  return mrkdwn`Digest ${code(digest.slice(0, 10))}: whoever approves, approves this plan and no other.`;
}

export function wholeDigest({ digest }: Plan): Mrkdwn {
  return mrkdwn`Digest ${code(digest)}`;
}

export function estimateBasis({ estimate }: Plan): Mrkdwn {
  return mrkdwn`${estimateWords(estimate)}. ${estimate.basis}`;
}

/** `objection`: why the worker does not count it, as a clause. */
export function decisionLine({ by, verdict, at: when, reason }: Decision, objection: string | undefined): Mrkdwn {
  const said =
    verdict === 'approve'
      ? mrkdwn`Approved by ${person(by)}, ${at(when)}`
      : mrkdwn`Rejected by ${person(by)}, ${at(when)}: ${reason ?? ''}`;
  return objection === undefined ? said : mrkdwn`${said} (the worker does not count it: ${objection})`;
}

/** Said below the plan, so that whoever decided hears of it. */
export function planNote(note: PlanNote, { cluster }: Plan): Mrkdwn {
  if (note.kind === 'not-counted-yet') {
    return mrkdwn`What was decided here is kept, and the worker of ${cluster.name} counts it as soon as it can. ${sentence(note.why)}`;
  }
  const { by, verdict, why } = note;
  const deed = verdict === 'approve' ? 'approval' : 'rejection';
  return mrkdwn`${person(by)}, your ${deed} was recorded here, but the worker of ${cluster.name} does not count it: ${why}. What counts is the worker's policy; give the bot the same, or have somebody decide whom it allows to.`;
}

// ---- what has become of it -----------------------------------------------------------------------------------------

export function blockedState(stopping: number): Mrkdwn {
  return mrkdwn`*It cannot be approved*: ${counted(stopping, 'finding')} must be settled first. Then plan again.`;
}

export function openState(tally: Tally, plan: Plan): Mrkdwn {
  switch (tally.kind) {
    case 'waiting': {
      const left = tally.need - tally.have;
      return mrkdwn`*Waiting for approval*: needs ${left}${tally.have > 0 ? ' more' : ''} ${left === 1 ? 'approval' : 'approvals'}.`;
    }
    case 'approved':
      return mrkdwn`*Approved.* The worker of the cluster takes over.`;
    case 'rejected':
      return rejectedState(tally, plan);
    case 'expired':
      return mrkdwn`*Expired*: it was not approved in time. Plan again.`;
  }
}

export function checkingState(): Mrkdwn {
  return mrkdwn`*Approved.* Checking whether the cluster is still as it was planned for.`;
}

interface Rejection {
  readonly by: string;
  readonly reason: string | undefined;
  readonly at?: number;
}

export function rejectedState({ by, reason = '', at: when }: Rejection, { requestedBy }: Plan): Mrkdwn {
  const deed = by === requestedBy ? 'Withdrawn' : 'Rejected';
  return mrkdwn`*${deed}* by ${person(by)}${when === undefined ? '' : mrkdwn`, ${at(when)}`}: ${reason}`;
}

export function waitingState(why: string): Mrkdwn {
  return mrkdwn`*Approved, and waiting.* ${sentence(why)} Then the cluster is looked at once more, and the upgrade begins by itself.`;
}

export function staleState(again: Mrkdwn): Mrkdwn {
  return mrkdwn`*Stale*: the cluster is no longer as it was planned for, so nothing was started and no approval counts any more. Plan again with ${again}. What changed:`;
}

/** The command that asks for the same once more; a long list of nodes is left to whoever types it. */
export function planAgain({ cluster, to, request: { only, pool, nodes, fewestDrains, drain } }: Plan): Mrkdwn {
  const options = [
    ...(only === undefined ? [] : [`--only ${only}`]),
    ...(pool === undefined ? [] : [`--pool ${pool}`]),
    ...(nodes === undefined ? [] : [`--nodes ${nodes.length > NODES_SPELLED ? '…' : nodes.join(',')}`]),
    ...(fewestDrains ? ['--fewest-drains'] : []),
    ...drainFlags(drain),
  ];
  return code(['/k8s upgrade plan', formatVersion(to), `--cluster ${cluster.name}`, ...options].join(' '));
}

const NODES_SPELLED = 5;

export function changeLine(change: string): Mrkdwn {
  return mrkdwn`• ${change}`;
}

export function runningState(): Mrkdwn {
  return mrkdwn`*Running*: see the status message of the upgrade.`;
}

export function overState(run: RunState | undefined): Mrkdwn {
  switch (run?.status.kind) {
    case 'finished':
      return mrkdwn`*Finished*, ${at(run.status.at)}.`;
    case 'aborted':
      return mrkdwn`*Aborted* by ${person(run.status.by)}, ${at(run.status.at)}.`;
    default:
      return mrkdwn`*Over.*`;
  }
}

// ---- modals --------------------------------------------------------------------------------------------------------

export const approveModalText = { title: 'Approve this plan?', submit: 'Approve', close: 'Cancel' } as const;
export const rejectModalText = {
  title: 'Reject this plan?',
  submit: 'Reject',
  close: 'Cancel',
  why: 'Why? Everyone in the channel will read it.',
} as const;
export const detailsModalText = { title: 'Plan', close: 'Close' } as const;

export function approveIntroduction({ cluster, expiresAt }: Plan): Mrkdwn {
  return joined(
    [
      mrkdwn`You are about to approve the upgrade of *${cluster.name}* as it stands here.`,
      mrkdwn`The approval counts until ${at(expiresAt)}, and only if the cluster is still the same when it starts.`,
    ],
    ' ',
  );
}
