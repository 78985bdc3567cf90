import type { Phase, StageKind } from '../../../plan/plan.ts';
import { endsAtOnce } from '../../../run/course.ts';
import type { RunNote } from '../../../run/note.ts';
import { formatVersion } from '../../../version/kubernetes-version.ts';
import { code, escaped, joined, type Mrkdwn, mrkdwn, person, sentence } from '../../mrkdwn.ts';
import { reached } from './run.ts';
import { counted, duration, names, STAGES, STEPS } from './words.ts';

type Note<Kind extends RunNote['kind']> = Extract<RunNote, { readonly kind: Kind }>;

export function startedNote(cluster: string, target: string, nodes: number): Mrkdwn {
  return mrkdwn`The upgrade of ${cluster} to ${target} has started: ${counted(nodes, 'node')}.`;
}

/** What is not as it was approved, because nodes came, went or were changed since. */
export function driftedNote({ joined: added, gone, finished, outside, unfit }: Note<'drifted'>): Mrkdwn {
  const sentences = [
    ...(added.length > 0 ? [mrkdwn`New in an elastic pool, and taken along: ${names(added)}.`] : []),
    ...(gone.length > 0 ? [mrkdwn`Approved, but no longer in the cluster: ${names(gone)}.`] : []),
    ...(finished.length > 0 ? [mrkdwn`Approved, but with nothing left to do: ${names(finished)}.`] : []),
    ...(outside.length > 0
      ? [mrkdwn`Approved, but left as they are, since their labels no longer make them part of it: ${names(outside)}.`]
      : []),
    ...(unfit.length > 0
      ? [
          mrkdwn`Approved, but left out, since nodes of elastic pools come and go, and these cannot take part now: ${names(unfit)}.`,
        ]
      : []),
  ];
  return joined([mrkdwn`Since the plan was approved, nodes have changed.`, ...sentences], ' ');
}

export function nodeStartedNote({ node, phase, target }: Note<'node-started'>): Mrkdwn {
  const version = formatVersion(target);
  switch (phase) {
    case 'control-plane':
      return mrkdwn`${code(node)}: upgrading the control plane to ${version}, undrained.`;
    case 'config':
      return mrkdwn`${code(node)}: running kubeadm ${version}, undrained; its kubelet skips this version.`;
    case 'kubelet':
      return mrkdwn`${code(node)}: draining, then upgrading the kubelet to ${version}.`;
  }
}

export function nodeDoneNote({ node, phase, target, ms }: Note<'node-done'>): Mrkdwn {
  const version = formatVersion(target);
  switch (phase) {
    case 'control-plane':
      return mrkdwn`${code(node)}: done, its control plane runs ${version}, after ${duration(ms)}.`;
    case 'config':
      return mrkdwn`${code(node)}: done, kubeadm ${version} has prepared it, after ${duration(ms)}.`;
    case 'kubelet':
      return mrkdwn`${code(node)}: done, its kubelet runs ${version}, after ${duration(ms)}.`;
  }
}

export function nodeSkippedNote({ node, phase, by, reached: to }: Note<'node-skipped'>): Mrkdwn {
  const stays = to ? unseen(phase, formatVersion(to)) : mrkdwn`It stays at its version.`;
  return mrkdwn`${code(node)}: skipped by ${person(by)}. ${stays}`;
}

/** What is so of a node that was upgraded and not waited for. */
function unseen(phase: Phase, version: string): Mrkdwn {
  const what = phase === 'control-plane' ? 'Its control plane was' : 'It was';
  return mrkdwn`${what} upgraded to ${version} and *not seen Ready* since: look at it.`;
}

/** Before the host is touched, before the node is given back, and after that. */
export function gatesClosedNote({ node, step, skippable, closed }: Note<'gates-closed'>): Mrkdwn {
  const whys = joined(
    closed.map(({ why }) => escaped(why, 500)),
    '; ',
  );
  const skip = code(skippable ? '/k8s upgrade skip' : '/k8s upgrade abort');
  if (endsAtOnce(step)) {
    const back = step === 'claim' ? 'leaves the node as it is' : 'gives the node back as it was';
    return mrkdwn`${code(node)}: its host is not touched yet, because ${whys}. It goes on by itself once that is well; ${skip} ${back}.`;
  }
  if (step !== 'gates') {
    return mrkdwn`${code(node)}: it is not given back yet, because ${whys}. It goes on by itself once that is well. ${skip} gives it back at once, as it is.`;
  }
  return mrkdwn`${code(node)}: the next node waits, because ${whys}. It goes on by itself once that is well; ${skip} does not wait for it.`;
}

