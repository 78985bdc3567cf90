import { capstan } from '../support/capstan.ts';

export interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly sentence: string;
  readonly remedy: string;
}

/** What `capstan plan 1.37` finds with what this kubeconfig may see. */
export async function findingsWith(kubeconfig: string, ...flags: readonly string[]): Promise<readonly Finding[]> {
  const ended = await capstan(['plan', '1.37', ...flags, '-o', 'json', '--kubeconfig', kubeconfig]);
  if (ended.stdout === '') throw new Error(ended.stderr);
  return (JSON.parse(ended.stdout) as { plan: { findings: Finding[] } }).plan.findings;
}

/** `block: …` */
export function toldIn(findings: readonly Finding[], code: string): string[] {
  return findings.filter(each => each.code === code).map(({ severity, sentence }) => `${severity}: ${sentence}`);
}
