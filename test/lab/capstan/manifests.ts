import { newKeyPair } from '../../../src/approval/signing.ts';
import type { SimulatedSlack } from '../../../src/demo/slack/simulated-slack.ts';
import { JOB_NAMESPACE } from '../workload.ts';
import { CAPSTAN_NAMESPACE, CLUSTER, RELEASE, type Site } from './installation.ts';

/** The hosts share this machine's control groups, which may be of version 1; kubeadm refuses that unless told otherwise. */
const IGNORE_PREFLIGHT = 'SystemVerification';
/** Of Redis, which owns its files. */
export const REDIS_USER = 1000;
const STORAGE_CLASS = 'lab-shared';
export const VOLUME = 'capstan-redis';
export const REDIS_FOLDER = 'capstan-redis';

/** What whoever installs the chart makes beforehand: two Secrets, and here a volume that goes with its pod to any node. */
export function beforehand({ shared }: Site, slack: SimulatedSlack): string {
  const { privateKey, publicKey } = newKeyPair();
  const bot = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    CAPSTAN_SIGNING_KEY: privateKey,
  };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CAPSTAN_NAMESPACE } },
    secret('capstan-bot', bot),
    secret('capstan-worker', { CAPSTAN_VERIFY_KEY: publicKey }),
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: VOLUME },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: STORAGE_CLASS,
        hostPath: { path: `${shared.onHosts}/${REDIS_FOLDER}`, type: 'Directory' },
        claimRef: { namespace: CAPSTAN_NAMESPACE, name: `data-${RELEASE}-redis-0` },
      },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function secret(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: CAPSTAN_NAMESPACE }, stringData };
}

export function chartValues({ images, versions }: Site, slack: SimulatedSlack): object {
  const [repository, tag] = images.capstan.split(/:(?=[^:]+$)/);
  return {
    image: { repository, tag, pullPolicy: 'Never' },
    redis: { image: images.redis, user: REDIS_USER, storage: { className: STORAGE_CLASS } },
    policy: {
      clusters: {
        [CLUSTER]: {
          approvers: [slack.approvers.id],
          driver: { ignorePreflightErrors: [IGNORE_PREFLIGHT] },
        },
      },
    },
    // As in any closed network: a plan may only go where the hosts' repository has packages for.
    worker: { cluster: CLUSTER, calendar: calendarOf(versions) },
    jobs: { image: images.job, namespace: JOB_NAMESPACE },
  };
}

/** The text of a calendar file. */
function calendarOf(versions: readonly string[]): string {
  const minors = versions.map(version => {
    const [, minor, newestPatch] = version.split('.');
    return { minor: `1.${minor}`, newestPatch };
  });
  return JSON.stringify({ asOf: new Date().toISOString().slice(0, 10), minors });
}
