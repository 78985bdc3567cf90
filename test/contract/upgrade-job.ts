import type { V1Job } from '@kubernetes/client-node';
import type { Client } from './client.ts';

/** What the host script is told; the Job is named by the id. */
export interface Work {
  readonly id: string;
  readonly node: string;
  readonly phase: string;
  readonly kubeadm?: string;
  readonly from: string;
  readonly to: string;
}

/** An upgrade Job with nothing but what a simulated host looks at. */
export function startUpgradeJob(client: Client, work: Work, changed: Record<string, string> = {}): Promise<V1Job> {
  const env = {
    CAPSTAN_WORK_ID: work.id,
    CAPSTAN_NODE: work.node,
    CAPSTAN_PHASE: work.phase,
    CAPSTAN_KUBEADM: work.kubeadm ?? '',
    CAPSTAN_FROM: work.from,
    CAPSTAN_TO: work.to,
    ...changed,
  };
  return client.batch.createNamespacedJob({
    namespace: 'default',
    body: {
      metadata: { name: work.id },
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            nodeName: work.node,
            restartPolicy: 'Never',
            tolerations: [{ operator: 'Exists' }],
            containers: [
              {
                name: 'upgrade',
                image: 'registry.example.com/upgrade:1',
                env: Object.entries(env).map(([name, value]) => ({ name, value })),
              },
            ],
          },
        },
      },
    },
  });
}
