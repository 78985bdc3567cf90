import type { ClusterSnapshot, NodeView } from '../cluster/snapshot.ts';
import { type Calendar, isoDay } from '../version/calendar.ts';
import { distributionOf } from '../version/distribution.ts';
import { compareVersions, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { allowedMinors, findSkew, type RunningComponent } from '../version/skew.ts';
import { type SupportView, supportView } from '../version/support-view.ts';
import { type ComponentRow, componentTable, writtenRange } from './component-table.ts';
import { runningComponents } from './standing.ts';

/** How a cluster stands, without a plan. */
export interface ClusterStatus {
  /** `K3s`, `EKS`, …; empty where nothing tells. */
  readonly distributions: readonly string[];
  readonly components: readonly ComponentRow[];
  /** Sentences; empty when every component is within the version-skew policy. */
  readonly skew: readonly string[];
  /** Which minors of kubectl go with this cluster: `1.35 to 1.37`. */
  readonly kubectl: string | undefined;
  /** About the oldest kube-apiserver, or the oldest kubelet where none is in sight; undefined where no version is known. */
  readonly support: SupportView | undefined;
  readonly nodes: { readonly total: number; readonly ready: number; readonly cordoned: number };
  /** What could not be read, and why. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}

export function clusterStatus(snapshot: ClusterSnapshot, calendar: Calendar): ClusterStatus {
  const running = runningComponents(snapshot);
  const present = presentVersion(running);
  const kubectl = allowedMinors('kubectl', running);
  return {
    distributions: distributionsOf(snapshot.nodes),
    components: componentTable(snapshot),
    skew: findSkew(running).map(({ sentence }) => sentence),
    kubectl: kubectl && writtenRange(kubectl),
    support: present && supportView(present, calendar, isoDay(snapshot.takenAt)),
    nodes: {
      total: snapshot.nodes.length,
      ready: snapshot.nodes.filter(({ ready }) => ready === 'True').length,
      cordoned: snapshot.nodes.filter(({ unschedulable }) => unschedulable).length,
    },
    unreadable: snapshot.unreadable,
  };
}

/** What people mean when they ask which version a cluster has. */
export function presentVersion(running: readonly RunningComponent[]): KubernetesVersion | undefined {
  const of = (kind: string) => running.filter(component => component.kind === kind).map(({ version }) => version);
  const apiservers = of('kube-apiserver');
  return (apiservers.length > 0 ? apiservers : of('kubelet')).sort(compareVersions)[0];
}

function distributionsOf(nodes: readonly NodeView[]): string[] {
  return [...new Set(nodes.flatMap(node => distributionOf(node)?.name ?? []))].sort();
}
