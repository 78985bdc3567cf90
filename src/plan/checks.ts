import type { Check, CheckContext } from './checks/check.ts';
import { type Finding, sortFindings } from './finding.ts';

const CHECKS: readonly Check[] = [];

/** Runs every check and sums up once: worst first; a check that found nothing to say is `ok`. */
export function runChecks(context: CheckContext): Finding[] {
  return sortFindings(CHECKS.flatMap(check => summarise(check, check.look(context))));
}

function summarise({ code, ok }: Check, findings: readonly Finding[]): readonly Finding[] {
  return findings.length > 0 ? findings : [{ code, severity: 'ok', sentence: ok, remedy: '' }];
}
