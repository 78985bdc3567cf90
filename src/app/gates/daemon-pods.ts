import type { PodView } from '../../cluster/snapshot.ts';
import type { PodControl } from '../ports.ts';
import type { Gate, Verdict } from './gate.ts';

/**
 * What its DaemonSets run on the node is ready: network, storage, logs. Pods that exist show which DaemonSets want to run
 * there; those whose pod was not ready before the drain, in `ailing` as `namespace/daemonset`, are not held against it.
 */
export function daemonPodsGate(node: string, ailing: ReadonlySet<string>, pods: PodControl): Gate {
  let seen: readonly PodView[] | undefined;
  return {
    name: 'daemon-pods',
    remedy: 'Look at these pods (kubectl describe, kubectl logs), then retry.',
    async watch(changed, signal) {
      for await (const each of pods.watchOn(node, signal)) {
        seen = each;
        changed();
      }
    },
    verdict: () => (seen ? daemonVerdict(seen, ailing) : { kind: 'closed', why: 'its pods could not be seen' }),
  };
}

function daemonVerdict(pods: readonly PodView[], ailing: ReadonlySet<string>): Verdict {
  const waiting = unreadyDaemons(pods).filter(({ daemonSet }) => !ailing.has(daemonSet));
  if (waiting.length === 0) return { kind: 'open' };
  return { kind: 'closed', why: `pods of its DaemonSets are not ready: ${some(waiting.map(({ pod }) => pod))}` };
}

interface Daemon {
  readonly daemonSet: string;
  readonly pod: string;
}

/** One that is leaving makes room for another. */
export function unreadyDaemons(pods: readonly PodView[]): Daemon[] {
  return pods.flatMap(({ controller, namespace, name, ready, deletingSince }) =>
    controller?.kind === 'DaemonSet' && !ready && deletingSince === undefined
      ? [{ daemonSet: `${namespace}/${controller.name}`, pod: `${namespace}/${name}` }]
      : [],
  );
}

export function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
