import { isForcible } from '../../run/blocker.ts';
import type { RunNote } from '../../run/note.ts';
import { button, buttonRow, confirmation, message, SECTION, type SlackMessage, section } from '../blocks.ts';
import { fitted } from '../fit.ts';
import { blockerLines, drainBlockedNote } from '../text/en/blocked.ts';
import { abortQuestion, orderButtons, skipDrainQuestion } from '../text/en/orders.ts';
import { andMore } from '../text/en/words.ts';
import { writePlace } from './place.ts';

/** The action ids of its buttons; their value says which attempt at which work of which run. */
export const BLOCKED_ACTIONS = {
  wait: 'blocked_wait',
  force: 'blocked_force',
  skip: 'blocked_skip',
  abort: 'blocked_abort',
} as const;

/** A drain that does not get on, and what can be done about it. */
export function blockedMessage(
  runId: string,
  note: Extract<RunNote, { readonly kind: 'drain-blocked' }>,
): SlackMessage {
  const heading = drainBlockedNote(note);
  const pods = fitted(blockerLines(note.blockers), { separator: '\n', size: SECTION, more: andMore });
  const value = writePlace({ runId, at: note });
  return message(heading, [
    ...[heading, pods].filter(({ text }) => text !== '').map(section),
    ...buttonRow([
      button(BLOCKED_ACTIONS.wait, value, { label: orderButtons.wait, style: 'primary' }),
      ...(note.blockers.some(isForcible) ? [button(BLOCKED_ACTIONS.force, value, { label: orderButtons.force })] : []),
      button(BLOCKED_ACTIONS.skip, value, { label: orderButtons.skipNode, confirm: ask(skipDrainQuestion) }),
      button(BLOCKED_ACTIONS.abort, value, {
        label: orderButtons.abort,
        style: 'danger',
        confirm: ask(abortQuestion),
      }),
    ]),
  ]);
}

function ask({ title, text, yes, no }: { readonly title: string; text: string; yes: string; no: string }) {
  return confirmation(title, text, yes, no);
}
