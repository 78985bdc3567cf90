import type { Phase } from '../../../plan/plan.ts';
import type { ActiveWork } from '../../../run/progress.ts';
import type { RunState, RunStatus, Step, Work } from '../../../run/run.ts';
import { formatVersion } from '../../../version/kubernetes-version.ts';
import { at, code, type Mrkdwn, mrkdwn, person, sentence, since } from '../../mrkdwn.ts';
import { counted, duration, STAGES, STEPS } from './words.ts';

const STATES: Readonly<Record<RunStatus['kind'], string>> = {
  running: 'running',
  paused: 'paused',
  halted: 'halted',
  aborting: 'being aborted',
  aborted: 'aborted',
  finished: 'finished',
};

export function runTitle({ cluster, status }: RunState, target: string): string {
  return `Upgrade of ${cluster} to ${target}: ${STATES[status.kind]}`;
}

type UnderWay = ActiveWork['state'];

/** What the state means, and what people can do about it. */
export function runState({ status, hold, startedAt, cluster }: RunState, target: string, leftBehind: number): Mrkdwn {
  switch (status.kind) {
    case 'running':
      return hold ? mrkdwn`*Waiting.* ${sentence(hold.why)} It goes on by itself.` : mrkdwn`Started ${at(startedAt)}.`;
    case 'paused':
      return mrkdwn`*Paused* by ${person(status.by)}, ${at(status.at)}. No further node is started, and a drain under way stands still; a host that is at work is finished. Resume, or abort.`;
    case 'halted':
      return status.paused
        ? mrkdwn`*Halted*, ${at(status.at)}: a node failed, and no further one is touched. Retry it, skip it, or abort. ${person(status.paused.by)} had paused the upgrade: after that it waits until somebody resumes.`
        : mrkdwn`*Halted*, ${at(status.at)}: a node failed, and no further one is touched. Retry it, skip it, or abort.`;
    case 'aborting':
      return mrkdwn`*Aborting* for ${person(status.by)}, ${at(status.at)}. A drain under way is stopped and its node given back; a host that is at work is finished first, and its node waited for, unless somebody aborts again.`;
    case 'aborted':
      return mrkdwn`*Aborted* by ${person(status.by)}, ${at(status.at)}. Plan again to go on from here.`;
    case 'finished':
      return mrkdwn`*Upgrade finished*, ${at(status.at)}, after ${duration(status.at - startedAt)}: ${reached(cluster, target, leftBehind)}`;
  }
}

/** `prod runs v1.37.2.` */
export function reached(cluster: string, target: string, leftBehind: number): Mrkdwn {
  if (leftBehind === 0) return mrkdwn`${cluster} runs ${target}.`;
  return mrkdwn`${cluster} runs ${target}, except for ${counted(leftBehind, 'node')} that ${leftBehind === 1 ? 'was' : 'were'} skipped.`;
}

/** Of how many nodes it is so. */
interface Exceptions {
  readonly failed: number;
  readonly skipped: number;
  readonly vanished: number;
}

export function runCounts(done: number, total: number, { failed, skipped, vanished }: Exceptions): Mrkdwn {
  const bad = failed > 0 ? `, ${failed} failed` : '';
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  const gone = vanished > 0 ? `, ${vanished} gone from the cluster` : '';
  return mrkdwn`*${done} of ${counted(total, 'node')} done*${bad}${left}${gone}`;
}

const WORKER_PASSES: Readonly<Record<Phase, string>> = {
  'control-plane': STAGES['control-plane'],
  config: 'workers, kubeadm alone',
  kubelet: STAGES.workers,
};

/** One pass of a stage, in a line of its own. */
export function passName({ target, stage, phase }: Pick<Work, 'target' | 'stage' | 'phase'>): string {
  const part = stage === 'workers' ? WORKER_PASSES[phase] : phase === 'control-plane' ? STAGES[stage] : 'its kubelets';
  return `${formatVersion(target)} ${part}`;
}

export function progressLine(name: string, bar: string, through: number, all: number): Mrkdwn {
  return mrkdwn`${name}  ${bar}  ${through} of ${all}`;
}

export function inFlightLine(node: string, { step, stepSince, attempt, waiting, skipping, givenUp }: UnderWay): Mrkdwn {
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const kept = waiting ? mrkdwn`; ${person(waiting.by)} keeps waiting` : mrkdwn``;
  const given = skipping ? mrkdwn`; skipped by ${person(skipping.by)}, and being given back` : mrkdwn``;
  const back = givenUp ? mrkdwn`; being given back for ${person(givenUp.by)}` : mrkdwn``;
  return mrkdwn`${code(node)} ${STEPS[step]} since ${since(stepSince)}${again}${skipping ? given : kept}${back}`;
}

export function gateLine(node: string, why: string): Mrkdwn {
  return mrkdwn`${code(node)} waits: ${why}`;
}

export function leavingLine(node: string, waitsFor: string | undefined): Mrkdwn {
  return waitsFor === undefined
    ? mrkdwn`${code(node)} is being given back`
    : mrkdwn`${code(node)} is given back once its host is not at work any more: ${waitsFor}`;
}

export function failedLine(node: string, step: Step, reason: string): Mrkdwn {
  return mrkdwn`${code(node)} *failed* while ${STEPS[step]}: ${reason}`;
}
