// PLACEHOLDER by the lead, so that the rest can be tried together: the driver's author overwrites this file freely.
import { readFileSync } from 'node:fs';
import type { Driver, HostWork, HostWorkOutcome } from '../../app/ports.ts';
import { formatVersion } from '../../version/kubernetes-version.ts';
import { hasCode, ApiError, orFailure } from '../api-error.ts';
import type { KubeClient } from '../client.ts';
import { follow } from '../follow.ts';

const text = (name: string) => readFileSync(new URL(`./host/${name}`, import.meta.url), 'utf8');
export function createKubeadmDriver(o: { client: KubeClient; namespace: string; image: string; ignorePreflight: readonly string[] }): Driver {
  return {
    async perform(work: HostWork, signal: AbortSignal): Promise<HostWorkOutcome> {
      const name = work.id.replaceAll('.', '-').slice(0, 60);
      const env = Object.entries({
        CAPSTAN_WORK_ID: work.id, CAPSTAN_WORK_KEY: name, CAPSTAN_NODE: work.node, CAPSTAN_PHASE: work.phase, CAPSTAN_KUBEADM: work.kubeadm ?? '',
        CAPSTAN_FROM: formatVersion(work.from), CAPSTAN_TO: formatVersion(work.to), CAPSTAN_IGNORE_PREFLIGHT: o.ignorePreflight.join(','),
      }).map(([n, value]) => ({ name: n, value }));
      const labels = { 'app.kubernetes.io/managed-by': 'capstan', 'capstan.dev/job': name };
      const body = {
        metadata: { name, namespace: o.namespace, labels },
        spec: { backoffLimit: 6, ttlSecondsAfterFinished: 3600, template: { metadata: { labels }, spec: {
          nodeName: work.node, hostPID: true, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }], automountServiceAccountToken: false,
          containers: [{ name: 'upgrade', image: o.image, imagePullPolicy: 'IfNotPresent', env, command: ['/bin/sh', '-c', text('launch.sh'), 'launch.sh', text('upgrade.sh')].filter((_, i) => i !== 3 || true), securityContext: { privileged: true } }],
        } } },
      };
      await orFailure(o.client.call({ verb: 'create', resource: 'jobs', name, isAnswer: hasCode(409) }, options => o.client.batch.createNamespacedJob({ namespace: o.namespace, body }, options), signal));
      const stop = new AbortController();
      try {
        for await (const pods of follow(o.client, { path: `/api/v1/namespaces/${o.namespace}/pods`, resource: 'pods', labelSelector: `capstan.dev/job=${name}` } as never, (pod: never) => pod as { status?: { containerStatuses?: { state?: { terminated?: { exitCode: number; message?: string } } }[] } }, AbortSignal.any([signal, stop.signal]))) {
          for (const pod of pods) {
            const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
            if (!ended?.message) continue;
            const verdict = JSON.parse(ended.message) as { step: string; rc: number; reason: string };
            return verdict.rc === 0 ? { kind: 'succeeded', log: [] } : { kind: 'failed', step: verdict.step, reason: verdict.reason, log: [] };
          }
        }
      } finally { stop.abort(); }
      throw new Error('unreachable');
    },
    async awaitControlPlane(node, version, signal) {
      const tag = `:${formatVersion(version)}`;
      for await (const pods of follow(o.client, { path: '/api/v1/namespaces/kube-system/pods', resource: 'pods', fieldSelector: `spec.nodeName=${node}` } as never, (pod: never) => pod as { metadata: { name: string }; spec: { containers: { image: string }[] }; status?: { conditions?: { type: string; status: string }[] } }, signal)) {
        const ok = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].every(c => pods.some(p => p.metadata.name === `${c}-${node}` && p.spec.containers[0]?.image.endsWith(tag) && p.status?.conditions?.some(x => x.type === 'Ready' && x.status === 'True')));
        if (ok) return;
      }
    },
  };
}
