/**
 * What is read besides the nodes, without which there is no snapshot. Where such a look fails, each check that needs it
 * says that it does not know; the others go on. The words are for people, and name the look in `unreadable`.
 */
export const LOOKS = {
  identity: 'the identity of the cluster (namespace kube-system)',
  pods: 'pods',
  budgets: 'pod disruption budgets',
  lease: 'the lease of a run',
  version: 'the version of the API server',
  workloads: 'Deployments and StatefulSets',
  daemonSets: 'DaemonSets',
  volumes: 'persistent volumes',
  webhooks: 'admission webhooks and what serves them',
  deprecatedApis: 'which deprecated APIs are in use',
} as const;

export type Look = (typeof LOOKS)[keyof typeof LOOKS];

/** What RBAC grants, in its words: a verb on a resource (`list`, `poddisruptionbudgets.policy`), or on a path such as `/metrics`. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
}
