const MADE_HERE = Symbol('mrkdwn');

/**
 * Text in Slack's own markup. Nothing but this file can make it, and whatever is put into it from outside is escaped
 * here: no name, log line or reason of anybody's can mention a channel or forge a link.
 */
export interface Mrkdwn {
  readonly text: string;
  readonly [MADE_HERE]: true;
}

/** What stands between two pieces of fixed wording. Plain text is escaped, put on one line, and cut at 300 characters. */
type Value = string | number | Mrkdwn;

const LONGEST = 300;

/** A tag for template literals: the fixed wording is markup, the values are not. */
export function mrkdwn(fixed: TemplateStringsArray, ...values: readonly Value[]): Mrkdwn {
  return made(fixed.reduce((text, piece, place) => `${text}${rendered(values[place - 1] ?? '')}${piece}`));
}

export function joined(parts: readonly Mrkdwn[], separator: string): Mrkdwn {
  return made(parts.map(({ text }) => text).join(separator));
}

/** Plain text of at most `longest` characters once it is escaped. */
export function escaped(text: string, longest = LONGEST): Mrkdwn {
  return made(escapedText(text, longest));
}

/**
 * Sentences that Capstan itself made. People stand in them as `<@U…>`, which stays what it is; all else is escaped as
 * ever, since such a sentence may quote what somebody typed.
 */
export function sentence(text: string): Mrkdwn {
  return made(escapedText(text, 1_000).replace(/&lt;(@[UW]|#[CG])([A-Z0-9]{2,20})&gt;/g, '<$1$2>'));
}

export function code(text: string): Mrkdwn {
  return made(`\`${escapedText(text.replaceAll('`', "'"), LONGEST)}\``);
}

/** A name that Slack shows in the reader's own way; whoever is no Slack user, such as `cli`, is shown as they are. */
export function person(id: string): Mrkdwn {
  return /^[UW][A-Z0-9]{2,20}$/.test(id) ? made(`<@${id}>`) : escaped(id);
}

export function channelName(id: string): Mrkdwn {
  return /^[CG][A-Z0-9]{2,20}$/.test(id) ? made(`<#${id}>`) : escaped(id);
}

/** A point in time in the reader's time zone. Milliseconds. */
export function at(ms: number): Mrkdwn {
  return date(ms, '{date_short_pretty}, {time}', `${utc(ms).slice(0, 16)} UTC`);
}

/** A point in time that is minutes away at most, with how long ago it is by the reader's clock. */
export function since(ms: number): Mrkdwn {
  return date(ms, '{time_secs} ({ago})', `${utc(ms).slice(11)} UTC`);
}

/** The address comes from Slack itself. */
export function link(url: string, label: string): Mrkdwn {
  return /^https?:\/\/[^\s<>|]+$/.test(url) ? made(`<${url}|${escapedText(label, LONGEST)}>`) : escaped(label);
}

/** Lines of fixed width. What would end the block too early is taken apart. */
export function codeBlock(lines: readonly Mrkdwn[]): Mrkdwn {
  return made(`\`\`\`\n${lines.map(({ text }) => text).join('\n')}\n\`\`\``);
}

function rendered(value: Value): string {
  if (typeof value === 'object') return value.text;
  return typeof value === 'number' ? String(value) : escapedText(value, LONGEST);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Cut where a whole character ends, so that no escape is torn apart. */
function escapedText(raw: string, longest: number): string {
  const plain = raw.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll('```', "'''");
  const pieces = Array.from(plain, character => ESCAPES[character] ?? character);
  const whole = pieces.join('');
  if (whole.length <= longest) return whole;
  let text = '';
  for (const piece of pieces) {
    if (text.length + piece.length >= longest) break;
    text += piece;
  }
  return `${text}…`;
}

function date(ms: number, tokens: string, fallback: string): Mrkdwn {
  return made(`<!date^${Math.floor(ms / 1_000)}^${tokens}|${fallback}>`);
}

function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function made(text: string): Mrkdwn {
  return { text, [MADE_HERE]: true };
}
