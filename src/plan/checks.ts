import { addons } from './checks/addons.ts';
import { anotherCapstan } from './checks/another-capstan.ts';
import { anotherRun } from './checks/another-run.ts';
import { budgets } from './checks/budgets.ts';
import { budgetsOverlap } from './checks/budgets-overlap.ts';
import { calendarStale } from './checks/calendar-stale.ts';
import { capstanStranded } from './checks/capstan-stranded.ts';
import { certificateFiles } from './checks/certificate-files.ts';
import { certificates } from './checks/certificates.ts';
import { cgroupVersion } from './checks/cgroup-version.ts';
import type { Check, CheckContext } from './checks/check.ts';
import { containerRuntime } from './checks/container-runtime.ts';
import { controlPlaneHealthy } from './checks/control-plane-healthy.ts';
import { controlPlaneUnlabelled } from './checks/control-plane-unlabelled.ts';
import { daemonSetGone } from './checks/daemon-set-gone.ts';
import { deprecatedApis } from './checks/deprecated-apis.ts';
import { diskSpace } from './checks/disk-space.ts';
import { driverFits } from './checks/driver-fits.ts';
import { etcdMembers } from './checks/etcd-members.ts';
import { etcdQuorum } from './checks/etcd-quorum.ts';
import { frozen } from './checks/frozen.ts';
import { gracePeriods } from './checks/grace-periods.ts';
import { identity } from './checks/identity.ts';
import { kernel } from './checks/kernel.ts';
import { kubeProxyBehind } from './checks/kube-proxy-behind.ts';
import { managedControlPlane } from './checks/managed-control-plane.ts';
import { manifestsEdited } from './checks/manifests-edited.ts';
import { nodesClaimed } from './checks/nodes-claimed.ts';
import { nodesCordoned } from './checks/nodes-cordoned.ts';
import { nodesPressed } from './checks/nodes-pressed.ts';
import { nodesReady } from './checks/nodes-ready.ts';
import { outlastsWindow } from './checks/outlasts-window.ts';
import { outsideWindow } from './checks/outside-window.ts';
import { ownPods } from './checks/own-pods.ts';
import { podsTied } from './checks/pods-tied.ts';
import { podsUnmanaged } from './checks/pods-unmanaged.ts';
import { podsWithLocalData } from './checks/pods-with-local-data.ts';
import { policyDiffers } from './checks/policy-differs.ts';
import { replicasTogether } from './checks/replicas-together.ts';
import { room } from './checks/room.ts';
import { singleReplica } from './checks/single-replica.ts';
import { skew } from './checks/skew.ts';
import { staticPods } from './checks/static-pods.ts';
import { support } from './checks/support.ts';
import { blind, unreadable } from './checks/unreadable.ts';
import { versionFloor } from './checks/version-floor.ts';
import { versionsReadable } from './checks/versions-readable.ts';
import { volumes } from './checks/volumes.ts';
import { webhooks } from './checks/webhooks.ts';
import { type Finding, sortFindings } from './finding.ts';

/** What stands in the way of reading the cluster first, then what the policy says, its versions, its nodes, its workloads, its hosts. */
const CHECKS: readonly Check[] = [
  unreadable,
  identity,
  versionsReadable,
  anotherRun,
  anotherCapstan,
  frozen,
  outsideWindow,
  outlastsWindow,
  policyDiffers,
  versionFloor,
  skew,
  kubeProxyBehind,
  support,
  calendarStale,
  managedControlPlane,
  controlPlaneHealthy,
  controlPlaneUnlabelled,
  etcdQuorum,
  certificates,
  deprecatedApis,
  addons,
  driverFits,
  nodesReady,
  nodesPressed,
  nodesCordoned,
  nodesClaimed,
  containerRuntime,
  kernel,
  staticPods,
  budgets,
  budgetsOverlap,
  room,
  podsTied,
  podsUnmanaged,
  podsWithLocalData,
  gracePeriods,
  singleReplica,
  replicasTogether,
  daemonSetGone,
  volumes,
  webhooks,
  ownPods,
  capstanStranded,
  etcdMembers,
  certificateFiles,
  manifestsEdited,
  cgroupVersion,
  diskSpace,
];

/** Runs every check and sums up once: worst first; a check that found nothing to say is `ok`. */
export function runChecks(context: CheckContext): Finding[] {
  const asked = CHECKS.filter(check => check.applies?.(context) ?? true);
  const findings = asked.flatMap(check => summarise(check, look(check, context)));
  return sortFindings(findings.map(finding => waive(finding, context.policy.waivable)));
}

/** Those under which something can be `unknown`: only they can be waived. */
export function waivableCodes(): string[] {
  const always = new Set([unreadable.code, versionsReadable.code]);
  return CHECKS.filter(({ code, needs }) => needs.length > 0 || always.has(code)).map(({ code }) => code);
}

/** Only what could not be looked at: what was seen to be in the way stays in the way. */
function waive(finding: Finding, waivable: readonly string[]): Finding {
  if (finding.severity !== 'unknown' || !waivable.includes(finding.code)) return finding;
  return { ...finding, severity: 'warn', sentence: `${finding.sentence} The policy waives this.` };
}

/** A check whose look failed knows nothing, and says so under its own code, so that it can be waived alone. */
function look(check: Check, context: CheckContext): readonly Finding[] {
  const failed = context.snapshot.unreadable.filter(({ what }) => check.needs.some(need => need === what));
  return failed.length > 0 ? blind(check.code, failed) : check.look(context);
}

function summarise({ code, ok }: Check, findings: readonly Finding[]): readonly Finding[] {
  return findings.length > 0 ? findings : [{ code, severity: 'ok', sentence: ok, remedy: '' }];
}
