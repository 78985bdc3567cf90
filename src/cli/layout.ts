/** Columns. Words that are longer than a line, such as a digest, are not cut. */
const WIDTH = 96;

/** Breaks between words, which may not bring line breaks of their own; `first` stands in front of the first line, `indent` in front of the others. */
export function wrap(text: string, indent: string, first = indent): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Some of the text comes from the cluster; no control character of it may reach a terminal. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '?');
}

/** Cells in columns, each as wide as its widest cell; the last one is not filled up. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
