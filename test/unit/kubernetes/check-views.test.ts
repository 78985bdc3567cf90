import { matchesSelector } from '../../../src/cluster/selector.ts';
import type { WebhookView } from '../../../src/cluster/snapshot.ts';
import { createAddonFinder } from '../../../src/kubernetes/views/addon-finder.ts';
import { deprecatedUse } from '../../../src/kubernetes/views/deprecated-use.ts';
import { volumeView } from '../../../src/kubernetes/views/volume-view.ts';
import { closedWebhooks, webhookService } from '../../../src/kubernetes/views/webhook-view.ts';
import type { WireRule, WireVolume, WireWebhook } from '../../../src/kubernetes/views/wire.ts';
import { nameView, workloadView } from '../../../src/kubernetes/views/workload-view.ts';

describe('the view of a workload', () => {
  it('names it, and how many replicas it wants', () => {
    const metadata = { namespace: 'shop', name: 'web' };
    expect(workloadView('Deployment')({ metadata, spec: { replicas: 3 } })).toEqual({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      replicas: 3,
    });
    expect(workloadView('StatefulSet')({ metadata }).replicas).toBe(1);
    expect([nameView({ metadata }), nameView({ metadata: { name: 'cluster-wide' } })]).toEqual([
      'shop/web',
      'cluster-wide',
    ]);
  });
});

describe('the view of a volume', () => {
  const claimRef = { namespace: 'data', name: 'db-0' };
  const onNode = {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w-1'] }] }],
    },
  };

  it.each<[string, WireVolume['spec'], boolean]>([
    ['a local one', { claimRef, nodeAffinity: onNode }, false],
    ['a directory of the node', { claimRef, hostPath: {} }, true],
  ])('holds %s', (_what, spec, hostPath) => {
    const view = volumeView({ metadata: { name: 'pv-1' }, spec: spec ?? {} });
    expect(view).toMatchObject({ name: 'pv-1', claim: 'data/db-0', hostPath });
    expect(view?.nodeAffinity.length).toBe(hostPath ? 0 : 1);
  });

  it.each<[string, WireVolume['spec']]>([
    ['nobody claims', { nodeAffinity: onNode }],
    ['every node can mount', { claimRef }],
    ['names no node', { claimRef, nodeAffinity: { required: {} } }],
  ])('leaves out what %s', (_what, spec) => {
    expect(volumeView({ spec: spec ?? {} })).toBeUndefined();
  });
});

describe('the view of a webhook', () => {
  const SERVED: WireWebhook = {
    name: 'a.example.com',
    clientConfig: { service: { namespace: 'guard', name: 'hook' } },
  };
  const PODS: WireRule = { apiGroups: [''], resources: ['pods'], operations: ['CREATE'] };
  const view = (webhook: WireWebhook) =>
    closedWebhooks('ValidatingWebhookConfiguration')({ metadata: { name: 'guard' }, webhooks: [webhook] });

  it('holds where it is served, and without selectors asks about everything', () => {
    const [only] = view(SERVED);
    expect(only).toMatchObject({
      kind: 'ValidatingWebhookConfiguration',
      configuration: 'guard',
      name: 'a.example.com',
      service: { namespace: 'guard', name: 'hook' },
      podRule: 'none',
    });
    expect(only && matchesSelector(only.namespaceSelector, { any: 'thing' })).toBe(true);
    expect(only && matchesSelector(only.objectSelector, {})).toBe(true);
  });

  it.each<[string, WireWebhook]>([
    ['fails open', { ...SERVED, failurePolicy: 'Ignore' }],
    ['is served elsewhere', { name: 'b', failurePolicy: 'Fail', clientConfig: {} }],
  ])('leaves out one that %s', (_what, webhook) => {
    expect(view(webhook)).toEqual([]);
  });

  it.each<[string, WireRule[], WebhookView['podRule']]>([
    ['pods', [PODS], 'always'],
    ['everything', [{ apiGroups: ['*'], resources: ['*'], operations: ['*'] }], 'always'],
    [
      'everything and its parts',
      [{ apiGroups: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE'] }],
      'always',
    ],
    ['the parts of pods', [{ ...PODS, resources: ['pods/*'] }], 'none'],
    ['pods that go', [{ ...PODS, operations: ['DELETE'] }], 'none'],
    ['deployments', [{ ...PODS, apiGroups: ['apps'], resources: ['deployments'] }], 'none'],
    ['what is in no namespace', [{ ...PODS, scope: 'Cluster' }], 'none'],
    ['nothing', [], 'none'],
  ])('is asked about new pods where its rules name %s', (_what, rules, podRule) => {
    expect(view({ ...SERVED, rules })[0]?.podRule).toBe(podRule);
  });

  it('cannot tell where conditions decide', () => {
    expect(view({ ...SERVED, rules: [PODS], matchConditions: [{}] })[0]?.podRule).toBe('under conditions');
  });

  it.each([
    ['by labels', { spec: { selector: { app: 'hook' } } }, { exists: true, selector: { app: 'hook' } }],
    ['by hand', { spec: {} }, { exists: true, selector: undefined }],
    ['elsewhere', { spec: { type: 'ExternalName', selector: { app: 'x' } } }, { exists: true, selector: undefined }],
    ['by nobody', undefined, { exists: false, selector: undefined }],
  ])('tells of a Service that is served %s', (_how, service, expected) => {
    const labels = { 'kubernetes.io/metadata.name': 'guard' };
    expect(webhookService({ namespace: 'guard', name: 'hook' }, service, labels)).toEqual({
      namespace: 'guard',
      name: 'hook',
      namespaceLabels: labels,
      ...expected,
    });
  });
});

describe('a line of the metrics', () => {
  const line = (removed: string, value = '1') =>
    `apiserver_requested_deprecated_apis{group="networking.k8s.io",removed_release="${removed}",resource="servicecidrs",subresource="",version="v1beta1"} ${value}`;

  it('tells of a deprecated API that was asked for, and when it goes', () => {
    expect(deprecatedUse(line('1.37'))).toEqual({
      group: 'networking.k8s.io',
      version: 'v1beta1',
      resource: 'servicecidrs',
      removedIn: { major: 1, minor: 37 },
    });
  });

  it.each([
    ['has no date', line('')],
    ['was not asked for', line('1.37', '0')],
    ['is a comment', '# TYPE apiserver_requested_deprecated_apis gauge'],
    ['is another metric', 'apiserver_request_total{group="",version="v1"} 1'],
    ['is cut off', line('1.37').slice(0, 60)],
    ['is empty', ''],
  ])('tells nothing where it %s', (_what, text) => {
    expect(deprecatedUse(text)).toBeUndefined();
  });
});

describe('the add-ons of a cluster', () => {
  it('are found once each, whatever runs them, and not in what has ended', () => {
    const finder = createAddonFinder();
    const pod = (image: string, phase: string) => ({ spec: { containers: [{ image }] }, status: { phase } });
    finder.look(pod('docker.io/calico/node:v3.31.0', 'Running'));
    finder.look(pod('docker.io/calico/node:v3.31.0', 'Running'));
    finder.look(pod('quay.io/calico/node:v3.31.0', 'Running'));
    finder.look(pod('docker.io/calico/node:v3.30.0', 'Succeeded'));
    finder.look(pod('registry.example.com/web:1', 'Running'));
    expect(finder.found()).toEqual([{ kind: 'network', image: 'calico/node', version: 'v3.31.0' }]);
  });
});
