/** What ids stand for, as people see them. Unknown ids are shown as they are. */
export interface Names {
  person(id: string): string;
  group(id: string): string;
  channel(id: string): string;
}

/** Slack's mrkdwn as plain text: mentions and links resolved, marks of emphasis taken off, escapes undone. */
export function plainText(mrkdwn: string, names: Names): string {
  return mrkdwn
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map(part => unescaped(part.startsWith('`') ? code(part) : prose(part, names)))
    .join('');
}

function code(part: string): string {
  return part.startsWith('```') ? part.slice(3, -3).replace(/^\n|\n$/g, '') : part;
}

function prose(part: string, names: Names): string {
  return part
    .replace(/<([^<>\n]+)>/g, (_, inner: string) => reference(inner, names))
    .replace(/(^|[\s(])([*_~])([^\s*_~](?:[^*_~\n]*[^\s*_~])?)\2(?=$|[\s.,;:!?)])/gm, '$1$3');
}

function reference(inner: string, names: Names): string {
  const [target = '', label] = inner.split('|', 2);
  if (target.startsWith('@')) return `@${names.person(target.slice(1))}`;
  if (target.startsWith('#')) return `#${label ?? names.channel(target.slice(1))}`;
  if (target.startsWith('!subteam^')) return `@${names.group(target.slice('!subteam^'.length))}`;
  if (target.startsWith('!date^')) return label ?? target;
  if (target.startsWith('!')) return `@${target.slice(1)}`;
  return label === undefined ? target : `${label} (${target})`;
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
