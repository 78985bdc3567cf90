import type { PodView, WebhookView } from '../../../../src/cluster/snapshot.ts';
import { cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

const NODES = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2'), worker('w-2', '1.36.2')];
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
