import { momentWords, scheduleZone } from '../../policy/explain.ts';
import { type Gate, gateAt, overAt } from '../../policy/gate.ts';
import { durationWords } from '../../policy/notation.ts';
import type { PlanPolicy } from '../../policy/policy.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';

/**
 * A window that closes, or a freeze that begins, stops a run between two nodes. That breaks nothing, but whoever approves
 * must know that the cluster will stand between two versions until it goes on.
 */
export const outlastsWindow: Check = {
  code: 'OUTLASTS_WINDOW',
  ok: 'As estimated, the upgrade is over before a maintenance window closes or a freeze begins.',
  needs: [],
  applies: ({ hasPolicy }) => hasPolicy,
  look: ({ policy, draft: { createdAt, estimate } }) => {
    const now = gateAt(policy, createdAt);
    const begins = now.kind === 'open' ? createdAt : now.opens;
    if (begins === undefined) return [];
    const gate = now.kind === 'open' ? now : gateAt(policy, begins);
    if (gate.kind !== 'open' || gate.closes === undefined) return [];
    const left = (gate.closes - begins) / 1_000;
    const later = now.kind === 'open' ? undefined : begins;
    return estimate.seconds <= left ? [] : [outlasts({ policy, later, begins, closes: gate.closes }, estimate.seconds)];
  },
};

interface Opening {
  readonly policy: PlanPolicy;
  /** When the upgrade can begin, where that is not now. */
  readonly later: number | undefined;
  readonly begins: number;
  readonly closes: number;
}

function outlasts({ policy, later, begins, closes }: Opening, seconds: number): Finding {
  const moment = (instant: number) => momentWords(instant, scheduleZone(policy));
  const left = durationWords(minutesOf((closes - begins) / 1_000));
  const from = later === undefined ? '' : `, from ${moment(later)} on`;
  const then = gateAt(policy, closes);
  const over = overAt(policy, begins, seconds * 1_000);
  return {
    code: 'OUTLASTS_WINDOW',
    severity: 'warn',
    sentence: [
      `The upgrade is estimated to take ${durationWords(minutesOf(seconds))}, and nodes may be started for ${left}${from}:`,
      `${closing(then)} ${moment(closes)}. What is under way then is finished, and ${pause(then, moment)}`,
      ...(over === undefined ? [] : [`Like that it would be over about ${moment(over)}.`]),
    ].join(' '),
    remedy:
      'Every state on the way is within the version-skew policy, so that it may wait there. To have it over in one go, plan ' +
      'less of it (--only, --pool, --nodes), let it begin when a window opens, or give the cluster a longer window.',
  };
}

function closing(then: Gate): string {
  return then.kind === 'frozen' ? `a freeze (${then.reason}) begins` : 'the maintenance window closes';
}

function pause(then: Gate, moment: (instant: number) => string): string {
  const opens = then.kind === 'open' ? undefined : then.opens;
  return opens === undefined ? 'no other node is started.' : `no other node is started until ${moment(opens)}.`;
}

/** Whole minutes, in seconds: an estimate is not more exact. */
function minutesOf(seconds: number): number {
  return Math.max(1, Math.round(seconds / 60)) * 60;
}
