import type { LabelSelector, PodAffinityTerm, SpreadRule } from '../../../src/cluster/selector.ts';
import { antiAffinityView, hostPortsOf, spreadView } from '../../../src/kubernetes/views/constraints.ts';
import { podView } from '../../../src/kubernetes/views/pod-view.ts';
import { createSharing } from '../../../src/kubernetes/views/sharing.ts';
import type { WirePod, WirePodAffinityTerm, WirePodSpec, WireSpread } from '../../../src/kubernetes/views/wire.ts';

const LABELS = { app: 'web', 'pod-template-hash': 'abc' };
const labelSelector = { matchLabels: { app: 'web' } };
const web: LabelSelector = { matchLabels: { app: 'web' }, matchExpressions: [] };

function narrowed(operator: 'In' | 'NotIn'): LabelSelector {
  return { ...web, matchExpressions: [{ key: 'pod-template-hash', operator, values: ['abc'] }] };
}

function pod(spec: WirePodSpec): WirePod {
  return { metadata: { namespace: 'shop', labels: LABELS }, spec };
}

describe('required anti-affinity', () => {
  const topologyKey = 'kubernetes.io/hostname';

  it.each<[string, WirePodAffinityTerm, Partial<PodAffinityTerm>]>([
    ['is about pods of its own namespace', { labelSelector, topologyKey }, { selector: web, namespaces: ['shop'] }],
    ['or of those it names', { labelSelector, topologyKey, namespaces: ['a', 'b'] }, { namespaces: ['a', 'b'] }],
    ['or of any, where it chooses them by labels', { labelSelector, namespaceSelector: {} }, { namespaces: undefined }],
    [
      'with the values that the pod itself has',
      { labelSelector, matchLabelKeys: ['pod-template-hash', 'missing'] },
      { selector: narrowed('In') },
    ],
    ['or with others', { labelSelector, mismatchLabelKeys: ['pod-template-hash'] }, { selector: narrowed('NotIn') }],
    ['is about the node label that it names', { labelSelector, topologyKey: 'zone' }, { topologyKey: 'zone' }],
  ])('%s', (_what, term, expected) => {
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    expect(antiAffinityView(pod({ affinity: { podAntiAffinity } }))).toEqual([expect.objectContaining(expected)]);
  });

  it.each([{}, { affinity: {} }, { affinity: { podAntiAffinity: {} } }])('is none in %j', spec => {
    expect(antiAffinityView(pod(spec))).toEqual([]);
  });
});

describe('a rule to spread', () => {
  const usual = {
    selector: web,
    topologyKey: 'zone',
    maxSkew: 1,
    minDomains: 1,
    honorsAffinity: true,
    honorsTaints: false,
  };

  it.each<[string, WireSpread, readonly SpreadRule[]]>([
    ['has the defaults of the API', { labelSelector, topologyKey: 'zone' }, [usual]],
    [
      'has what is said instead',
      {
        labelSelector,
        topologyKey: 'host',
        maxSkew: 3,
        minDomains: 5,
        whenUnsatisfiable: 'DoNotSchedule',
        nodeAffinityPolicy: 'Ignore',
        nodeTaintsPolicy: 'Honor',
      },
      [{ ...usual, topologyKey: 'host', maxSkew: 3, minDomains: 5, honorsAffinity: false, honorsTaints: true }],
    ],
    [
      'counts pods of its own revision where it asks for that',
      { labelSelector, topologyKey: 'zone', matchLabelKeys: ['pod-template-hash'] },
      [{ ...usual, selector: narrowed('In') }],
    ],
    ['that only scores nodes is none', { labelSelector, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }, []],
  ])('%s', (_what, constraint, expected) => {
    expect(spreadView(pod({ topologySpreadConstraints: [constraint] }))).toEqual(expected);
  });
});

describe('ports of the host', () => {
  it.each<[string, WirePodSpec, readonly string[]]>([
    ['are none usually', { containers: [{ ports: [{}] }, {}] }, []],
    [
      'are those of containers',
      { containers: [{ ports: [{ hostPort: 80 }, { hostPort: 53, protocol: 'UDP' }] }] },
      ['TCP 80', 'UDP 53'],
    ],
    ['are those of sidecars', { initContainers: [{ restartPolicy: 'Always', ports: [{ hostPort: 80 }] }] }, ['TCP 80']],
    ['are not those of init containers', { initContainers: [{ ports: [{ hostPort: 80 }] }] }, []],
  ])('%s', (_what, spec, expected) => {
    expect(hostPortsOf(spec)).toEqual(expected);
  });
});

describe('views that are shared', () => {
  const wire = (name: string, app: string): WirePod => ({
    metadata: {
      namespace: 'shop',
      name,
      labels: { app },
      ownerReferences: [{ kind: 'ReplicaSet', name: app, uid: app, controller: true }],
    },
    spec: {
      nodeName: 'w-1',
      tolerations: [{ operator: 'Exists' }],
      containers: [{ resources: { requests: { cpu: '1' } } }],
    },
  });

  it('are equal to those that are not', () => {
    expect(podView(wire('a', 'web'), createSharing())).toEqual(podView(wire('a', 'web')));
  });

  it('have one object for all that are alike, and others for what differs', () => {
    const share = createSharing();
    const [a, b, other] = [wire('a', 'web'), wire('b', 'web'), wire('c', 'db')].map(each => podView(each, share));
    for (const part of ['labels', 'controller', 'tolerations', 'requests', 'nodeSelector', 'spread'] as const) {
      expect(b?.[part]).toBe(a?.[part]);
    }
    expect(other?.labels).toEqual({ app: 'db' });
    expect(other?.controller).toEqual({ kind: 'ReplicaSet', name: 'db', uid: 'db' });
    expect(other?.requests).toBe(a?.requests);
  });
});
