import type { CordonRules } from '../app/ports.ts';
import type { NodeClaim } from '../cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../cluster/taints.ts';
import { type PatchOperation, pointer } from './json-patch.ts';
import { CLAIM } from './node-patch.ts';
import { writeClaim } from './views/claim.ts';
import type { WireNode } from './views/wire.ts';

const UNSCHEDULABLE = pointer('spec', 'unschedulable');
const LABELS = pointer('metadata', 'labels');
const TAINTS = pointer('spec', 'taints');
/** Load balancers of the cloud leave nodes out that carry it, whatever its value (kubernetes.io: well-known labels). */
const EXCLUDE_KEY = 'node.kubernetes.io/exclude-from-external-load-balancers';
const EXCLUDE = pointer('metadata', 'labels', EXCLUDE_KEY);

/**
 * Takes the node away from the scheduler, and from load balancers where asked for, and writes into the claim what of that
 * is ours. Nothing where it is so already. Rests on the node as it was read: what others do at the same moment is seen.
 */
export function cordoning(held: NodeClaim, node: WireNode, rules: CordonRules): PatchOperation[] {
  const { metadata = {}, spec = {} } = node;
  const unschedulable = spec.unschedulable ?? false;
  const ours = held.cordons > 0;
  const excludes = rules.excludeFromLoadBalancers && !held.excluded && !isExcluded(node);
  if (ours && unschedulable && !excludes) return [];
  const claim: NodeClaim = {
    ...held,
    // Whoever uncordons a node that they had cordoned themselves wants it back without that.
    wasUnschedulable: ours ? held.wasUnschedulable && unschedulable : unschedulable,
    cordons: ours && unschedulable ? held.cordons : held.cordons + 1,
    excluded: held.excluded || excludes,
  };
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: CLAIM, value: writeClaim(claim) },
    { op: 'add', path: UNSCHEDULABLE, value: true },
    ...(excludes && !metadata.labels ? [{ op: 'add', path: LABELS, value: {} } as const] : []),
    ...(excludes ? [{ op: 'add', path: EXCLUDE, value: '' } as const] : []),
  ];
}

/** Undoes what the claim says we did, as far as nobody else has. */
export function releasing(held: NodeClaim, node: WireNode): PatchOperation[] {
  const cordoned = held.cordons > 0 && !held.wasUnschedulable;
  return [
    { op: 'remove', path: CLAIM },
    ...(cordoned ? [{ op: 'add', path: UNSCHEDULABLE, value: false } as const] : []),
    ...(held.excluded && isExcluded(node) ? [{ op: 'remove', path: EXCLUDE } as const] : []),
    ...(held.outOfService ? withoutTaint(node) : []),
  ];
}

/**
 * Says that the host is off, and writes into the claim that it was us. Nothing where the taint is there already, whoever set
 * it, and where the node is Ready by now.
 */
export function takingOutOfService(held: NodeClaim, node: WireNode): PatchOperation[] {
  const { metadata = {}, spec = {} } = node;
  const isThere = spec.taints?.some(
    ({ key, effect }) => key === OUT_OF_SERVICE.key && effect === OUT_OF_SERVICE.effect,
  );
  if (isThere || isReady(node)) return [];
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: CLAIM, value: writeClaim({ ...held, outOfService: true }) },
    ...(spec.taints ? [] : [{ op: 'add', path: TAINTS, value: [] } as const]),
    { op: 'add', path: `${TAINTS}/-`, value: OUT_OF_SERVICE },
  ];
}

/** Takes our taint away, and no other: one that has got another value since is somebody else's. */
export function withoutTaint({ metadata, spec }: WireNode): PatchOperation[] {
  const { key, value, effect } = OUT_OF_SERVICE;
  const place =
    spec?.taints?.findIndex(each => each.key === key && each.value === value && each.effect === effect) ?? -1;
  if (place < 0) return [];
  return [
    // Places shift when others change the list.
    { op: 'test', path: '/metadata/resourceVersion', value: metadata?.resourceVersion },
    { op: 'remove', path: `${TAINTS}/${place}` },
  ];
}

export function isReady({ status }: WireNode): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function isExcluded({ metadata }: WireNode): boolean {
  return metadata?.labels?.[EXCLUDE_KEY] !== undefined;
}
