import { ClusterRefused, type Guarded } from '../app/ports.ts';
import type { NodeClaim } from '../cluster/snapshot.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type PatchOperation, pointer } from './json-patch.ts';
import { CLAIM_KEY, isSameClaim, readClaim } from './views/claim.ts';
import { nodeView } from './views/node-view.ts';
import type { WireNode } from './views/wire.ts';

export const ANNOTATIONS = pointer('metadata', 'annotations');
export const CLAIM = pointer('metadata', 'annotations', CLAIM_KEY);

/** Each time somebody else changed the node in between, which a kubelet does every few minutes. */
export const TRIES = 8;

/** What is done to a node under its claim. */
interface Change {
  /** For the node as it was read just now; none: it is so already. */
  readonly operations: (held: NodeClaim, node: WireNode) => readonly PatchOperation[];
  /** Takes the claim away: where it is away after a try whose answer was lost, that try had its effect. */
  readonly endsClaim: boolean;
}

/** Patches the node where it carries this claim: the patch begins with a `test` on the annotation's very text. */
export async function guarded(
  client: KubeClient,
  name: string,
  claim: NodeClaim,
  { operations, endsClaim }: Change,
  signal: AbortSignal,
): Promise<Guarded> {
  let unsure = false;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const node = await readNode(client, name, signal);
    if (!node) return { kind: 'gone' };
    // Ours may stand there in other words: another release of Capstan may write it with more in it.
    const text = node.metadata?.annotations?.[CLAIM_KEY];
    const held = readClaim(text);
    if (!held && endsClaim && unsure) return { kind: 'ok', node: nodeView(node) };
    if (!held || !isSameClaim(held, claim)) return { kind: 'lost' };
    const change = operations(held, node);
    if (change.length === 0) return { kind: 'ok', node: nodeView(node) };
    const patched = await patchNode(client, name, [{ op: 'test', path: CLAIM, value: text }, ...change], signal);
    if (patched.kind === 'gone') return patched;
    if (patched.kind === 'ok') return { kind: 'ok', node: nodeView(patched.node) };
    unsure ||= patched.resent;
  }
  throw contended(client, name);
}

/** undefined: there is no such node. */
export async function readNode(client: KubeClient, name: string, signal: AbortSignal): Promise<WireNode | undefined> {
  const answer = await orFailure(
    client.call(
      { verb: 'get', resource: 'nodes', name, isAnswer: hasCode(404) },
      options => client.core.readNode({ name }, options),
      signal,
    ),
  );
  return answer instanceof ApiError ? undefined : answer;
}

type Patched =
  | { readonly kind: 'ok'; readonly node: WireNode }
  | { readonly kind: 'gone' }
  /** A test failed, or somebody else wrote at the same time. `resent`: an earlier try may have had its effect. */
  | { readonly kind: 'unfit'; readonly resent: boolean };

/** `finishMs`: for so long a patch that has been sent is waited for although the signal ends. */
export async function patchNode(
  client: KubeClient,
  name: string,
  body: readonly PatchOperation[],
  signal: AbortSignal,
  finishMs = 0,
): Promise<Patched> {
  let sent = 0;
  const answer = await orFailure(
    client.call(
      { verb: 'patch', resource: 'nodes', name, isAnswer: hasCode(404, 409, 422), finishMs },
      options => {
        sent += 1;
        return client.core.patchNode({ name, body }, options);
      },
      signal,
    ),
  );
  if (!(answer instanceof ApiError)) return { kind: 'ok', node: answer };
  return answer.code === 404 ? { kind: 'gone' } : { kind: 'unfit', resent: sent > 1 };
}

export function contended(client: KubeClient, name: string): ClusterRefused {
  return new ClusterRefused(
    `The API server at ${client.server} refused ${TRIES} times to patch nodes ${name}, though its claim allowed it.`,
  );
}
