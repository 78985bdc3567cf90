import { SECTION } from '../blocks.ts';
import { paged } from '../fit.ts';
import { codeBlock, escaped, type Mrkdwn } from '../mrkdwn.ts';
import { andMore } from '../text/en/words.ts';

const FENCES = 8;

/** Rows of cells in code blocks, in columns, each of which fits into a section. The first row is the headings. */
export function tablePages(rows: readonly (readonly string[])[], pages: number): Mrkdwn[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const parts = lines.map(line => escaped(line));
  return paged(parts, { separator: '\n', size: SECTION - FENCES, pages, more: andMore }).map(page => codeBlock([page]));
}
