import type { NodeView, PodView } from '../cluster/snapshot.ts';
import { OUT_OF_SERVICE, spelled } from '../cluster/taints.ts';
import { StepFailed } from './step-failed.ts';

/** A kubelet that reports may get over it; one that has fallen silent was waited for by the cluster already. */
const GETS_OVER_IT_MS = 30_000;

export type Hearing =
  | { readonly kind: 'heard' }
  /** Not Ready, though it reports; given up after so many milliseconds more. */
  | { readonly kind: 'ailing'; readonly ms: number }
  | { readonly kind: 'given-up' };

/** The kubelet has not reported for so long that the cluster itself has given the node up: its host may be off. */
export class NodeSilent extends StepFailed {}

/** Whether something that needs the node's kubelet can still come to its end. `since`: not Ready by our own clock. */
export function hearingOf({ ready }: Pick<NodeView, 'ready'>, since: number | undefined, now: number): Hearing {
  switch (ready) {
    case 'True':
      return { kind: 'heard' };
    case 'Unknown':
      return { kind: 'given-up' };
    case 'False': {
      const ms = (since ?? now) + GETS_OVER_IT_MS - now;
      return ms > 0 ? { kind: 'ailing', ms } : { kind: 'given-up' };
    }
  }
}

/** What became of the node and its pods, and what to do. `renewedAt`: when its lease was renewed last, where known. */
export function silenceSentence(
  { name, ready, heardAt }: Pick<NodeView, 'name' | 'ready' | 'heardAt'>,
  doing: string,
  renewedAt: number | undefined,
  pods: readonly PodView[],
): string {
  const last = Math.max(heardAt ?? 0, renewedAt ?? 0);
  const since = last > 0 ? `since ${new Date(last).toISOString().replace('T', ' ').slice(0, 19)} UTC` : 'for long';
  const what =
    ready === 'Unknown'
      ? `Node ${name} stopped answering while it was being ${doing}: its kubelet has not reported ${since}.`
      : `Node ${name} was not Ready for ${GETS_OVER_IT_MS / 1_000} s while it was being ${doing}, though its kubelet reports.`;
  return (
    `${what} ${hangingSentence(pods)} Look at the host: its power, its network, the kubelet and the container runtime. ` +
    `Once the node is Ready again, retry; or skip it. ${ready === 'Unknown' ? OFF : ''}Where it is off for good, delete the node.`
  );
}

const OFF =
  `Where the host is certainly off, and only there, the order "out of service" sets the taint ${spelled(OUT_OF_SERVICE)} ` +
  'and lets its pods and volumes go to other nodes. ';

const NAMED = 5;

function hangingSentence(pods: readonly PodView[]): string {
  const hanging = pods.filter(({ deletingSince }) => deletingSince !== undefined);
  if (hanging.length === 0) return 'No pod is waited for there, and none is evicted any more.';
  const names = hanging.slice(0, NAMED).map(({ namespace, name }) => `${namespace}/${name}`);
  const more = hanging.length > NAMED ? ` and ${hanging.length - NAMED} more` : '';
  return `Of its pods, ${names.join(', ')}${more} ${hanging.length === 1 ? 'was' : 'were'} told to stop and cannot.`;
}
