export const SELECTOR_FLAG = '--pod-selector';

/**
 * How many of these words belong to the label selector that they begin with: it may be typed with spaces, as in
 * `tier in (web, db), !legacy`.
 */
export function selectorLength(words: readonly string[]): number {
  let length = Math.min(1, words.length);
  while (length < words.length && goesOn(words.slice(0, length).join(' '), words[length] ?? '')) length += 1;
  return length;
}

function goesOn(text: string, next: string): boolean {
  if (next.startsWith('--')) return false;
  const open = text.split('(').length > text.split(')').length;
  return open || text.endsWith(',') || next.startsWith(',') || SET.test(next) || / (in|notin)$/i.test(text);
}

/** `in` and `notin`, alone or with the brackets right behind them. */
const SET = /^(in|notin)(\(.*)?$/i;
