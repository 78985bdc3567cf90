import { isThrough } from '../../run/progress.ts';
import type { Work } from '../../run/run.ts';
import { fitted } from '../fit.ts';
import { codeBlock, type Mrkdwn } from '../mrkdwn.ts';
import { passName, progressLine } from '../text/en/run.ts';
import { andMore } from '../text/en/words.ts';

const BAR = 20;
const SIZE = 2_000;

/** One bar for each pass of each stage, in the order in which they are done. */
export function stageLines(works: readonly Work[]): Mrkdwn {
  const groups = [...Map.groupBy(works, ({ group }) => group).values()];
  const rows = groups.flatMap(group => (group[0] ? [{ name: passName(group[0]), group }] : []));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, group }) => {
    const through = group.filter(({ state }) => isThrough(state)).length;
    return progressLine(name.padEnd(width), bar(through, group.length), through, group.length);
  });
  return codeBlock([fitted(lines, { separator: '\n', size: SIZE, more: andMore })]);
}

/** Full only where all of it is through. */
function bar(through: number, all: number): string {
  const filled = Math.floor((through / Math.max(1, all)) * BAR);
  return '█'.repeat(filled).padEnd(BAR, '░');
}
