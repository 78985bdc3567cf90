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
