import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** An emptyDir is deleted with its pod (kubectl drain asks for --delete-emptydir-data). */
export const podsWithLocalData: Check = {
  code: 'EMPTYDIR_DATA',
  ok: 'No drained pod keeps data in an emptyDir.',
  needs: [LOOKS.pods],
  look: ({ drains, policy }) => {
    const pods = drains.leaving.filter(pod => pod.emptyDir);
    if (pods.length === 0) return [];
    if (!policy.drain.deleteEmptyDirData) {
      return [
        {
          code: 'EMPTYDIR_DATA',
          severity: 'block',
          sentence: `No drain deletes emptyDir volumes, as policy or plan have it, and ${counted(pods.length, 'pod')} would lose theirs: ${listed(pods.map(podName))}.`,
          remedy: 'Set drain.deleteEmptyDirData, plan with --delete-emptydir-data, or delete these pods yourself.',
        },
      ];
    }
    return [
      {
        code: 'EMPTYDIR_DATA',
        severity: 'warn',
        sentence: `The drains delete the emptyDir volumes of ${counted(pods.length, 'pod')}: ${listed(pods.map(podName))}.`,
        remedy: 'Make sure that it is only caches and scratch files.',
      },
    ];
  },
};
