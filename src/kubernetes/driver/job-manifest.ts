import { readFileSync } from 'node:fs';
import type { V1Container, V1Job, V1PodFailurePolicy, V1PodSpec } from '@kubernetes/client-node';
import type { HostWork } from '../../app/driver-ports.ts';
import { formatVersion, type Minor, minorsBetween } from '../../version/kubernetes-version.ts';
import { HOST_REQUIREMENTS } from '../../version/requirements.ts';
import { jobName, MANAGED, NODE_LABEL, nodeLabel, WORK_LABEL, workKey } from './job-names.ts';

export interface JobOptions {
  readonly namespace: string;
  /** Needs nothing but sh and nsenter. */
  readonly image: string;
}

const LAUNCH = readFileSync(new URL('./host/launch.sh', import.meta.url), 'utf8');
const UPGRADE = readFileSync(new URL('./host/upgrade.sh', import.meta.url), 'utf8');

export const CONTAINER = 'upgrade';

/** A Job is only the messenger: the host keeps verdict and log, and a later Job of the same name finds them there. */
const KEPT_SECONDS = 24 * 3_600;

/** The Job of one work on one host. Equal works make equal Jobs. */
export function jobManifest(work: HostWork, options: JobOptions): V1Job {
  const labels = { ...MANAGED, [NODE_LABEL]: nodeLabel(work.node), [WORK_LABEL]: workKey(work) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(work),
      namespace: options.namespace,
      labels,
      annotations: { 'capstan.dev/work-id': work.id, 'capstan.dev/run': work.run },
    },
    spec: {
      // A pod that was killed says nothing about the work, which goes on: the next one attaches to it again.
      backoffLimit: 6,
      podFailurePolicy: FAILURES,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: { metadata: { labels }, spec: podSpec(work, options) },
    },
  };
}

/**
 * launch.sh ends with 1 where the host has given its verdict, a shell with 2, 126 or 127 where the image or the host is
 * not fit for it: another pod would only say so again. Servers before 1.26 ignore the policy.
 */
const FAILURES: V1PodFailurePolicy = {
  rules: [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName: CONTAINER, operator: 'In', values: [1, 2, 126, 127] } },
  ],
};

function podSpec(work: HostWork, options: JobOptions): V1PodSpec {
  return {
    // Without the scheduler: the node is cordoned, and the scheduler may be the one being replaced.
    nodeName: work.node,
    tolerations: [{ operator: 'Exists' }],
    // The kubelet makes room for it on a full node and evicts it last.
    priorityClassName: 'system-node-critical',
    hostPID: true,
    // The pod of a node whose network plugin does not run must start all the same.
    hostNetwork: true,
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [container(work, options)],
  };
}

function container(work: HostWork, { image }: JobOptions): V1Container {
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', literally(LAUNCH), 'launch.sh', literally(UPGRADE)],
    env: Object.entries(environment(work)).map(([name, value]) => ({ name, value })),
    securityContext: { privileged: true },
  };
}

/** upgrade.sh checks each of these before it uses any. */
function environment(work: HostWork): Readonly<Record<string, string>> {
  return {
    CAPSTAN_WORK_ID: work.id,
    CAPSTAN_WORK_KEY: workKey(work),
    CAPSTAN_NODE: work.node,
    CAPSTAN_PHASE: work.phase,
    CAPSTAN_ONLY: work.only ?? '',
    CAPSTAN_KUBEADM: work.kubeadm ?? '',
    CAPSTAN_FROM: formatVersion(work.from),
    CAPSTAN_TO: formatVersion(work.to),
    CAPSTAN_CGROUP: cgroupFor(work.to),
    CAPSTAN_IGNORE_PREFLIGHT: work.ignorePreflightErrors.join(','),
  };
}

/** The version of cgroup that the kubelet needs; empty where any will do. */
function cgroupFor(version: Minor): string {
  const needed = HOST_REQUIREMENTS.filter(({ what, since }) => what === 'cgroup' && minorsBetween(version, since) >= 0);
  return String(needed.at(-1)?.atLeast[0] ?? '');
}

/** The kubelet expands `$(NAME)` in a container's command, and makes `$` of `$$`. */
function literally(text: string): string {
  return text.replaceAll('$', '$$$$');
}
