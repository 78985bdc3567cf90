import type { Order } from '../../../approval/order.ts';
import { OUT_OF_SERVICE, spelled } from '../../../cluster/taints.ts';
import type { RunNote } from '../../../run/note.ts';
import { code, joined, type Mrkdwn, mrkdwn, person } from '../../mrkdwn.ts';
import { names } from './words.ts';

type Note<Kind extends RunNote['kind']> = Extract<RunNote, { readonly kind: Kind }>;

/** Wherever somebody can give them, with a button. */
export const orderButtons = {
  pause: 'Pause',
  resume: 'Resume',
  abort: 'Abort',
  retry: 'Retry',
  skip: 'Skip',
  wait: 'Keep waiting',
  skipNode: 'Skip node',
  force: 'Force…',
  outOfService: 'Out of service…',
} as const;

export const abortQuestion = {
  title: 'Abort the upgrade?',
  text:
    'A drain under way is stopped and its node given back, and so is one that is upgraded and only waited for; a host that ' +
    'is being upgraded is finished first. No further node is started, and what is upgraded stays upgraded.',
  yes: 'Abort',
  no: 'Go on',
} as const;

export const skipQuestion = {
  title: 'Skip the failed node?',
  text:
    'It is left behind at the version that it has, made schedulable again if Capstan had cordoned it, and the upgrade goes on with ' +
    'the next node. One that is upgraded, and waits only until all is well again, counts as done.',
  yes: 'Skip it',
  no: 'Keep waiting',
} as const;

export const skipDrainQuestion = { ...skipQuestion, title: 'Skip this node?' } as const;

export const forceModalText = {
  title: 'Delete one pod',
  close: 'Cancel',
  submit: 'Delete it',
  pod: 'Pod to be deleted',
  name: 'Type its name',
} as const;

export function forceIntroduction(node: string): Mrkdwn {
  return mrkdwn`*One* pod is deleted, with its own grace period and *past its disruption budget*, so that ${code(node)} can be drained. The worker looks once more before, and deletes no other. Your name is said in the thread.`;
}

export const outOfServiceModalText = {
  title: 'Host is off for certain',
  close: 'Cancel',
  submit: 'It is off',
  name: 'Type the name of the node',
} as const;

export function outOfServiceIntroduction(node: string): Mrkdwn {
  return mrkdwn`${code(node)} gets the taint ${code(spelled(OUT_OF_SERVICE))}. Kubernetes then deletes the pods on it without asking its kubelet, starts them on other nodes, and attaches their volumes there.`;
}

export function outOfServiceWarning(node: string): Mrkdwn {
  return mrkdwn`*The host of ${code(node)} must be off for certain*: powered down, and not merely out of reach. If it still runs, each of these pods runs twice, and two hosts write to one volume, which destroys data. Look at the machine or its power management; the cluster cannot tell.`;
}

export function outOfServiceLimits(): Mrkdwn {
  return mrkdwn`The worker looks once more before, and refuses where the node is Ready or its kubelet was heard of within 40 s. Power the host on only after its pods are gone. Capstan takes the taint away when Retry finds the node Ready, and when Skip or Abort gives it back. Your name is said in the thread.`;
}

/** Plain text, below the field. */
export function anotherNode(node: string): string {
  return `This is not the name of the node, which is ${node}. Nothing was done.`;
}

/** Plain text, below the field. */
export function anotherName(pod: string): string {
  return `This is not the name of the pod that you chose, which is ${pod}. Nothing was deleted.`;
}

const WORDS: Readonly<Record<Order['kind'], string>> = {
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  retry: 'retry',
  skip: 'skip',
  wait: 'keep waiting',
  force: 'have a pod deleted',
  'out-of-service': 'take a node out of service',
};

export function ordered(order: Order['kind']): Mrkdwn {
  return mrkdwn`The order to ${WORDS[order]} is on its way. The thread of the upgrade will say what came of it.`;
}

export function commandRefusedNote({ command, by, why }: Note<'command-refused'>): Mrkdwn {
  return mrkdwn`${person(by)} wanted to ${WORDS[command]}, which cannot be done: ${why}.`;
}

export function commandedNote({ command, by, atOnce, later, staysPaused, pod }: Note<'commanded'>): Mrkdwn {
  const who = person(by);
  switch (command) {
    case 'pause':
      return told(mrkdwn`${who} paused the upgrade. No further node is started.`, [
        standing(atOnce, mrkdwn`stands still as it is, cordoned if it was, until somebody resumes or aborts.`),
        standing(later, mrkdwn`is finished first, as its host is at work.`),
      ]);
    case 'resume':
      return mrkdwn`${who} resumed the upgrade.`;
    case 'abort':
      return told(mrkdwn`${who} aborts the upgrade.`, [
        standing(atOnce, mrkdwn`is given back now.`),
        standing(
          later,
          mrkdwn`is finished first, as its host is at work. Whoever does not want to wait until it is Ready aborts again then.`,
        ),
      ]);
    case 'retry':
      return staysPaused
        ? mrkdwn`${who} has the failed node tried again, once somebody resumes: the upgrade is paused.`
        : mrkdwn`${who} has the failed node tried again.`;
    case 'skip':
      return staysPaused
        ? mrkdwn`${who} skips ${names(atOnce)}. The upgrade stays paused, until somebody resumes.`
        : mrkdwn`${who} skips ${names(atOnce)}.`;
    case 'wait':
      return mrkdwn`${who} keeps waiting for the drain of ${names(atOnce)}: its time begins anew, and if it is still blocked in an hour, that is said here.`;
    case 'force':
      return mrkdwn`${who} has pod ${code(pod ?? '')} deleted, past its disruption budget, if it still holds up ${names(atOnce)} when the worker looks.`;
    case 'out-of-service':
      return mrkdwn`${who} declares that the host of ${names(atOnce)} is off for certain. The worker looks whether that may be.`;
  }
}

export function podDeletedNote({ node, pod, by }: Note<'pod-deleted'>): Mrkdwn {
  return mrkdwn`${code(node)}: pod ${code(pod)} was deleted past its disruption budget, as ${person(by)} ordered.`;
}

export function outOfServiceNote({ node, by, ours }: Note<'out-of-service'>): Mrkdwn {
  const after = mrkdwn`Its pods are deleted within a minute, and their volumes go to other nodes. The upgrade stays halted: wait for them before you skip or abort.`;
  return ours
    ? mrkdwn`${code(node)}: *out of service*, as ${person(by)} ordered. ${after} Capstan takes the taint away when Retry finds the node Ready, and when Skip or Abort gives it back.`
    : mrkdwn`${code(node)}: out of service already, by a taint that somebody else had set, who has to take it away again. ${after}`;
}

export function backInServiceNote({ node }: Note<'back-in-service'>): Mrkdwn {
  return mrkdwn`${code(node)}: the taint that Capstan had set to take it out of service is taken away.`;
}

function told(first: Mrkdwn, more: readonly (Mrkdwn | undefined)[]): Mrkdwn {
  return joined([first, ...more.filter(each => each !== undefined)], ' ');
}

/** undefined where it is nobody's lot. */
function standing(nodes: readonly string[], lot: Mrkdwn): Mrkdwn | undefined {
  return nodes.length > 0 ? mrkdwn`${names(nodes)} ${lot}` : undefined;
}
