import type { KubeObject, NodeTerm, WireSelector } from './objects.ts';

/** Kinds that the simulator does not act on: somebody reads them. */
export interface Service extends KubeObject {
  spec: {
    type?: string;
    clusterIP?: string;
    sessionAffinity?: string;
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string }[];
  };
}

export interface PersistentVolume extends KubeObject {
  spec: {
    capacity?: Record<string, string>;
    accessModes?: string[];
    persistentVolumeReclaimPolicy?: string;
    volumeMode?: string;
    claimRef?: { namespace: string; name: string };
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeTerm[] } };
    local?: { path: string };
    hostPath?: { path: string };
    csi?: object;
    nfs?: object;
    fc?: object;
    iscsi?: object;
  };
}

export interface WebhookConfiguration extends KubeObject {
  webhooks?: Webhook[];
}

export interface Webhook {
  name?: string;
  clientConfig?: { url?: string; caBundle?: string; service?: { namespace: string; name: string; port?: number } };
  rules?: { apiGroups: string[]; apiVersions: string[]; operations: string[]; resources: string[]; scope?: string }[];
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: WireSelector;
  objectSelector?: WireSelector;
  timeoutSeconds?: number;
  sideEffects?: string;
  admissionReviewVersions?: string[];
  reinvocationPolicy?: string;
}
