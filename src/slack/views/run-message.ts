import type { Button } from '@slack/types';
import { activeWorks, countNodes, failedWorks, worksToGiveUp } from '../../run/progress.ts';
import type { RunState, Work } from '../../run/run.ts';
import { formatVersion } from '../../version/kubernetes-version.ts';
import { button, buttonRow, confirmation, header, message, SECTION, type SlackMessage, section } from '../blocks.ts';
import { fitted } from '../fit.ts';
import { joined, type Mrkdwn, mrkdwn } from '../mrkdwn.ts';
import { waitsLine } from '../text/en/blocked.ts';
import { abortQuestion, orderButtons, skipQuestion } from '../text/en/orders.ts';
import { failedLine, gateLine, inFlightLine, leavingLine, runCounts, runState, runTitle } from '../text/en/run.ts';
import { andMore } from '../text/en/words.ts';
import { writePlace } from './place.ts';
import { stageLines } from './stage-lines.ts';

/** The action ids of its buttons; their value is the run's id. */
export const RUN_ACTIONS = {
  pause: 'run_pause',
  resume: 'run_resume',
  abort: 'run_abort',
  retry: 'run_retry',
  skip: 'run_skip',
} as const;

/** Offered where a node fell silent; its value says which attempt at which work. */
export const OUT_OF_SERVICE_ACTION = 'run_out_of_service';

/** The status message: posted once, edited at every change, and the root of the run's thread. */
export function runMessage(run: RunState): SlackMessage {
  const target = targetOf(run);
  const counts = countsOf(run);
  const state = runState(run, target, skippedNodes(run));
  const now = nowLines(run);
  return message(mrkdwn`${runTitle(run, target)}. ${counts}. ${state}`, [
    header(runTitle(run, target)),
    section(joined([counts, state], '\n')),
    section(stageLines(run.works)),
    ...(now.length > 0 ? [section(fitted(now, { separator: '\n', size: SECTION, more: andMore }))] : []),
    ...buttonRow(buttonsFor(run)),
  ]);
}

/** The version that the run is meant to reach, such as `v1.37.2`. */
export function targetOf({ works }: RunState): string {
  const last = works.at(-1);
  return last ? formatVersion(last.target) : '';
}

export function countsOf(run: RunState): Mrkdwn {
  const { done, left } = countNodes(run);
  const vanished = nodesOf(run.works.filter(({ state }) => state.kind === 'vanished'));
  return runCounts(done, done + left, { failed: nodesOf(failedWorks(run)), skipped: skippedNodes(run), vanished });
}

export function skippedNodes({ works }: RunState): number {
  return nodesOf(works.filter(({ state }) => state.kind === 'skipped'));
}

function nodesOf(works: readonly Work[]): number {
  return new Set(works.map(({ node }) => node)).size;
}

/** What went wrong first, then what holds things up, then what is under way. */
function nowLines(run: RunState): Mrkdwn[] {
  const failed = failedWorks(run).flatMap(({ node, state }) =>
    state.kind === 'failed' ? [failedLine(node, state.step, state.reason)] : [],
  );
  const leaving = run.leaving.flatMap(({ work, waitsFor }) =>
    run.works.filter(({ key }) => key === work).map(({ node }) => leavingLine(node, waitsFor)),
  );
  const active = activeWorks(run);
  const waiting = active.flatMap(({ node, state }) => state.blockers.map(blocker => waitsLine(node, blocker)));
  const gates = active.flatMap(({ node, state }) => state.closed.map(({ why }) => gateLine(node, why)));
  const flying = active.map(({ node, state }) => inFlightLine(node, state));
  return [...failed, ...leaving, ...flying, ...waiting, ...gates];
}

function buttonsFor(run: RunState): Button[] {
  const { id, status } = run;
  const plain = (name: 'pause' | 'resume') => button(RUN_ACTIONS[name], id, { label: orderButtons[name] });
  const retry = button(RUN_ACTIONS.retry, id, { label: orderButtons.retry, style: 'primary' });
  const skip = button(RUN_ACTIONS.skip, id, { label: orderButtons.skip, confirm: ask(skipQuestion) });
  const abort = button(RUN_ACTIONS.abort, id, {
    label: orderButtons.abort,
    style: 'danger',
    confirm: ask(abortQuestion),
  });
  switch (status.kind) {
    case 'running':
      return [plain('pause'), abort];
    case 'paused':
      return [plain('resume'), abort];
    case 'halted':
      return [retry, skip, ...outOfService(run), abort];
    case 'aborting':
      return worksToGiveUp(run).length > 0 ? [abort] : [];
    case 'aborted':
    case 'finished':
      return [];
  }
}

/** One work fails at a time. */
function outOfService(run: RunState): Button[] {
  const silent = failedWorks(run).flatMap(({ key, state }) =>
    state.kind === 'failed' && state.silent ? [{ work: key, attempt: state.attempt }] : [],
  );
  const label = orderButtons.outOfService;
  return silent.slice(0, 1).map(at => button(OUT_OF_SERVICE_ACTION, writePlace({ runId: run.id, at }), { label }));
}

function ask({ title, text, yes, no }: { readonly title: string; text: string; yes: string; no: string }) {
  return confirmation(title, text, yes, no);
}
