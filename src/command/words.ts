import { SELECTOR_FLAG, selectorLength } from './selector-words.ts';

/**
 * The words of a typed command in lower case, but for a label selector, whose labels have a case of their own; as plain as they were meant: Slack and phones put dashes, quotes and
 * spaces of their own in the place of the typed ones (`--only` arrives as `—only`), and people paste what was formatted.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    // compatibility forms: every kind of space becomes a plain one, full-width letters become narrow
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(QUOTES, '');
  const typed = plain
    .split(/[\s\p{Cc}]+/u)
    .filter(word => word !== '')
    .map(word => word.replace(LEADING_DASHES, '--'));
  const words = inLowerCase(typed);
  return words[0] === '/k8s' ? words.slice(1) : words;
}

function inLowerCase(typed: readonly string[]): string[] {
  const words = typed.map(word => word.toLowerCase());
  const place = words.findIndex(word => word === SELECTOR_FLAG || word.startsWith(`${SELECTOR_FLAG}=`));
  if (place < 0) return words;
  const attached = (typed[place] ?? '').slice(SELECTOR_FLAG.length + 1);
  const value = attached === '' ? typed.slice(place + 1) : [attached, ...typed.slice(place + 1)];
  const kept = value.slice(0, selectorLength(value));
  if (attached === '') return words.toSpliced(place + 1, kept.length, ...kept);
  return words.toSpliced(place, kept.length, `${SELECTOR_FLAG}=${kept[0]}`, ...kept.slice(1));
}

const QUOTES = /["'`“”„‟‘’‚‛«»]/gu;

/** Whatever dashes stand before a letter were meant as two hyphens. U+2212 is the minus sign. */
const LEADING_DASHES = /^[\p{Pd}\u2212]+(?=\p{L})/u;
