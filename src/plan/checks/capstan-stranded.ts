import { LOOKS } from '../../cluster/looks.ts';
import type { PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import { isOwnPod } from '../order.ts';
import type { Check, CheckContext } from './check.ts';
import { listed, podName } from './wording.ts';

/** Without its Redis, or without any worker, nobody would give a drained node back: both must find another one. */
export const capstanStranded: Check = {
  code: 'CAPSTAN_STRANDED',
  ok: 'The Redis of Capstan, and a worker, find another node whichever is drained.',
  needs: [LOOKS.pods, LOOKS.volumes],
  look: stranded,
};

function stranded({ snapshot, room }: CheckContext): Finding[] {
  const workers = snapshot.pods.filter(pod => isOwnPod(pod) && isWorker(pod)).length;
  const own = room.homeless.filter(({ pod }) => isOwnPod(pod));
  return [...Map.groupBy(own, ({ node }) => node)].flatMap(([node, homeless]) => {
    const lost = homeless.map(({ pod }) => pod).filter(isRedis);
    const idle = homeless.map(({ pod }) => pod).filter(isWorker);
    const missing = idle.length === workers ? [...lost, ...idle] : lost;
    return missing.length > 0 ? [strandedOn(node, missing)] : [];
  });
}

function strandedOn(node: string, pods: readonly PodView[]): Finding {
  return {
    code: 'CAPSTAN_STRANDED',
    severity: 'block',
    sentence:
      `The upgrade of ${node} would never end: ${listed(pods.map(podName))} would find no other node, ` +
      `and without ${pods.length === 1 ? 'it' : 'them'} nobody would uncordon this one.`,
    remedy: 'Make room on another node, or run it on nodes that are not drained, such as those of another cluster.',
  };
}

/** As the chart labels them. */
const COMPONENT = 'app.kubernetes.io/component';
const isRedis = ({ labels }: PodView) => labels[COMPONENT] === 'redis';
const isWorker = ({ labels }: PodView) => labels[COMPONENT] === 'worker';
