import type { NodeClaim } from '../../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../../src/cluster/taints.ts';
import { releasing, takingOutOfService, withoutTaint } from '../../../src/kubernetes/node-standing.ts';
import { writeClaim } from '../../../src/kubernetes/views/claim.ts';
import type { WireNode } from '../../../src/kubernetes/views/wire.ts';
import { exampleClaim } from '../plan/cluster-builder.ts';

const CLAIM: NodeClaim = exampleClaim();
const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const THEIRS = { ...OUT_OF_SERVICE, value: 'theirs' };
const TEST = { op: 'test', path: '/metadata/resourceVersion', value: '7' };
const MARK = {
  op: 'add',
  path: '/metadata/annotations/capstan.dev~1claim',
  value: writeClaim({ ...CLAIM, outOfService: true }),
};

type Taints = NonNullable<WireNode['spec']>['taints'];

function node(taints: Taints, ready = 'Unknown'): WireNode {
  return {
    metadata: { name: 'w-1', resourceVersion: '7' },
    spec: { unschedulable: true, ...(taints ? { taints } : {}) },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
}

describe('the patch that takes a node out of service', () => {
  const add = { op: 'add', path: '/spec/taints/-', value: OUT_OF_SERVICE };
  it.each<[string, WireNode, readonly object[]]>([
    ['adds the taint, and says that it is ours', node([CORDON]), [TEST, MARK, add]],
    [
      'begins the list where there is none',
      node(undefined),
      [TEST, MARK, { op: 'add', path: '/spec/taints', value: [] }, add],
    ],
    ['is none where the taint is there', node([CORDON, OUT_OF_SERVICE]), []],
    ['is none where somebody else’s is there', node([THEIRS]), []],
    [
      'is made beside another effect of the same key',
      node([{ ...OUT_OF_SERVICE, effect: 'NoSchedule' }]),
      [TEST, MARK, add],
    ],
    ['is none where the node is Ready by now', node([CORDON], 'True'), []],
    [
      'is made where the kubelet said that it is not Ready, and then nothing',
      node([CORDON], 'False'),
      [TEST, MARK, add],
    ],
  ])('%s', (_what, from, patch) => {
    expect(takingOutOfService(CLAIM, from)).toEqual(patch);
  });
});

describe('the patch that gives a node back', () => {
  const taken = { ...CLAIM, outOfService: true };
  const remove = (place: number) => ({ op: 'remove', path: `/spec/taints/${place}` });
  it.each<[string, NodeClaim, Taints, readonly object[]]>([
    ['takes our taint away, wherever it stands', taken, [CORDON, OUT_OF_SERVICE], [TEST, remove(1)]],
    ['leaves the same taint alone that somebody else had set', CLAIM, [OUT_OF_SERVICE], []],
    ['leaves one alone that somebody has given another value', taken, [THEIRS], []],
    [
      'leaves one of another effect alone',
      taken,
      [{ ...OUT_OF_SERVICE, effect: 'NoSchedule' }, OUT_OF_SERVICE],
      [TEST, remove(1)],
    ],
    ['does nothing about one that is gone', taken, undefined, []],
  ])('%s', (_what, held, taints, about) => {
    const patch = releasing(held, node(taints));
    expect(patch.filter(({ path }) => path.startsWith('/spec/taints') || path === TEST.path)).toEqual(about);
    expect(patch).toContainEqual({ op: 'remove', path: MARK.path });
    expect(patch).toContainEqual({ op: 'add', path: '/spec/unschedulable', value: false });
    if (held.outOfService) expect(withoutTaint(node(taints))).toEqual(about);
  });
});
