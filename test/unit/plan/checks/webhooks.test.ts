import type { ClusterSnapshot, NodeView, PodView, WebhookView } from '../../../../src/cluster/snapshot.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { budget, cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

const NODES = [controlPlane('cp-1', '1.36.2'), ...['w-1', 'w-2', 'w-3'].map(name => worker(name, '1.36.2'))];
const EVERYTHING = { matchLabels: {}, matchExpressions: [] };

const HOOK: WebhookView = {
  kind: 'ValidatingWebhookConfiguration',
  configuration: 'guard',
  name: 'pods.guard.example.com',
  service: {
    namespace: 'guard',
    name: 'hook',
    exists: true,
    selector: { app: 'hook' },
    namespaceLabels: { 'kubernetes.io/metadata.name': 'guard' },
  },
  podRule: 'none',
  namespaceSelector: EVERYTHING,
  objectSelector: EVERYTHING,
};

function server(name: string, node: string, more: Partial<PodView> = {}): PodView {
  return pod(name, node, { namespace: 'guard', labels: { app: 'hook' }, ...more });
}

function guarded(pods: readonly PodView[], more: Partial<WebhookView> = {}) {
  return cluster(NODES, { pods, webhooks: [{ ...HOOK, ...more }] });
}

const ABOUT_PODS = { podRule: 'always' } as const;
const BOTH = ['WEBHOOK_UNSERVED', 'WEBHOOK_BLOCKS_ITSELF'];

