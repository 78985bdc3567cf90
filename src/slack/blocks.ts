import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  InputBlock,
  KnownBlock,
  ModalView,
  MrkdwnElement,
  PlainTextElement,
  SectionBlock,
} from '@slack/types';
import type { Mrkdwn } from './mrkdwn.ts';

/** `text` is what notifications and screen readers get. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Slack's limits, a little below where text is built from parts (docs.slack.dev/reference/block-kit). */
export const SECTION = 2_900;

export function message(text: Mrkdwn, blocks: KnownBlock[]): SlackMessage {
  return { text: text.text, blocks };
}

/** A message of one sentence. */
export function plainMessage(text: Mrkdwn): SlackMessage {
  return message(text, [section(text)]);
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(text, 150) };
}

export function section(text: Mrkdwn): SectionBlock {
  return { type: 'section', text: marked(text) };
}

/** At most ten, each shown below its label, in two columns. */
export function fields(entries: readonly (readonly [label: string, text: Mrkdwn])[]): SectionBlock {
  return {
    type: 'section',
    fields: entries.map(([label, { text }]) => ({ type: 'mrkdwn', text: `*${label}*\n${text}`, verbatim: true })),
  };
}

export function context(text: Mrkdwn): ContextBlock {
  return { type: 'context', elements: [marked(text)] };
}

/** Empty where there is nothing to click: Slack refuses an empty row. */
export function buttonRow(buttons: readonly Button[]): ActionsBlock[] {
  return buttons.length > 0 ? [{ type: 'actions', elements: [...buttons] }] : [];
}

interface ButtonLook {
  readonly label: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: ConfirmationDialog;
}

/** `value` is an id and nothing else: what a click means is looked up, never read from the message. */
export function button(actionId: string, value: string, { label, style, confirm }: ButtonLook): Button {
  return {
    type: 'button',
    action_id: actionId,
    value,
    text: plain(label, 75),
    ...(style ? { style } : {}),
    ...(confirm ? { confirm } : {}),
  };
}

export function confirmation(title: string, text: string, yes: string, no: string): ConfirmationDialog {
  return {
    title: plain(title, 100),
    text: plain(text, 300),
    confirm: plain(yes, 30),
    deny: plain(no, 30),
    style: 'danger',
  };
}

/** A text field of several lines that has to be filled in. */
export function longInput(blockId: string, actionId: string, label: string, longest: number): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label, 150),
    element: { type: 'plain_text_input', action_id: actionId, multiline: true, max_length: longest },
  };
}

/** One of these, which has to be chosen; `value` is an id. Slack takes 100. */
export function choice(
  blockId: string,
  actionId: string,
  label: string,
  options: readonly { readonly text: string; readonly value: string }[],
): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label, 150),
    element: {
      type: 'static_select',
      action_id: actionId,
      options: options.slice(0, 100).map(({ text, value }) => ({ text: plain(text, 75), value })),
    },
  };
}

/** A text field of one line that has to be filled in. */
export function shortInput(blockId: string, actionId: string, label: string, longest: number): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label, 150),
    element: { type: 'plain_text_input', action_id: actionId, max_length: longest },
  };
}

interface ModalLook {
  readonly title: string;
  readonly close: string;
  /** What is sent when the modal is submitted; without it, it can only be closed. */
  readonly submit?: { readonly label: string; readonly callbackId: string; readonly metadata: string };
}

export function modal({ title, close, submit }: ModalLook, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    title: plain(title, 24),
    close: plain(close, 24),
    ...(submit
      ? { submit: plain(submit.label, 24), callback_id: submit.callbackId, private_metadata: submit.metadata }
      : {}),
    blocks,
  };
}

/** `verbatim`: Slack looks for no links, channels or names in it by itself. */
function marked({ text }: Mrkdwn): MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** No markup is looked for in plain text; brackets go nevertheless, so that this need not be believed. */
function plain(text: string, longest: number): PlainTextElement {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('<', '‹')
    .replaceAll('>', '›');
  const cut = line.length > longest ? `${line.slice(0, longest - 1).toWellFormed()}…` : line;
  return { type: 'plain_text', text: cut, emoji: false };
}
