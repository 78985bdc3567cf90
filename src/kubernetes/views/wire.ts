/**
 * API objects as they travel, reduced to the fields that are read here. Everything may be missing. client-node's classes
 * fit these shapes as well: there a time is a Date, in plain JSON it is text.
 */
export type WireTime = string | Date;

type WireMap = Readonly<Record<string, string>>;

export interface WireObject {
  readonly metadata?: WireMeta;
}

interface WireMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: WireTime;
  readonly deletionTimestamp?: WireTime;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: WireMap;
  readonly annotations?: WireMap;
  readonly ownerReferences?: readonly WireOwner[];
  readonly managedFields?: readonly WireManager[];
}

/** Who wrote some of an object's fields, and in which version of the API. */
export interface WireManager {
  readonly manager?: string;
  readonly apiVersion?: string;
}

export interface WireOwner {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface WireCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: WireTime;
  readonly lastHeartbeatTime?: WireTime;
}

export interface WireNode extends WireObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly WireCondition[];
    readonly allocatable?: WireMap;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: {
      readonly kubeletVersion?: string;
      readonly osImage?: string;
      readonly operatingSystem?: string;
      readonly kernelVersion?: string;
      readonly containerRuntimeVersion?: string;
    };
  };
}

export interface WirePod extends WireObject {
  readonly spec?: WirePodSpec;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly WireCondition[] };
}

export interface WirePodSpec {
  readonly nodeName?: string;
  readonly containers?: readonly WireContainer[];
  readonly initContainers?: readonly WireContainer[];
  readonly overhead?: WireMap;
  /** Requests of the pod as a whole. */
  readonly resources?: { readonly requests?: WireMap };
  readonly terminationGracePeriodSeconds?: number;
  readonly volumes?: readonly WirePodVolume[];
  readonly tolerations?: readonly WireToleration[];
  readonly nodeSelector?: WireMap;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly WireTerm[] };
    };
    readonly podAntiAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly WirePodAffinityTerm[];
    };
  };
  readonly topologySpreadConstraints?: readonly WireSpread[];
  readonly priority?: number;
}

export interface WirePodAffinityTerm {
  readonly labelSelector?: WireSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: WireSelector;
  readonly topologyKey?: string;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

export interface WireSpread {
  readonly labelSelector?: WireSelector;
  readonly topologyKey?: string;
  readonly maxSkew?: number;
  readonly minDomains?: number;
  readonly whenUnsatisfiable?: string;
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
  readonly matchLabelKeys?: readonly string[];
}

export interface WirePodVolume {
  readonly name?: string;
  readonly emptyDir?: object;
  readonly hostPath?: { readonly type?: string };
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly ephemeral?: object;
}

export interface WireContainer {
  readonly name?: string;
  readonly image?: string;
  readonly volumeMounts?: readonly { readonly name?: string; readonly readOnly?: boolean }[];
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: WireMap };
  readonly ports?: readonly { readonly hostPort?: number; readonly protocol?: string }[];
}

export interface WireToleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface WireRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface WireTerm {
  readonly matchExpressions?: readonly WireRequirement[];
  readonly matchFields?: readonly WireRequirement[];
}

export interface WireSelector {
  readonly matchLabels?: WireMap;
  readonly matchExpressions?: readonly WireRequirement[];
}

export interface WireBudget extends WireObject {
  readonly spec?: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly selector?: WireSelector;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: {
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly expectedPods?: number;
    readonly disruptionsAllowed?: number;
    readonly disruptedPods?: Readonly<Record<string, unknown>>;
    readonly observedGeneration?: number;
    readonly conditions?: readonly WireCondition[];
  };
}

export interface WireLease extends WireObject {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: WireTime };
}

export interface WireWorkload extends WireObject {
  readonly spec?: { readonly replicas?: number };
}

export interface WireReplicas extends WireObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

export interface WireAttachment extends WireObject {
  readonly spec?: {
    readonly attacher?: string;
    readonly nodeName?: string;
    readonly source?: { readonly persistentVolumeName?: string };
  };
  readonly status?: { readonly attached?: boolean };
}

export interface WireVolume extends WireObject {
  readonly spec?: {
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly hostPath?: object;
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly WireTerm[] } };
  };
}

export interface WireWebhookConfiguration extends WireObject {
  readonly webhooks?: readonly WireWebhook[];
}

export interface WireWebhook {
  readonly name?: string;
  readonly failurePolicy?: string;
  readonly clientConfig?: { readonly service?: { readonly namespace?: string; readonly name?: string } };
  readonly rules?: readonly WireRule[];
  readonly namespaceSelector?: WireSelector;
  readonly objectSelector?: WireSelector;
  readonly matchConditions?: readonly object[];
}

export interface WireRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly operations?: readonly string[];
  readonly scope?: string;
}

export interface WireService extends WireObject {
  readonly spec?: { readonly selector?: WireMap; readonly type?: string };
}

/** What an API group is served in. */
export interface WireApiGroup {
  readonly versions?: readonly { readonly version?: string }[];
  readonly preferredVersion?: { readonly version?: string };
}
