/**
 * What is read for few checks only. Where such a look fails, those checks say that they do not know, each under its own
 * code; the others go on. The words are for people, and name the look in `unreadable`.
 */
export const LOOKS = {
  workloads: 'Deployments and StatefulSets',
  daemonSets: 'DaemonSets',
  volumes: 'persistent volumes',
  webhooks: 'admission webhooks and what serves them',
  deprecatedApis: 'which deprecated APIs are in use',
} as const;

export type Look = (typeof LOOKS)[keyof typeof LOOKS];
