import { PatchStrategy, type V1Pod } from '@kubernetes/client-node';
import { as } from './client.ts';
import type { Place } from './suite.ts';
import { markNode, releaseNode } from './traces.ts';
import { until } from './watching.ts';
import { freshNamespace, nameOf, nodeWhere, podSpec, podsPath, workersOf } from './world.ts';

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export function nodeContract(at: () => Place): void {
  describe('nodes', () => {
    let node: string;

    beforeAll(async () => {
      [node] = await workersOf(at().client);
      await markNode(at().client, node);
    });
    afterEach(() => cordon(false));
    afterAll(() => releaseNode(at().client, node));

    const cordon = (value: boolean) =>
      at().client.core.patchNode(
        { name: node, body: [{ op: 'add', path: '/spec/unschedulable', value }] },
        as(PatchStrategy.JsonPatch),
      );
    const isTainted = (taints: { key: string }[] | undefined) =>
      taints?.some(({ key }) => key === UNSCHEDULABLE.key) ?? false;

    it('carry a taint as long as they are unschedulable', async () => {
      expect((await cordon(true)).spec?.unschedulable).toBe(true);
      const cordoned = await nodeWhere(at().client, node, ({ spec }) => isTainted(spec?.taints));
      expect(cordoned.spec?.taints).toContainEqual({ ...UNSCHEDULABLE, timeAdded: expect.any(String) });
      await cordon(false);
      const open = await nodeWhere(at().client, node, ({ spec }) => !isTainted(spec?.taints));
      expect(open.spec?.unschedulable).toBeUndefined();
    });

    it('can be found by whether they are schedulable', async () => {
      await cordon(true);
      const { items } = await at().client.core.listNode({ fieldSelector: 'spec.unschedulable=true' });
      expect(items.map(nameOf)).toEqual([node]);
    });

    it('keep their status when their specification is patched', async () => {
      const { core } = at().client;
      const before = await core.readNode({ name: node });
      const body = { metadata: { annotations: { 'example.com/note': 'here' } }, status: { conditions: [] } };
      const after = await core.patchNode({ name: node, body }, as(PatchStrategy.MergePatch));
      expect(after.metadata?.annotations?.['example.com/note']).toBe('here');
      expect(after.status?.conditions?.length).toBe(before.status?.conditions?.length);
      const without = { metadata: { annotations: { 'example.com/note': null } } };
      await core.patchNode({ name: node, body: without }, as(PatchStrategy.MergePatch));
    });

    it('take no new pod while they are cordoned, and take those that waited afterwards', async () => {
      const { client } = at();
      const namespace = await freshNamespace(client);
      await cordon(true);
      await nodeWhere(client, node, ({ spec }) => isTainted(spec?.taints));
      const spec = podSpec({ nodeSelector: { 'kubernetes.io/hostname': node } });
      await client.core.createNamespacedPod({ namespace, body: { metadata: { name: 'waits' }, spec } });
      const waiting = await until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
        pods.find(({ status }) => status?.conditions?.some(each => each.reason === 'Unschedulable')),
      );
      expect(waiting.spec?.nodeName).toBeUndefined();
      expect(waiting.status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'PodScheduled',
          status: 'False',
          message: expect.stringMatching(/^0\/\d+ nodes are available: /),
        }),
      );
      await cordon(false);
      const bound = await until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
        pods.find(each => each.spec?.nodeName !== undefined),
      );
      expect(bound.spec?.nodeName).toBe(node);
    });
  });
}
