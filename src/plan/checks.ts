import { addons } from './checks/addons.ts';
import { anotherCapstan } from './checks/another-capstan.ts';
import { anotherRun } from './checks/another-run.ts';
import { budgets } from './checks/budgets.ts';
import { budgetsOverlap } from './checks/budgets-overlap.ts';
import { calendarStale } from './checks/calendar-stale.ts';
import { certificates } from './checks/certificates.ts';
import type { Check, CheckContext } from './checks/check.ts';
import { controlPlaneHealthy } from './checks/control-plane-healthy.ts';
import { daemonSetGone } from './checks/daemon-set-gone.ts';
import { deprecatedApis } from './checks/deprecated-apis.ts';
import { etcdQuorum } from './checks/etcd-quorum.ts';
import { frozen } from './checks/frozen.ts';
import { hostRequirements } from './checks/host-requirements.ts';
import { managedControlPlane } from './checks/managed-control-plane.ts';
import { nodesCordoned } from './checks/nodes-cordoned.ts';
import { nodesReady } from './checks/nodes-ready.ts';
import { ON_THE_HOST } from './checks/on-the-host.ts';
import { outsideWindow } from './checks/outside-window.ts';
import { ownPods } from './checks/own-pods.ts';
import { podsUnmanaged } from './checks/pods-unmanaged.ts';
import { podsWithLocalData } from './checks/pods-with-local-data.ts';
import { policyDiffers } from './checks/policy-differs.ts';
import { room } from './checks/room.ts';
import { singleReplica } from './checks/single-replica.ts';
import { skew } from './checks/skew.ts';
import { staticPods } from './checks/static-pods.ts';
import { support } from './checks/support.ts';
import { unknown, unreadable } from './checks/unreadable.ts';
import { versionFloor } from './checks/version-floor.ts';
import { versionsReadable } from './checks/versions-readable.ts';
import { volumes } from './checks/volumes.ts';
import { webhooks } from './checks/webhooks.ts';
import { type Finding, sortFindings } from './finding.ts';

/** What stands in the way of reading the cluster first, then what the policy says, its versions, its nodes, its workloads, its hosts. */
const CHECKS: readonly Check[] = [
  unreadable,
  versionsReadable,
  anotherRun,
  anotherCapstan,
  frozen,
  outsideWindow,
  policyDiffers,
  versionFloor,
  skew,
  support,
  calendarStale,
  managedControlPlane,
  controlPlaneHealthy,
  etcdQuorum,
  certificates,
  deprecatedApis,
  addons,
  nodesReady,
  nodesCordoned,
  hostRequirements,
  staticPods,
  budgets,
  budgetsOverlap,
  room,
  podsUnmanaged,
  podsWithLocalData,
  singleReplica,
  daemonSetGone,
  volumes,
  webhooks,
  ownPods,
  ...ON_THE_HOST,
];

/** Runs every check and sums up once: worst first; a check that found nothing to say is `ok`. */
export function runChecks(context: CheckContext): Finding[] {
  const findings = CHECKS.flatMap(check => summarise(check, look(check, context)));
  return sortFindings(findings.map(finding => waive(finding, context.policy.waivable)));
}

/** The codes under which a look that failed is told: these can be waived. */
export function findingCodes(): string[] {
  return CHECKS.map(({ code }) => code);
}

/** Only what could not be looked at: what was seen to be in the way stays in the way. */
function waive(finding: Finding, waivable: readonly string[]): Finding {
  if (finding.severity !== 'unknown' || !waivable.includes(finding.code)) return finding;
  return { ...finding, severity: 'warn', sentence: `${finding.sentence} The policy waives this.` };
}

/** A check whose look failed knows nothing, and says so under its own code, so that it can be waived alone. */
function look(check: Check, context: CheckContext): readonly Finding[] {
  const failed = context.snapshot.unreadable.filter(({ what }) => check.needs?.some(need => need === what));
  return failed.length > 0 ? failed.map(each => unknown(check.code, each)) : check.look(context);
}

function summarise({ code, ok }: Check, findings: readonly Finding[]): readonly Finding[] {
  return findings.length > 0 ? findings : [{ code, severity: 'ok', sentence: ok, remedy: '' }];
}
