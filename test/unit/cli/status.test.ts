import { statusJson } from '../../../src/cli/status-json.ts';
import { statusText } from '../../../src/cli/status-text.ts';
import { clusterStatus } from '../../../src/plan/cluster-status.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, component, controlPlane, staticPods, worker } from '../plan/cluster-builder.ts';

const NODES = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2'), worker('w-2', '1.32.9')];
const COMPONENTS = [...staticPods('cp-1', '1.36.2'), component('etcd', 'cp-1', '3.6.8-0')];

function status(...input: Parameters<typeof cluster>) {
  return clusterStatus(cluster(...input), EXAMPLE_CALENDAR);
}

describe('the status as text', () => {
  it('shows support, nodes, every component, and what breaks the policy', () => {
    expect(statusText('prod', status(NODES, { components: COMPONENTS })).split('\n')).toEqual([
      'Status of prod',
      'Support   1.36 is supported until 2027-06-28, for 216 more days. Its newest patch is v1.36.4;',
      '          the newest version is v1.37.2. As of 2026-11-23, by the example calendar.',
      'Nodes     3: 3 ready, 0 cordoned',
      '',
      'COMPONENT                 NODE   VERSION    ALLOWED        VERDICT',
      'kube-apiserver            cp-1   v1.36.2    1.35 to 1.37   within',
      'kube-controller-manager   cp-1   v1.36.2    1.35 to 1.36   within',
      'kube-scheduler            cp-1   v1.36.2    1.35 to 1.36   within',
      'etcd                      cp-1   v3.6.8-0   -              not held',
      'kubelet                   cp-1   v1.36.2    1.33 to 1.36   within',
      'kubelet                   w-1    v1.36.2    1.33 to 1.36   within',
      'kubelet                   w-2    v1.32.9    1.33 to 1.36   TOO OLD',
      'kubectl                   -      -          1.35 to 1.37   not held',
      '',
      'The version-skew policy is broken (https://kubernetes.io/releases/version-skew-policy/):',
      '  kubelet on w-2 (v1.32.9) is 4 minors older than kube-apiserver on cp-1 (v1.36.2): at most 3',
      '    minors are allowed.',
      '',
    ]);
  });

  it('counts where there are many nodes, and names those that are wrong', () => {
    const workers = Array.from({ length: 5_000 }, (_, index) => worker(`w-${index}`, index < 30 ? '1.32.9' : '1.36.2'));
    const text = statusText('prod', status([controlPlane('cp-1', '1.36.2'), ...workers]));
    expect(text).toMatch(/^kubelet +4971 nodes +v1\.36\.2 +1\.33 to 1\.36 +within$/m);
    expect(text).toMatch(/^kubelet +w-0, w-1, .*, w-19 and 10 more +v1\.32\.9 +1\.33 to 1\.36 +TOO OLD$/m);
    expect(text).toContain('There are 10 more of this kind.');
    expect(text.split('\n').length).toBeLessThan(70);
  });

  it('says so where all is well, what could not be read, and how old the calendar is', () => {
    const unreadable = [{ what: 'pods', why: 'forbidden' }];
    const text = statusText(
      'prod',
      status([controlPlane('cp-1', '1.36.2')], { takenAt: Date.UTC(2027, 2, 1), unreadable }),
    );
    expect(text).toContain('Every component is within the version-skew policy (https://kubernetes.io/');
    expect(text).toContain('Could not read pods: forbidden.');
    expect(text.replace(/\s+/g, ' ')).toContain('That is 98 days ago, so newer patches may be out.');
    const early = statusText('prod', status([controlPlane('cp-1', '1.36.2')], { takenAt: Date.UTC(2026, 7, 15) }));
    expect(early.replace(/\s+/g, ' ')).toContain('That is 100 days ahead: the clock or this calendar is wrong.');
  });

  it.each([
    ['1.33.2', /^Support {3}1\.33 is no longer supported, since 2026-06-28\./m],
    ['1.38.0', /^Support {3}1\.38 is newer than the release calendar knows\. Its patches are not known;/m],
  ])('says what holds for %s', (version, words) => {
    expect(statusText('prod', status([controlPlane('cp-1', version)]))).toMatch(words);
  });

  it('lets no control character of the cluster reach a terminal', () => {
    const evil = [worker('w-1', 'x', { kubeletText: 'v1\u001b[2J' })];
    expect(statusText('prod', status(evil))).not.toContain('\u001b');
  });
});

describe('the status as JSON', () => {
  it('holds every component one by one, and null for what is not known', () => {
    const json = JSON.parse(statusJson('prod', status(NODES, { components: COMPONENTS })));
    expect(json).toMatchObject({
      schemaVersion: 1,
      kind: 'status',
      cluster: 'prod',
      withinPolicy: false,
      policy: 'https://kubernetes.io/releases/version-skew-policy/',
      kubectl: '1.35 to 1.37',
      skew: [expect.stringContaining('kubelet on w-2')],
      support: { minor: '1.36', state: 'supported', day: '2027-06-28', known: { asOf: '2026-11-23', staleDays: null } },
      nodes: { total: 3, ready: 3, cordoned: 0 },
    });
    expect(json.components).toHaveLength(7);
    expect(json.components).toContainEqual({
      component: 'kubelet',
      node: 'w-2',
      version: 'v1.32.9',
      allowed: '1.33 to 1.36',
      verdict: 'too old',
    });
    expect(json.components).toContainEqual({
      component: 'etcd',
      node: 'cp-1',
      version: 'v3.6.8-0',
      allowed: null,
      verdict: 'not held',
    });
  });
});
