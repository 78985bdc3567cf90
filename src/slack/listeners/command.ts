import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { BotUseCases } from '../../app/bot-use-cases.ts';
import type { Question } from '../../app/messages.ts';
import type { Store } from '../../app/ports.ts';
import type { Command } from '../../command/command.ts';
import { helpText } from '../../command/help.ts';
import { parseCommand } from '../../command/parse.ts';
import { message, plainMessage, SECTION, type SlackMessage, section } from '../blocks.ts';
import { paged } from '../fit.ts';
import { ordered } from '../text/en/orders.ts';
import { asked, helpLine, newestRun, notUnderstood, refusal } from '../text/en/replies.ts';
import { runTitle } from '../text/en/run.ts';
import { andMore } from '../text/en/words.ts';
import { countsOf, targetOf } from '../views/run-message.ts';
import type { Attention } from './attend.ts';
import { orderOf } from './run.ts';

export interface CommandPorts {
  readonly client: WebClient;
  readonly useCases: BotUseCases;
  readonly store: Pick<Store, 'posts'>;
  readonly attention: Attention;
}

interface Typed {
  readonly channel: string;
  readonly user: string;
  readonly responseUrl: string;
}

export function listenToCommand(app: App, ports: CommandPorts): void {
  app.command('/k8s', async ({ ack, command }) => {
    await ack();
    const { channel_id: channel, user_id: user, response_url: responseUrl, trigger_id: triggerId, text } = command;
    const typed = { channel, user, responseUrl };
    await ports.attention.attend({ what: 'a command', triggerId, ear: typed }, () => answer(text, typed, ports));
  });
}

async function answer(text: string, typed: Typed, ports: CommandPorts): Promise<SlackMessage> {
  const command = parseCommand(unescaped(text));
  return command.kind === 'error' ? plainMessage(notUnderstood(command)) : obey(command, typed, ports);
}

async function obey(command: Command, typed: Typed, ports: CommandPorts): Promise<SlackMessage> {
  switch (command.kind) {
    case 'help':
      return help(command.topic);
    case 'status':
    case 'versions':
      return ask({ kind: command.kind }, command.cluster, typed, ports);
    case 'nodes': {
      const { cluster, pool } = command;
      return ask({ kind: 'nodes', ...(pool === undefined ? {} : { pool }) }, cluster, typed, ports);
    }
    case 'plan':
      return ask({ kind: 'plan', request: command.request }, command.cluster, typed, ports);
    case 'run-status':
      return newest(command.cluster, typed.channel, ports);
    case 'run-command': {
      const { command: word, cluster } = command;
      const { user: by, channel } = typed;
      const result = await ports.useCases.order({ target: { cluster }, order: orderOf(word), by, channel });
      return plainMessage(result.kind === 'refused' ? refusal(result.sentence) : ordered(word));
    }
  }
}

async function ask(
  question: Question,
  cluster: string | undefined,
  replyTo: Typed,
  { useCases }: CommandPorts,
): Promise<SlackMessage> {
  const result = await useCases.ask(question, { cluster, replyTo });
  return plainMessage(result.kind === 'refused' ? refusal(result.sentence) : asked(question.kind, result.cluster));
}

async function newest(
  cluster: string | undefined,
  channel: string,
  { useCases, store, client }: CommandPorts,
): Promise<SlackMessage> {
  const found = await useCases.latestRun(cluster, channel);
  if (found.kind === 'refused') return plainMessage(refusal(found.sentence));
  const { run } = found.record;
  const post = await store.posts.get(run.id);
  const answered = post && (await client.chat.getPermalink({ channel: post.channel, message_ts: post.ts }));
  return plainMessage(newestRun(runTitle(run, targetOf(run)), countsOf(run), answered?.permalink));
}

function help(topic: string | undefined): SlackMessage {
  const [title, ...lines] = helpText(topic).map(helpLine);
  if (!title) return plainMessage(helpLine('/k8s help'));
  const pages = paged([title, ...lines], { separator: '\n', size: SECTION, pages: 4, more: andMore });
  return message(title, pages.map(section));
}

/** What people type arrives with these three escaped. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
