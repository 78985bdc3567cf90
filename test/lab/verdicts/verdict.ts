import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** One thing that must be so. */
export interface Verdict {
  readonly holds: boolean;
  readonly sentence: string;
}

/** How the script inside the network tells the one outside what it found. */
export const VERDICTS_FILE = 'verdicts.json';

const VERDICTS = z.array(z.object({ holds: z.boolean(), sentence: z.string() }));

export function readVerdicts(folder: string): readonly Verdict[] {
  const file = join(folder, VERDICTS_FILE);
  if (existsSync(file)) return VERDICTS.parse(JSON.parse(readFileSync(file, 'utf8')));
  return [{ holds: false, sentence: 'the upgrade was carried through to its verdicts' }];
}

export function firstLineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}

/** That nothing was found. `looked`: whether there was anything to see at all. */
export function none(found: readonly string[], good: string, looked = true): Verdict {
  if (!looked) return { holds: false, sentence: `${good}: nobody could tell` };
  if (found.length === 0) return { holds: true, sentence: good };
  const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
  return { holds: false, sentence: `${good}: no, ${found.slice(0, 5).join('; ')}${more}` };
}
