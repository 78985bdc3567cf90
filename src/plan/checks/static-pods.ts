import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** The kubelet runs them from files of its host; no API moves them. On control-plane nodes that is as it should be. */
export const staticPods: Check = {
  code: 'STATIC_POD_ON_WORKER',
  ok: 'No worker runs static pods.',
  needs: [LOOKS.pods],
  look: ({ snapshot, drains }) => {
    const workers = new Set(snapshot.nodes.flatMap(({ role, name }) => (role === 'worker' ? [name] : [])));
    const pods = drains.mirrors.filter(({ node }) => node !== undefined && workers.has(node));
    if (pods.length === 0) return [];
    const names = pods.map(pod => `${podName(pod)} on ${pod.node}`);
    return [
      {
        code: 'STATIC_POD_ON_WORKER',
        severity: 'warn',
        sentence: `No drain moves ${counted(pods.length, 'static pod')} of workers, and the new kubelet may restart them: ${listed(names)}.`,
        remedy: 'Make sure that they can be away for a moment, and that their manifests suit the target.',
      },
    ];
  },
};
