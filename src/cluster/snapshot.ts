import type { KubernetesVersion, Minor } from '../version/kubernetes-version.ts';
import type { AddonView } from './addons.ts';
import type { Right } from './looks.ts';
import type { Resources } from './resources.ts';
import type { LabelSelector, NodeAffinityTerm, PodAffinityTerm, SpreadRule } from './selector.ts';

/** Everything a plan needs, read from the API once. A look that failed is named in `unreadable`, never taken as fine. */
export interface ClusterSnapshot {
  /** UID of the kube-system namespace: the identity of the cluster. */
  readonly uid: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly components: readonly Component[];
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly budgets: readonly BudgetView[];
  readonly workloads: readonly WorkloadView[];
  /** `namespace/name` of every DaemonSet. */
  readonly daemonSets: ReadonlySet<string>;
  /** Claimed volumes that not every node can mount, or that every node would mount another of. */
  readonly volumes: readonly VolumeView[];
  /** Webhooks without which the API server refuses what it would have asked them about. */
  readonly webhooks: readonly WebhookView[];
  readonly deprecatedApis: readonly DeprecatedApiView[];
  readonly addons: readonly AddonView[];
  /** When the certificate ends that the API server showed us, in epoch milliseconds; undefined where none was seen. */
  readonly servingCertificateEnds: number | undefined;
  /** The run that holds this cluster's Lease, if one does. */
  readonly lease: RunLeaseView | undefined;
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  /** One of `LOOKS`. */
  readonly what: string;
  readonly why: string;
  /** What RBAC would have to grant, where that is the reason. */
  readonly lacks?: Right;
}

export type ComponentKind =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'cloud-controller-manager'
  | 'etcd'
  | 'kubelet'
  | 'kube-proxy';

/** One running component. `version` is undefined where it could not be told (then `text` says what was read). */
export interface Component {
  readonly kind: ComponentKind;
  readonly node: string | undefined;
  readonly version: KubernetesVersion | undefined;
  readonly text: string;
  readonly ready: boolean;
}

export type NodeRole = 'control-plane' | 'worker';

export interface NodeView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly role: NodeRole;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Epoch milliseconds of the Ready condition's last transition, by the cluster's clock. */
  readonly readySince: number | undefined;
  /** Epoch milliseconds of the last status that the kubelet reported, by the cluster's clock. */
  readonly heardAt: number | undefined;
  /** Conditions other than Ready that tell of trouble, such as DiskPressure, or KernelReady=False. */
  readonly pressures: readonly string[];
  readonly kubelet: KubernetesVersion | undefined;
  readonly kubeletText: string;
  readonly allocatable: Resources;
  readonly internalIp: string | undefined;
  readonly osImage: string;
  readonly containerRuntime: string;
  /** `linux` or `windows`. */
  readonly os: string;
  readonly kernel: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly claim: NodeClaim | undefined;
}

/** Written as an annotation while a run works on the node; every patch of ours is guarded by it. */
export interface NodeClaim {
  readonly run: string;
  /** Work item and attempt, so that a worker that comes back late does not hold it any more. */
  readonly work: string;
  readonly attempt: number;
  /** Someone else had cordoned the node before we came; then we never uncordon it. */
  readonly wasUnschedulable: boolean;
  /** How often this attempt has cordoned it: before the second time, somebody had uncordoned it. */
  readonly cordons: number;
  /** We set the label that keeps load balancers away; where someone else had, we never remove it. */
  readonly excluded: boolean;
  /** We set the taint that says that its host is off; where someone else had, we never remove it. */
  readonly outOfService: boolean;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface Toleration {
  readonly key: string | undefined;
  readonly operator: 'Exists' | 'Equal';
  readonly value: string;
  /** undefined tolerates every effect */
  readonly effect: Taint['effect'] | undefined;
}

export interface OwnerRef {
  /** With its group where that is not one of Kubernetes itself: `DaemonSet`, but `DaemonSet.apps.kruise.io`. */
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string | undefined;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  /** The owner with `controller: true`. */
  readonly controller: OwnerRef | undefined;
  /** A static pod's mirror (annotation kubernetes.io/config.mirror). */
  readonly mirror: boolean;
  /** Epoch milliseconds of metadata.deletionTimestamp. */
  readonly deletingSince: number | undefined;
  readonly graceSeconds: number;
  readonly emptyDir: boolean;
  /** Mounts a directory of its node to write there. */
  readonly hostPath: boolean;
  /** Names of the PersistentVolumeClaims it uses. */
  readonly claims: readonly string[];
  readonly requests: Resources;
  readonly tolerations: readonly Toleration[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: the pod fits where any term matches; empty means no requirement. */
  readonly nodeAffinity: readonly NodeAffinityTerm[];
  /** Required anti-affinity to other pods. */
  readonly antiAffinity: readonly PodAffinityTerm[];
  readonly spread: readonly SpreadRule[];
  /** Ports of its node, such as `TCP 8080`, which one pod at a time can have. */
  readonly hostPorts: readonly string[];
  readonly priority: number;
}

export interface BudgetView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly selector: LabelSelector;
  /** As written in the spec, for people: `minAvailable: 2` or `maxUnavailable: 25%`. */
  readonly rule: string;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly disruptionsAllowed: number;
  /**
   * Pods whose eviction it has let pass and whose deletion its controller has not seen; it counts each as gone, for two
   * minutes at most (`status.disruptedPods`). One that stays is of an eviction that was cut off.
   */
  readonly evicting: number;
  /** Whether its controller has counted by the spec as it is now: before, the eviction endpoint lets no healthy pod go. */
  readonly observed: boolean;
  /** Why its controller cannot count its pods; it allows no disruption as long as that is so. */
  readonly syncError: string | undefined;
  readonly alwaysEvictUnhealthy: boolean;
}

export interface RunLeaseView {
  readonly run: string;
  readonly owner: string;
}

/** What people scale: a Deployment, or a StatefulSet. */
export interface WorkloadView {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
}

export interface VolumeView {
  readonly name: string;
  /** `namespace/name` of the claim that is bound to it. */
  readonly claim: string;
  /** A directory of whichever node mounts it. */
  readonly hostPath: boolean;
  /** The nodes that can mount it: those that any term matches; empty means all of them. */
  readonly nodeAffinity: readonly NodeAffinityTerm[];
}

export interface WebhookView {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly configuration: string;
  readonly name: string;
  readonly service: WebhookService;
  /** Whether it is asked about every pod that is created where its selectors match. */
  readonly podRule: 'none' | 'always' | 'under conditions';
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  /** undefined where there is no such Service, or one whose pods are not chosen by labels. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly exists: boolean;
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

/** An API version that was asked for since the API server started, and that a later release no longer serves. */
export interface DeprecatedApiView {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly removedIn: Minor;
  readonly writers: DeprecatedWriters;
}

/** Objects that were last written in that version; `complete` is false where there are more objects than were read. */
export type DeprecatedWriters =
  | { readonly kind: 'seen'; readonly writers: readonly DeprecatedWriter[]; readonly complete: boolean }
  | { readonly kind: 'unseen'; readonly why: string; readonly lacks?: Right };

export interface DeprecatedWriter {
  /** `namespace/name`, or the name alone. */
  readonly object: string;
  readonly manager: string;
}
