import { distance } from 'fastest-levenshtein';

/** The known word that was probably meant: the one that this begins, or else the nearest that is at most a slip or two away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  const begun = known.filter(candidate => typed.length > 1 && candidate.toLowerCase().startsWith(typed));
  if (begun.length === 1) return begun[0];
  const [best] = known
    .map(candidate => ({ candidate, slips: distance(typed, candidate.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= allowance(best.candidate) ? best.candidate : undefined;
}

/** Two letters that changed places count as two slips. */
function allowance({ length }: string): number {
  return length < 4 ? 1 : length < 8 ? 2 : 3;
}

/** A word as an error names it: whatever was typed, but not all of it. */
export function quoted(word: string): string {
  return `"${word.length > LONGEST ? `${word.slice(0, LONGEST)}…` : word}"`;
}

const LONGEST = 40;
