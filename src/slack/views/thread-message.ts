import type { NodeRow, PlanNote } from '../../app/messages.ts';
import type { Plan, StageKind } from '../../plan/plan.ts';
import type { RunNote } from '../../run/note.ts';
import type { RunState } from '../../run/run.ts';
import { formatVersion } from '../../version/kubernetes-version.ts';
import { message, plainMessage, type SlackMessage, section } from '../blocks.ts';
import { codeBlock, escaped, joined } from '../mrkdwn.ts';
import {
  backInServiceNote,
  commandedNote,
  commandRefusedNote,
  outOfServiceNote,
  podDeletedNote,
} from '../text/en/orders.ts';
import { planNote } from '../text/en/plan.ts';
import {
  abortedNote,
  baselineLostNote,
  clusterRefusedNote,
  driftedNote,
  failedChoices,
  failedNote,
  finishedNote,
  gatesClosedNote,
  gatesWaivedNote,
  giveBackWaitsNote,
  heldNote,
  leftNodeGoneNote,
  nodeDoneNote,
  nodeGivenBackNote,
  nodeGivenBackUnseenNote,
  nodeSkippedNote,
  nodeStartedNote,
  nodeVanishedNote,
  podsTiedNote,
  recordonedNote,
  releasedNote,
  stageNodesHeading,
  startedNote,
} from '../text/en/thread.ts';
import { blockedMessage } from './blocked-message.ts';
import { nodeTable } from './node-table.ts';
import { skippedNodes, targetOf } from './run-message.ts';

/** What the thread is told. Cluster and target stand in the run. */
export function noteMessage(run: RunState, note: RunNote): SlackMessage {
  switch (note.kind) {
    case 'started':
      return plainMessage(startedNote(run.cluster, targetOf(run), new Set(run.works.map(({ node }) => node)).size));
    case 'drifted':
      return plainMessage(driftedNote(note));
    case 'node-started':
      return plainMessage(nodeStartedNote(note));
    case 'node-done':
      return plainMessage(nodeDoneNote(note));
    case 'node-skipped':
      return plainMessage(nodeSkippedNote(note));
    case 'drain-blocked':
      return blockedMessage(run.id, note);
    case 'gates-closed':
      return plainMessage(gatesClosedNote(note));
    case 'gates-waived':
      return plainMessage(gatesWaivedNote(note));
    case 'node-vanished':
      return plainMessage(nodeVanishedNote(note));
    case 'node-recordoned':
      return plainMessage(recordonedNote(note));
    case 'baseline-lost':
      return plainMessage(baselineLostNote(note));
    case 'pods-tied':
      return plainMessage(podsTiedNote(note));
    case 'pod-deleted':
      return plainMessage(podDeletedNote(note));
    case 'out-of-service':
      return plainMessage(outOfServiceNote(note));
    case 'back-in-service':
      return plainMessage(backInServiceNote(note));
    case 'node-given-back':
      return plainMessage(nodeGivenBackNote(note));
    case 'node-given-back-unseen':
      return plainMessage(nodeGivenBackUnseenNote(note));
    case 'left-node-gone':
      return plainMessage(leftNodeGoneNote(note));
    case 'give-back-waits':
      return plainMessage(giveBackWaitsNote(note));
    case 'failed':
      return failureMessage(note);
    case 'commanded':
      return plainMessage(commandedNote(note));
    case 'command-refused':
      return plainMessage(commandRefusedNote(note));
    case 'held':
      return plainMessage(heldNote(note));
    case 'cluster-refused':
      return plainMessage(clusterRefusedNote(note));
    case 'released':
      return plainMessage(releasedNote());
    case 'aborted':
      return plainMessage(abortedNote(note));
    case 'finished':
      return plainMessage(finishedNote(note, run.cluster, targetOf(run), skippedNodes(run)));
  }
}

/** What is said below a plan. */
export function planNoteMessage(note: PlanNote, plan: Plan): SlackMessage {
  return plainMessage(planNote(note, plan));
}

/** The nodes as they stand after a stage. `hop` counts from 0. */
export function stageNodesMessage(
  run: RunState,
  { hop, stage, rows }: { readonly hop: number; readonly stage: StageKind; readonly rows: readonly NodeRow[] },
  now: number,
): SlackMessage {
  const target = run.works.find(work => work.hop === hop)?.target;
  const heading = stageNodesHeading(stage, target ? formatVersion(target) : targetOf(run));
  return message(heading, [heading, ...nodeTable(rows, now, 4)].map(section));
}

const LOG_LINES = 12;

/** With the last lines of the log, of which the newest matter most. */
function failureMessage(note: Extract<RunNote, { readonly kind: 'failed' }>): SlackMessage {
  const heading = failedNote(note);
  const lines = note.log.slice(-LOG_LINES).map(line => escaped(line.trimEnd(), 200));
  const log = lines.length > 0 ? [codeBlock(lines)] : [];
  return message(heading, [joined([heading, failedChoices(note.silent ?? false)], '\n'), ...log].map(section));
}
