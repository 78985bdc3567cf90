/**
 * The words of a typed command in lower case, as plain as they were meant: Slack and phones put dashes, quotes and
 * spaces of their own in the place of the typed ones (`--only` arrives as `—only`), and people paste what was formatted.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    // compatibility forms: every kind of space becomes a plain one, full-width letters become narrow
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(QUOTES, '')
    .toLowerCase();
  const words = plain
    .split(/[\s\p{Cc}]+/u)
    .filter(word => word !== '')
    .map(word => word.replace(LEADING_DASHES, '--'));
  return words[0] === '/k8s' ? words.slice(1) : words;
}

const QUOTES = /["'`“”„‟‘’‚‛«»]/gu;

/** Whatever dashes stand before a letter were meant as two hyphens. U+2212 is the minus sign. */
const LEADING_DASHES = /^[\p{Pd}\u2212]+(?=\p{L})/u;
