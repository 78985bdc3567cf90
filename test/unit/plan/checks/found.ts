import type { ClusterSnapshot } from '../../../../src/cluster/snapshot.ts';
import type { Finding, Severity } from '../../../../src/plan/finding.ts';
import { planned } from '../cluster-builder.ts';

/** The rest of what `planned` takes. */
type Asked = Parameters<typeof planned> extends [ClusterSnapshot, ...infer Rest] ? Rest : never;

/** What the plan says under this code, without remedies; nothing where the check is content. */
export function found(code: string, snapshot: ClusterSnapshot, ...asked: Asked): [Severity, string][] {
  return findingsOf(snapshot, ...asked)
    .filter(finding => finding.code === code && finding.severity !== 'ok')
    .map(({ severity, sentence }) => [severity, sentence]);
}

/** Codes of everything that is not fine, worst first. */
export function codes(snapshot: ClusterSnapshot, ...asked: Asked): string[] {
  return findingsOf(snapshot, ...asked).flatMap(({ code, severity }) => (severity === 'ok' ? [] : [code]));
}

export function findingsOf(snapshot: ClusterSnapshot, ...asked: Asked): readonly Finding[] {
  return planned(snapshot, ...asked).findings;
}
