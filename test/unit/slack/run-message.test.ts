import { newRun } from '../../../src/run/new-run.ts';
import type { RunState, RunStatus, WorkState } from '../../../src/run/run.ts';
import { runMessage } from '../../../src/slack/views/run-message.ts';
import { noteMessage } from '../../../src/slack/views/thread-message.ts';
import { activeState, exampleBlocker } from '../run/example.ts';
import { buttonsIn, PLAN, textIn } from './examples.ts';

const fresh = newRun(PLAN, { id: 'r1', now: 0 });

/** The run with its first works in these states. */
function run(status: RunStatus, states: readonly WorkState[] = []): RunState {
  return {
    ...fresh,
    status,
    works: fresh.works.map((work, place) => ({ ...work, state: states[place] ?? work.state })),
  };
}

const everywhere = (state: WorkState) => fresh.works.map(() => state);
const DONE: WorkState = { kind: 'done', attempt: 1, startedAt: 0, finishedAt: 1 };

const STATUSES: readonly (readonly [RunStatus, readonly string[], string])[] = [
  [{ kind: 'running' }, ['run_pause', 'run_abort'], 'Upgrade of prod to v1.37.0: running'],
  [{ kind: 'paused', by: 'UBOB', at: 1_000 }, ['run_resume', 'run_abort'], '*Paused* by <@UBOB>'],
  [{ kind: 'halted', work: 'w', at: 1_000, paused: undefined }, ['run_retry', 'run_skip', 'run_abort'], '*Halted*'],
  [{ kind: 'aborting', by: 'UBOB', at: 1_000 }, [], '*Aborting* for <@UBOB>'],
  [{ kind: 'aborted', by: 'UBOB', at: 1_000 }, [], '*Aborted* by <@UBOB>'],
  [{ kind: 'finished', at: 1_000 }, [], '*Upgrade finished*'],
];

test.each(STATUSES)('a run that is $kind offers what can be done about it', (status, buttons, words) => {
  const { blocks, text } = runMessage(run(status));
  expect(buttonsIn(blocks)).toEqual(buttons);
  expect(textIn(blocks)).toContain(words);
  expect(text).toContain('Upgrade of prod to v1.37.0');
});

test('only where a node fell silent it may be taken out of service, by a button that carries run, work and attempt', () => {
  const failed: WorkState = { kind: 'failed', attempt: 2, startedAt: 0, at: 1, step: 'drain', reason: 'no', log: [] };
  const halted: RunStatus = { kind: 'halted', work: 'h0-0-cp0', at: 1, paused: undefined };
  expect(buttonsIn(runMessage(run(halted, [failed])).blocks)).not.toContain('run_out_of_service');
  const silent: WorkState = { ...failed, silent: true };
  expect(buttonsIn(runMessage(run({ kind: 'aborting', by: 'UBOB', at: 1 }, [silent])).blocks)).toEqual([]);
  const { blocks } = runMessage(run(halted, [silent]));
  expect(buttonsIn(blocks)).toEqual(['run_retry', 'run_skip', 'run_out_of_service', 'run_abort']);
  expect(JSON.stringify(blocks)).toContain('"value":"r1 h0-0-cp0 2"');
});

test('abort and skip ask again, and buttons carry the id of the run', () => {
  const { blocks } = runMessage(run({ kind: 'halted', work: 'w', at: 0, paused: undefined }));
  const elements = blocks.flatMap(block => (block.type === 'actions' ? block.elements : []));
  expect(elements.map(element => 'confirm' in element)).toEqual([false, true, true]);
  expect(elements.every(element => 'value' in element && element.value === 'r1')).toBe(true);
});

test('shows what is under way since when, what holds it up, and how far each stage is', () => {
  const blockers = [exampleBlocker({ since: 30_000 })];
  const active = activeState({ attempt: 2, step: 'drain', stepSince: 90_000, blockers });
  const said = textIn(runMessage(run({ kind: 'running' }, [DONE, DONE, DONE, active])).blocks);
  expect(said).toContain('*0 of 5 nodes done*');
  expect(said).toMatch(/v1\.36\.0 control plane +█{20} {2}3 of 3/);
  expect(said).toMatch(/v1\.36\.0 its kubelets +░{20} {2}0 of 3/);
  expect(said).toMatch(/v1\.37\.0 workers +░{20} {2}0 of 2/);
  expect(said).toContain('`cp0` draining since <!date^90^{time_secs} ({ago})|00:01:30 UTC>, attempt 2');
  expect(said).toContain(
    'The drain of `cp0` waits for pod `shop/web-1` of Deployment/web, since <!date^30^{time_secs} ({ago})|00:00:30 UTC>: ' +
      'budget `shop/web` (minAvailable: 2), which needs 2 healthy pods, has 2 of 2, and allows no disruption',
  );
});

test('a failure stands above everything else', () => {
  const failed: WorkState = {
    kind: 'failed',
    attempt: 1,
    startedAt: 0,
    at: 1,
    step: 'upgrade',
    reason: 'apt-get <broken>',
    log: [],
  };
  const said = textIn(runMessage(run({ kind: 'halted', work: 'w', at: 0, paused: undefined }, [failed])).blocks);
  expect(said).toContain('`cp0` *failed* while upgrading: apt-get &lt;broken&gt;');
  expect(said).toContain('1 failed');
});

test('the last words of the status message and of the thread are "finished" and the version reached', () => {
  const finished = run({ kind: 'finished', at: 1_200_000 }, everywhere(DONE));
  const status = textIn(runMessage(finished).blocks);
  expect(status).toContain('*5 of 5 nodes done*');
  expect(status).toMatch(/finished.*after 20 min: prod runs v1\.37\.0\./);
  const { text } = noteMessage(finished, { kind: 'finished', nodes: 5, ms: 1_200_000 });
  expect(text).toBe('*Upgrade finished*: prod runs v1.37.0. 5 nodes in 20 min.');
});

test('a finished run does not hide the nodes that were skipped', () => {
  const states = everywhere(DONE).with(-1, { kind: 'skipped', by: 'UBOB', at: 1 });
  const said = textIn(runMessage(run({ kind: 'finished', at: 1 }, states)).blocks);
  expect(said).toContain('prod runs v1.37.0, except for 1 node that was skipped.');
});
