import fc from 'fast-check';
import { checkMessageBlocks, checkView } from '../../../src/demo/slack/block-check.ts';
import type { SlackMessage } from '../../../src/slack/blocks.ts';
import { answerMessage } from '../../../src/slack/views/answer-message.ts';
import { outOfServiceModal } from '../../../src/slack/views/out-of-service-modal.ts';
import { planMessage } from '../../../src/slack/views/plan-message.ts';
import { approveModal, detailsModal, rejectModal } from '../../../src/slack/views/plan-modals.ts';
import { runMessage } from '../../../src/slack/views/run-message.ts';
import { noteMessage, stageNodesMessage } from '../../../src/slack/views/thread-message.ts';
import { report, rows, versions } from './arbitrary/answers.ts';
import { record } from './arbitrary/plans.ts';
import { note, run } from './arbitrary/runs.ts';
import { odd, time } from './arbitrary/words.ts';
import { POLICY } from './examples.ts';

/** Slack's own rules, as the simulated Slack holds them; the notification is short, and nobody is called by it. */
function expectAccepted({ text, blocks }: SlackMessage): void {
  checkMessageBlocks(blocks);
  expect(text.length).toBeLessThan(4_000);
  expect(JSON.stringify({ text, blocks })).not.toMatch(/<!(channel|here|everyone)/);
}

const few = { numRuns: 40 };

test('whatever the plan, its message and its modals are what Slack accepts', () => {
  fc.assert(
    fc.property(record, time, (made, now) => {
      expectAccepted(planMessage({ record: made, policy: POLICY, run: undefined, now }));
      for (const view of [approveModal(made, 'C1'), rejectModal(made, 'C1'), detailsModal(made)]) {
        checkView(view);
        // views.open refuses more than 250 kB
        expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(250_000);
      }
    }),
    few,
  );
});

test('whatever the run, its status message is what Slack accepts', () => {
  fc.assert(
    fc.property(run, made => expectAccepted(runMessage(made))),
    few,
  );
});

test('however long the name of a node, the modal that asks for it is what Slack accepts', () => {
  const node = 'n'.repeat(253);
  checkView(outOfServiceModal({ runId: 'r1', at: { work: `h0-2-${node}`, attempt: 1 }, node, channel: 'C1' }));
});

test('whatever is told in the thread is what Slack accepts', () => {
  fc.assert(
    fc.property(run, note, rows, time, (made, told, nodes, now) => {
      expectAccepted(noteMessage(made, told));
      expectAccepted(stageNodesMessage(made, { hop: 0, stage: 'workers', rows: nodes }, now));
    }),
    few,
  );
});

test('whatever versions there are, the message about them is what Slack accepts', () => {
  fc.assert(
    fc.property(odd, versions, (cluster, view) => {
      expectAccepted(answerMessage(cluster, { kind: 'versions', versions: view }, 0));
    }),
    few,
  );
});

test('whatever a worker answers is what Slack accepts', () => {
  fc.assert(
    fc.property(odd, report, rows, odd, time, (cluster, status, nodes, sentence, now) => {
      expectAccepted(answerMessage(cluster, { kind: 'status', status }, now));
      expectAccepted(answerMessage(cluster, { kind: 'nodes', rows: nodes }, now));
      expectAccepted(answerMessage(cluster, { kind: 'refused', sentence, instead: sentence }, now));
      expectAccepted(answerMessage(cluster, { kind: 'unreachable', detail: sentence }, now));
    }),
    few,
  );
});
