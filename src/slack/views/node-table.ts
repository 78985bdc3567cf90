import type { NodeRow } from '../../app/messages.ts';
import { SECTION } from '../blocks.ts';
import { paged } from '../fit.ts';
import { codeBlock, escaped, type Mrkdwn } from '../mrkdwn.ts';
import { andMore } from '../text/en/words.ts';

const HEADINGS = ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'] as const;
const FENCES = 8;

/** The table of `kubectl get nodes` in code blocks, each of which fits into a section. */
export function nodeTable(rows: readonly NodeRow[], now: number, pages: number): Mrkdwn[] {
  const table = [HEADINGS, ...rows.map(row => cells(row, now))];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map(line => line[column]?.length ?? 0)));
  const lines = table.map(line => escaped(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')));
  return paged(lines, { separator: '\n', size: SECTION - FENCES, pages, more: andMore }).map(page => codeBlock([page]));
}

function cells({ name, status, roles, createdAt, version }: NodeRow, now: number): readonly string[] {
  return [name, status, roles, age(now - createdAt), version];
}

/** As kubectl shows it: the two largest units only where the first is small (apimachinery `HumanDuration`). */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

function withRest(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
}
