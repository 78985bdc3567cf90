import type { Order } from '../approval/order.ts';
import type { NodeView } from '../cluster/snapshot.ts';
import type { RunNote } from '../run/note.ts';
import { silentWork } from '../run/progress.ts';
import type { RunState } from '../run/run.ts';
import { judgeCommand } from './authority.ts';
import { firstOf } from './first-of.ts';
import type { RunRecord } from './ports.ts';
import type { WorkerPorts } from './worker-ports.ts';

/** As long as the cluster itself waits by default before it gives a node up; a kubelet renews its lease every 10 s. */
const SILENT_MS = 40_000;

type Wish = Extract<Order, { readonly kind: 'out-of-service' }>;

/**
 * Somebody has declared that a host is off: says so to the cluster, which deletes its pods and detaches its volumes. Whoever
 * errs has pods run twice, so nothing is believed that can be seen: neither the run's record, where the order was not signed
 * for it, nor the person, where the kubelet was heard of meanwhile. Tells the thread what came of it.
 */
export async function takeOutOfService(
  id: string,
  { run, commands }: RunRecord,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const command = commands.find(({ value }) => value.id === id && value.runId === run.id);
  const wish = command?.value.order;
  const verdict = command && judgeCommand(command, ports);
  if (!command || wish?.kind !== 'out-of-service' || verdict?.kind !== 'allowed') {
    return ports.report(`a node of run ${run.id} is not taken out of service: order ${id} was not given by who may`);
  }
  const { by } = command.value;
  const done = await tryTo(wish, run, ports, signal);
  const note: RunNote =
    'why' in done
      ? { kind: 'command-refused', command: wish.kind, by, why: done.why }
      : { kind: 'out-of-service', node: wish.node, by, ours: done.ours };
  if (!('why' in done)) {
    ports.report(`node ${wish.node} (${done.uid}) is out of service: order ${id} of ${by}, run ${run.id}`);
  }
  await ports.queues.notify(`${run.id}-command-${id}-${note.kind}`, { kind: 'run-note', runId: run.id, note });
}

/** `why`: it was not done, as a clause. */
async function tryTo(
  { at, node: name }: Wish,
  run: RunState,
  { quick, clock }: WorkerPorts,
  signal: AbortSignal,
): Promise<{ readonly why: string } | { readonly ours: boolean; readonly uid: string }> {
  if (silentWork(run, at)?.node !== name) return { why: `${name} has been retried, skipped or given up since` };
  const node = await quick.nodes.get(name, signal);
  if (!node) return { why: `there is no node ${name} any more` };
  const { claim } = node;
  if (claim?.run !== run.id || claim.work !== at.work || claim.attempt !== at.attempt) return { why: unclaimed(name) };
  if (node.ready === 'True') return { why: isBack(name) };
  const renewedAt = await firstOf(quick.nodes.watchHeartbeat(name, signal));
  const silentMs = clock.now() - Math.max(node.heardAt ?? 0, renewedAt ?? 0);
  if (silentMs < SILENT_MS) return { why: tooEarly(name, silentMs) };
  const guarded = await quick.nodes.takeOutOfService(name, claim, signal);
  if (guarded.kind === 'gone') return { why: `there is no node ${name} any more` };
  if (guarded.kind === 'lost') return { why: unclaimed(name) };
  return outcomeOf(guarded.node);
}

/** It may have become Ready just before the patch, which changes nothing then. */
function outcomeOf({ name, uid, ready, claim }: NodeView): { readonly why: string } | { ours: boolean; uid: string } {
  const ours = claim?.outOfService ?? false;
  return ready === 'True' && !ours ? { why: isBack(name) } : { ours, uid };
}

function isBack(node: string): string {
  return `${node} is Ready again, so its host is not off: retry it`;
}

function unclaimed(node: string): string {
  return `${node} does not carry the claim of the work that failed there any more: look at the node`;
}

function tooEarly(node: string, silentMs: number): string {
  const heard = `the kubelet of ${node} was heard of ${Math.max(0, Math.round(silentMs / 1_000))} s ago`;
  return `${heard}: a host counts as off once that is ${SILENT_MS / 1_000} s ago. Where it is off for certain, order it again then`;
}

/** The taint is taken away again, with the patch that has found the node Ready or has given it back. */
export async function tellBackInService(
  { run, work, attempt, node }: { readonly run: string; readonly node: string } & Wish['at'],
  { queues }: Pick<WorkerPorts, 'queues'>,
): Promise<void> {
  const note = { kind: 'back-in-service', node } as const;
  await queues.notify(`${run}-${work}-${attempt}-back-in-service`, { kind: 'run-note', runId: run, note });
}
