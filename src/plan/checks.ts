import { anotherRun } from './checks/another-run.ts';
import { budgets } from './checks/budgets.ts';
import { budgetsOverlap } from './checks/budgets-overlap.ts';
import type { Check, CheckContext } from './checks/check.ts';
import { controlPlaneHealthy } from './checks/control-plane-healthy.ts';
import { managedControlPlane } from './checks/managed-control-plane.ts';
import { nodesCordoned } from './checks/nodes-cordoned.ts';
import { nodesReady } from './checks/nodes-ready.ts';
import { podsUnmanaged } from './checks/pods-unmanaged.ts';
import { podsWithLocalData } from './checks/pods-with-local-data.ts';
import { room } from './checks/room.ts';
import { singleReplica } from './checks/single-replica.ts';
import { skew } from './checks/skew.ts';
import { support } from './checks/support.ts';
import { unreadable } from './checks/unreadable.ts';
import { versionFloor } from './checks/version-floor.ts';
import { versionsReadable } from './checks/versions-readable.ts';
import { type Finding, sortFindings } from './finding.ts';

/** What stands in the way of reading the cluster first, then its versions, its nodes, its workloads. */
const CHECKS: readonly Check[] = [
  unreadable,
  versionsReadable,
  anotherRun,
  versionFloor,
  skew,
  support,
  managedControlPlane,
  controlPlaneHealthy,
  nodesReady,
  nodesCordoned,
  budgets,
  budgetsOverlap,
  room,
  podsUnmanaged,
  podsWithLocalData,
  singleReplica,
];

/** Runs every check and sums up once: worst first; a check that found nothing to say is `ok`. */
export function runChecks(context: CheckContext): Finding[] {
  return sortFindings(CHECKS.flatMap(check => summarise(check, check.look(context))));
}

function summarise({ code, ok }: Check, findings: readonly Finding[]): readonly Finding[] {
  return findings.length > 0 ? findings : [{ code, severity: 'ok', sentence: ok, remedy: '' }];
}
