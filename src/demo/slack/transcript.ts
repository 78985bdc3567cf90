import { blockLines } from './block-text.ts';
import { type Names, plainText } from './mrkdwn.ts';
import { APP } from './people.ts';
import type { OpenView, Views } from './views.ts';
import type { Entry, Message, Workspace } from './workspace.ts';

/** What ids stand for in this workspace. */
function namesOf(workspace: Workspace): Names {
  return {
    person: id => workspace.people.find(person => person.id === id)?.name ?? id,
    group: id => workspace.groups.find(group => group.id === id)?.handle ?? id,
    channel: id => workspace.channels.find(channel => channel.id === id)?.name ?? id,
  };
}

/**
 * A channel as it would look: messages with their threads beneath them, what only one person sees marked as such, and
 * the modals that are open. Times are UTC.
 */
export function transcript(workspace: Workspace, views: Views, channel: string): string {
  const names = namesOf(workspace);
  const entries = workspace.entries.filter(entry => entry.channel === channel);
  const roots = entries.filter(entry => entry.threadTs === undefined || !hasParent(entries, entry.threadTs));
  const title = `#${names.channel(channel)}`;
  return [
    title,
    '-'.repeat(title.length),
    ...roots.flatMap(root => [
      ...entryLines(root, names),
      ...entries
        .filter(reply => reply.threadTs === root.ts && reply !== root)
        .flatMap(reply => entryLines(reply, names).map(line => `    | ${line}`.trimEnd())),
    ]),
    ...workspace.people.flatMap(person => modalLines(views.top(person.id), names)),
    '',
  ].join('\n');
}

const hasParent = (entries: readonly Entry[], ts: string): boolean => entries.some(entry => entry.ts === ts);

function entryLines(entry: Entry, names: Names): string[] {
  const time = new Date(Number(entry.ts) * 1000).toISOString().slice(11, 19);
  if (entry.kind === 'deed') return [`${time}  * ${names.person(entry.user)} ${entry.text}`];
  const marks = [
    ...(entry.onlyFor === undefined ? [] : [`only ${names.person(entry.onlyFor)} sees this`]),
    ...(entry.editedTs === undefined ? [] : ['edited']),
  ];
  const author = entry.author === APP.botUserId ? 'Capstan' : names.person(entry.author);
  const head = `${time}  ${author}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
  return [head, ...messageLines(entry, names).map(line => `  ${line}`.trimEnd())];
}

function messageLines(message: Message, names: Names): string[] {
  return message.blocks.length > 0 ? blockLines(message.blocks, names) : plainText(message.text, names).split('\n');
}

function modalLines(view: OpenView | undefined, names: Names): string[] {
  if (view === undefined || view.content.type !== 'modal') return [];
  const { title, submit, close, blocks } = view.content;
  return [
    '',
    `+-- ${names.person(view.user)} has this open: ${title.text}`,
    ...blockLines(blocks, names).map(line => `| ${line}`.trimEnd()),
    `+-- [${close?.text ?? 'Cancel'}]${submit === undefined ? '' : ` [${submit.text}]`}`,
  ];
}
