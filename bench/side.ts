/** One thing that is measured. New ones are added to `SIDES` in main.ts. */
export interface Side {
  readonly name: string;
  /** Why it cannot be measured here and now; undefined where it can. */
  missing(): string | undefined;
  measure(): Promise<Report>;
}

export interface Report {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly verdicts: readonly Verdict[];
  /** The figures themselves, for the JSON. */
  readonly figures: unknown;
}

/** A target of the design, and whether it was met. */
export interface Verdict {
  readonly target: string;
  readonly seen: string;
  readonly met: boolean;
}

/** Columns as wide as what is in them; figures stand right. */
export function tableOf({ columns, rows }: Report): string {
  const cells = [columns, ...rows].map(row => row.map(String));
  const widths = columns.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const isFigure = (column: number) => rows.every(row => typeof row[column] === 'number');
  const pad = (text: string, column: number) =>
    isFigure(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return cells.map(row => `  ${row.map(pad).join('   ')}`.trimEnd()).join('\n');
}

export function verdictLines(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ target, seen, met }) => `  ${met ? 'met   ' : 'MISSED'} ${target}: ${seen}`).join('\n');
}

export function round(value: number, digits = 0): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