export function gatesWaivedNote({ node, by }: Note<'gates-waived'>): Mrkdwn {
  return mrkdwn`${code(node)} is upgraded and given back; for ${person(by)} it is not waited for until all is well.`;
}

/** `step`: what was under way when it was seen. */
export function nodeVanishedNote({ node, step, replaced }: Note<'node-vanished'>): Mrkdwn {
  const other = replaced
    ? mrkdwn` Another node has its name by now, which nobody approved: plan again for that one.`
    : mrkdwn``;
  return mrkdwn`${code(node)}: somebody, or an autoscaler, deleted it from the cluster (seen while ${STEPS[step]}). Nothing is left to do to it, and the upgrade goes on.${other}`;
}

export function recordonedNote({ node, hostAtWork }: Note<'node-recordoned'>): Mrkdwn {
  if (hostAtWork) {
    return mrkdwn`${code(node)}: somebody uncordoned it while its host was at work, and Capstan has cordoned it again. It does so each time until the host is done; Abort gives the node back then. Who it was is not known.`;
  }
  return mrkdwn`${code(node)}: somebody uncordoned it while it was being worked on, and Capstan has cordoned it again, once. Who it was is not known. Next time the upgrade halts and asks.`;
}

export function baselineLostNote({ node }: Note<'baseline-lost'>): Mrkdwn {
  return mrkdwn`${code(node)}: how many pods its workloads had ready before the drain is not known any more, since Redis has forgotten it. So they are *not* waited for as they were: look whether all is well on your own.`;
}

export function podsTiedNote({ node, pods }: Note<'pods-tied'>): Mrkdwn {
  return mrkdwn`${code(node)} stays cordoned, as somebody had it before the upgrade. What can run nowhere else stays Pending until they uncordon it, and is not waited for: ${names(pods)}.`;
}

export function nodeGivenBackNote({ node }: Note<'node-given-back'>): Mrkdwn {
  return mrkdwn`${code(node)}: given back as it was. Pods that had left it stay where they are.`;
}

export function nodeGivenBackUnseenNote({ node, phase, target }: Note<'node-given-back-unseen'>): Mrkdwn {
  return mrkdwn`${code(node)}: given back. ${unseen(phase, formatVersion(target))}`;
}

export function leftNodeGoneNote({ node }: Note<'left-node-gone'>): Mrkdwn {
  return mrkdwn`${code(node)} is not in the cluster any more: nothing is left to be given back.`;
}

export function giveBackWaitsNote({ node, why }: Note<'give-back-waits'>): Mrkdwn {
  return mrkdwn`${code(node)}: *not given back yet*, it stays cordoned if it was, for its host may be at work: ${escaped(why, 500)}. It is looked at again every few seconds. If the host is gone for good, delete that Job, or the node.`;
}

export function failedNote({ node, step, reason }: Note<'failed'>): Mrkdwn {
  return mrkdwn`${code(node)}: *failed* while ${STEPS[step]}. ${escaped(reason, 1_500)}`;
}

/** `silent`: its host may be off. */
export function failedChoices(silent: boolean): Mrkdwn {
  const off = silent ? mrkdwn`, or, where its host is off for certain, take it out of service` : mrkdwn``;
  return mrkdwn`No further node is touched. Retry, skip the node, or abort${off}, with the buttons above this thread.`;
}

export function heldNote({ why }: Note<'held'>): Mrkdwn {
  return mrkdwn`No further node is started for now; those under way are finished. ${sentence(why)} The upgrade goes on by itself.`;
}

export function releasedNote(): Mrkdwn {
  return mrkdwn`Nodes may be started again: the upgrade goes on.`;
}

export function clusterRefusedNote({ why }: Note<'cluster-refused'>): Mrkdwn {
  return mrkdwn`The cluster refuses something that this upgrade needs; it is tried again until somebody allows it. ${escaped(why, 1_000)}`;
}

export function abortedNote({ done, left }: Note<'aborted'>): Mrkdwn {
  return mrkdwn`Upgrade aborted: ${counted(done, 'node')} done, ${left} not; what was reached on the way stays. Plan again to go on from here.`;
}

export function finishedNote({ nodes, ms }: Note<'finished'>, cluster: string, target: string, left: number): Mrkdwn {
  return mrkdwn`*Upgrade finished*: ${reached(cluster, target, left)} ${counted(nodes, 'node')} in ${duration(ms)}.`;
}

export function stageNodesHeading(stage: StageKind, target: string): Mrkdwn {
  return mrkdwn`The nodes after the stage "${STAGES[stage]}" of the way to ${target}:`;
}
