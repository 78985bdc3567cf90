/** `block` and `unknown` stop approval; `warn` is shown; `deferred` is answered on the host before it is touched. */
export type Severity = 'block' | 'unknown' | 'warn' | 'deferred' | 'ok';

/** What one check found. The code is fixed and documented; the sentence names the objects. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly sentence: string;
  /** What to do about it; empty for `ok`. */
  readonly remedy: string;
}

const ORDER: readonly Severity[] = ['block', 'unknown', 'warn', 'deferred', 'ok'];

/** Worst first, then by code and sentence, so that equal clusters give equal lists. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      compareText(a.code, b.code) ||
      compareText(a.sentence, b.sentence),
  );
}

/** Findings that say the same in the same words, such as of many checks that all want for one look: told once. */
export interface Told extends Omit<Finding, 'code'> {
  readonly codes: readonly string[];
}

/** For people, in the order in which they come. */
export function gathered(findings: readonly Finding[]): Told[] {
  const alike = Map.groupBy(findings, ({ severity, sentence, remedy }) => JSON.stringify([severity, sentence, remedy]));
  return [...alike.values()].flatMap(same => {
    const codes = same.map(({ code }) => code);
    return same.slice(0, 1).map(({ code: _, ...told }) => ({ ...told, codes }));
  });
}

export function stopsApproval(finding: Finding): boolean {
  return finding.severity === 'block' || finding.severity === 'unknown';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
