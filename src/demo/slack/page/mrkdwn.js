import { el } from './dom.js';

const MARKS = { '*': 'strong', _: 'em', '~': 's' };
const PATTERN =
  /```([\s\S]*?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<=^|[\s(])([*_~])([^\s*_~](?:[^*_~\n]*[^\s*_~])?)\4(?=$|[\s.,;:!?)])|:([a-z0-9_+-]+):/gm;

const EMOJI = {
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  warning: '⚠️',
  rotating_light: '🚨',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  arrow_up: '⬆️',
  no_entry: '⛔',
  double_vertical_bar: '⏸️',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  red_circle: '🔴',
  white_circle: '⚪',
  information_source: 'ℹ️',
  tada: '🎉',
  lock: '🔒',
  eyes: '👀',
};

const unescaped = text => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Slack's mrkdwn as nodes. `names` resolves ids. */
export function mrkdwn(text, names) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    nodes.push(...quoted(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [whole, fence, code, reference, mark, marked, emoji] = match;
    if (fence !== undefined) nodes.push(el('pre', {}, unescaped(fence.replace(/^\n|\n$/g, ''))));
    else if (code !== undefined) nodes.push(el('code', {}, unescaped(code)));
    else if (reference !== undefined) nodes.push(referred(reference, names));
    else if (mark !== undefined) nodes.push(el(MARKS[mark], {}, ...mrkdwn(marked, names)));
    else nodes.push(EMOJI[emoji] ?? whole);
  }
  nodes.push(...quoted(text.slice(end)));
  return nodes;
}

/** A plain_text object: emoji names are all that is special in it. */
export const plain = text => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

function quoted(text) {
  if (!/^&gt;/m.test(text)) return text === '' ? [] : [unescaped(text)];
  return text
    .split(/^(?=&gt;)/m)
    .map(part =>
      part.startsWith('&gt;')
        ? el('blockquote', {}, unescaped(part.replace(/^&gt; ?/, '').trimEnd()))
        : unescaped(part),
    );
}

function referred(reference, names) {
  const [target, label] = reference.split('|', 2);
  const mention = text => el('span', { class: 'mention' }, text);
  if (target.startsWith('@')) return mention(`@${names.person(target.slice(1))}`);
  if (target.startsWith('#')) return mention(`#${label ?? names.channel(target.slice(1))}`);
  if (target.startsWith('!subteam^')) return mention(`@${names.group(target.slice(9))}`);
  if (target.startsWith('!date^')) return label ?? target;
  if (target.startsWith('!')) return mention(`@${target.slice(1)}`);
  const safe = /^(https?|mailto):/.test(target);
  return safe ? el('a', { href: target, target: '_blank', rel: 'noreferrer' }, label ?? target) : (label ?? target);
}