describe('a webhook that fails closed', () => {
  it('and is served from one drained node is named, with Service, pods and node', () => {
    const pods = [server('hook-a', 'w-1'), server('hook-b', 'w-1'), pod('other', 'w-2')];
    expect(found('WEBHOOK_UNSERVED', guarded(pods))).toEqual([
      [
        'warn',
        'Webhook pods.guard.example.com of ValidatingWebhookConfiguration guard is served only from w-1 (Service ' +
          'guard/hook, 2 pods: guard/hook-a, guard/hook-b): while that is drained, what it is asked about is refused.',
      ],
    ]);
  });

  it.each<[string, readonly PodView[]]>([
    ['from two nodes', [server('hook-a', 'w-1'), server('hook-b', 'w-2')]],
    ['from a node that is not drained', [server('hook-a', 'elsewhere')]],
    ['by a DaemonSet', [server('hook-a', 'w-1', { controller: { kind: 'DaemonSet', name: 'hook', uid: 'u' } })]],
    ['by a static pod', [server('hook-a', 'cp-1', { mirror: true })]],
  ])('and is served %s does not matter', (_how, pods) => {
    for (const code of BOTH) expect(found(code, guarded(pods, ABOUT_PODS))).toEqual([]);
  });

  it.each<[string, readonly PodView[], Partial<WebhookView>, string]>([
    ['a Service without a ready pod', [server('hook-a', 'w-1', { ready: false })], {}, 'behind which no pod is ready'],
    ['a Service whose pods stop', [server('hook-a', 'w-1', { deletingSince: 0 })], {}, 'behind which no pod is ready'],
    [
      'a Service of another namespace',
      [server('hook-a', 'w-1', { namespace: 'x' })],
      {},
      'behind which no pod is ready',
    ],
    ['no Service', [], { service: { ...HOOK.service, exists: false, selector: undefined } }, 'which does not exist'],
  ])('and is served by %s refuses already', (_what, pods, more, words) => {
    expect(found('WEBHOOK_UNSERVED', guarded(pods, more))).toEqual([
      [
        'warn',
        expect.stringContaining(
          `is served by Service guard/hook, ${words}: what it is asked about is refused already.`,
        ),
      ],
    ]);
  });

  it('and is served by endpoints that people wrote is left to them', () => {
    const service = { ...HOOK.service, selector: undefined };
    expect(found('WEBHOOK_UNSERVED', guarded([], { service }))).toEqual([]);
  });

  describe('and is served from two nodes of which one goes before the other', () => {
    const spread = [server('hook-a', 'w-1'), server('hook-b', 'w-2')];
    const [cp, w1, w2] = NODES;
    const two = [cp, w1, w2].filter(node => node !== undefined);
    const on = (nodes: readonly NodeView[], more: Partial<ClusterSnapshot> = {}, hook: Partial<WebhookView> = {}) =>
      cluster(nodes, { pods: spread, webhooks: [{ ...HOOK, ...hook }], ...more });
    const SAID =
      'Webhook pods.guard.example.com of ValidatingWebhookConfiguration guard may be served only from w-2 once others were ' +
      'drained (Service guard/hook, 2 pods: guard/hook-a, guard/hook-b)';
    const apart = {
      selector: { matchLabels: { app: 'hook' }, matchExpressions: [] },
      namespaces: ['guard'],
      topologyKey: 'kubernetes.io/hostname',
    };

    it('is warned about where its pods have to come together on the second', () => {
      expect(found('WEBHOOK_UNSERVED', on(two))).toEqual([
        ['warn', `${SAID}: while that is drained, what it is asked about is refused.`],
      ]);
    });

    it('is warned about where the first stays cordoned, so that its pod is Pending when the second goes', () => {
      const pods = spread.map(pod => ({ ...pod, antiAffinity: [apart] }));
      const cordoned = two.map(node => (node.name === 'w-1' ? { ...node, unschedulable: true } : node));
      expect(found('WEBHOOK_UNSERVED', on(cordoned, { pods }))).toEqual([['warn', expect.stringContaining(SAID)]]);
      expect(found('WEBHOOK_UNSERVED', on(two, { pods }))).toEqual([]);
    });

    it('is warned about where it would keep its own pods out, since that hangs on where these go', () => {
      expect(found('WEBHOOK_BLOCKS_ITSELF', on(two, {}, ABOUT_PODS))).toEqual([
        [
          'warn',
          `${SAID} and is asked about its own pods too: once they are drained nobody lets their replacements in, nor any other pod.`,
        ],
      ]);
    });

    it('is warned about where nothing creates the first again, which is lost by force', () => {
      const policy = { ...NO_POLICY, drain: { ...NO_POLICY.drain, force: true } };
      const pods = [server('hook-a', 'w-1', { controller: undefined }), server('hook-b', 'w-2')];
      const forced = on(NODES, { pods });
      expect(found('WEBHOOK_UNSERVED', forced, 'next', undefined, { policy })).toEqual([
        ['warn', expect.stringContaining(SAID)],
      ]);
      expect(found('WEBHOOK_UNSERVED', forced)).toEqual([]);
    });

    it('is not where a third node takes them', () => {
      for (const code of BOTH) expect(found(code, on(NODES, {}, ABOUT_PODS))).toEqual([]);
    });
  });

  it('and is kept by a budget lets its replacements in one after the other', () => {
    const pods = [server('hook-a', 'w-1'), server('hook-b', 'w-1')];
    const selector = { matchLabels: { app: 'hook' }, matchExpressions: [] };
    const under = (desiredHealthy: number, currentHealthy: number) => ({
      ...guarded(pods, ABOUT_PODS),
      budgets: [budget('hook', { namespace: 'guard', selector, desiredHealthy, currentHealthy })],
    });
    for (const code of BOTH) expect(found(code, under(1, 2))).toEqual([]);
    for (const budgeted of [under(0, 2), under(0, 0), under(1, 5)])
      expect(found('WEBHOOK_BLOCKS_ITSELF', budgeted)).toEqual([['block', expect.stringContaining('only from w-1')]]);
  });

  describe('and is asked about pods', () => {
    const pods = [server('hook-a', 'w-1')];
    const selecting = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });

    it('its own among them, stops the plan: it could not come back', () => {
      expect(found('WEBHOOK_BLOCKS_ITSELF', guarded(pods, ABOUT_PODS))).toEqual([
        [
          'block',
          'Webhook pods.guard.example.com of ValidatingWebhookConfiguration guard is served only from w-1 (Service ' +
            'guard/hook, 1 pod: guard/hook-a) and is asked about its own pods too: once they are drained nobody lets ' +
            'their replacements in, nor any other pod.',
        ],
      ]);
      expect(found('WEBHOOK_UNSERVED', guarded(pods, ABOUT_PODS))).toEqual([]);
    });

    it.each<[string, Partial<WebhookView>]>([
      ['of other namespaces', { namespaceSelector: selecting({ team: 'shop' }) }],
      ['with other labels', { objectSelector: selecting({ app: 'web' }) }],
      ['under conditions that are not judged here', { podRule: 'under conditions' }],
    ])('%s is warned about', (_what, more) => {
      const snapshot = guarded(pods, { ...ABOUT_PODS, ...more });
      expect(found('WEBHOOK_BLOCKS_ITSELF', snapshot)).toEqual([]);
      expect(found('WEBHOOK_UNSERVED', snapshot)).toEqual([
        ['warn', expect.stringMatching(/what it is asked about is refused, new pods among it\.$/)],
      ]);
    });

    it('of its own namespace, chosen by the label that every namespace has, stops the plan too', () => {
      const namespaceSelector = selecting({ 'kubernetes.io/metadata.name': 'guard' });
      expect(found('WEBHOOK_BLOCKS_ITSELF', guarded(pods, { ...ABOUT_PODS, namespaceSelector }))).toHaveLength(1);
    });
  });
});
