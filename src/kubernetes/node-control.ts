import type { NodeControl } from '../app/ports.ts';
import type { NodeClaim, NodeView } from '../cluster/snapshot.ts';
import type { KubeClient } from './client.ts';
import { NODES, nodeLease } from './collections.ts';
import { follow } from './follow.ts';
import type { PatchOperation } from './json-patch.ts';
import { ANNOTATIONS, CLAIM, contended, guarded, patchNode, readNode, TRIES } from './node-patch.ts';
import { cordoning, isReady, releasing, takingOutOfService, withoutTaint } from './node-standing.ts';
import { isOfSameWork, isSameClaim, writeClaim } from './views/claim.ts';
import { nodeView } from './views/node-view.ts';
import { epoch } from './views/time.ts';
import type { WireLease, WireNode } from './views/wire.ts';

/** A step that is told to end does so within a second; a patch takes milliseconds, unless the server is in trouble. */
const FINISH_MS = 500;

/**
 * Changes nodes only where the claim that stands on them allows it. Each patch tests what it rests upon: a worker that
 * comes late changes nothing, and a patch whose answer was lost may be sent again.
 */
export function createNodeControl(client: KubeClient): NodeControl {
  return {
    async get(name, signal) {
      const node = await readNode(client, name, signal);
      return node && nodeView(node);
    },
    async *watch(name, signal) {
      const itself = { ...NODES, fieldSelector: `metadata.name=${name}` };
      for await (const [node] of follow<WireNode, NodeView>(client, itself, nodeView, signal)) yield node;
    },
    async *watchHeartbeat(name, signal) {
      const renewed = ({ spec }: WireLease) => epoch(spec?.renewTime);
      for await (const [at] of follow<WireLease, number | undefined>(client, nodeLease(name), renewed, signal))
        yield at;
    },
    async claim(name, claim, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const node = await readNode(client, name, signal);
        if (!node) return { kind: 'gone' };
        const view = nodeView(node);
        if (view.claim && !mayFollow(view.claim, claim)) return { kind: 'taken', by: view.claim };
        const held = view.claim && isSameClaim(view.claim, claim) ? view.claim : undefined;
        if (held && !isBack(node, held)) return { kind: 'ok', node: view };
        const patched = await patchNode(
          client,
          name,
          claiming(node, held ?? following(claim, view)),
          signal,
          FINISH_MS,
        );
        if (patched.kind === 'ok') return { kind: 'ok', node: nodeView(patched.node) };
        if (patched.kind === 'gone') return { kind: 'gone' };
      }
      throw contended(client, name);
    },
    async takeOver(name, left, claim, signal) {
      const operations = (held: NodeClaim, node: WireNode) => claiming(node, succeeding(claim, held, nodeView(node)));
      return await guarded(client, name, left, { operations, endsClaim: false }, signal);
    },
    async cordon(name, claim, rules, signal) {
      const operations = (held: NodeClaim, node: WireNode) => cordoning(held, node, rules);
      return await guarded(client, name, claim, { operations, endsClaim: false }, signal);
    },
    async takeOutOfService(name, claim, signal) {
      return await guarded(client, name, claim, { operations: takingOutOfService, endsClaim: false }, signal);
    },
    async release(name, claim, signal) {
      return await guarded(client, name, claim, { operations: releasing, endsClaim: true }, signal);
    },
  };
}

function mayFollow(current: NodeClaim, claim: NodeClaim): boolean {
  return isOfSameWork(current, claim) && current.attempt <= claim.attempt;
}

/**
 * What an earlier attempt did is known from its claim. A cordon of ours that somebody has undone meanwhile is made anew;
 * one that came between the caller's look and ours is somebody else's.
 */
function following(claim: NodeClaim, { claim: earlier, unschedulable }: NodeView): NodeClaim {
  if (!earlier) return { ...claim, wasUnschedulable: claim.wasUnschedulable || unschedulable };
  const { wasUnschedulable, cordons, excluded, outOfService } = earlier;
  return { ...claim, wasUnschedulable, cordons: unschedulable ? Math.min(cordons, 1) : 0, excluded, outOfService };
}

/**
 * What a work that was left did to the node is known from its claim, but for the cordon of one that never cordons: it always
 * says that there was one before.
 */
function succeeding(claim: NodeClaim, left: NodeClaim, { unschedulable }: NodeView): NodeClaim {
  const { excluded, outOfService } = left;
  const ours = unschedulable && left.cordons > 0 && !left.wasUnschedulable;
  const wasUnschedulable = !ours && (claim.wasUnschedulable || unschedulable);
  return { ...claim, wasUnschedulable, cordons: ours ? 1 : 0, excluded, outOfService };
}

/** Whether its host, which we had declared to be off, runs again. */
function isBack(node: WireNode, { outOfService }: NodeClaim): boolean {
  return outOfService && isReady(node);
}

/**
 * Only on the node as it was read: of two workers that come together, one finds another node than it has read. One that is
 * back takes pods again.
 */
function claiming(node: WireNode, claim: NodeClaim): PatchOperation[] {
  const { resourceVersion, annotations } = node.metadata ?? {};
  const back = isBack(node, claim);
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    ...(annotations ? [] : [{ op: 'add', path: ANNOTATIONS, value: {} } as const]),
    { op: 'add', path: CLAIM, value: writeClaim(back ? { ...claim, outOfService: false } : claim) },
    ...(back ? withoutTaint(node) : []),
  ];
}
