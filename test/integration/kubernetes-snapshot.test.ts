import { ClusterRefused, ClusterUnreachable } from '../../src/app/ports.ts';
import { LOOKS } from '../../src/cluster/looks.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { parseTarget } from '../../src/command/target.ts';
import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { type PlanningResult, planUpgrade } from '../../src/plan/planning.ts';
import { formatVersion } from '../../src/version/kubernetes-version.ts';
import { EXAMPLE_CALENDAR } from '../support/calendar.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, next, PASS } from '../support/meddling-proxy.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage({ name: 'shop' }, { scenario: HIGHLY_AVAILABLE });
});

afterAll(() => stage.stop());

afterEach(() => {
  stage.proxy.meddle = () => PASS;
  stage.proxy.rewrite = url => url;
});

function snapshot(): Promise<ClusterSnapshot> {
  return stage.kubernetes.reader.snapshot(NEVER);
}

function planFor(seen: ClusterSnapshot, text: string): PlanningResult {
  const target = parseTarget(text);
  if (target.kind === 'error') throw new Error(target.sentence);
  return planUpgrade({
    snapshot: seen,
    request: { target, strategy: 'rolling', only: undefined },
    calendar: EXAMPLE_CALENDAR,
    id: 'plan-1',
    requestedBy: 'cli',
    now: Date.now(),
    ttlMs: 1_000,
  });
}

/** Pages of seven, so that these small lists have many. */
function smallPages(): void {
  stage.proxy.rewrite = url => url.replace(/limit=\d+/, 'limit=7');
}

describe('the snapshot of a cluster', () => {
  it('is what a plan of two hops needs, with nothing in its way', async () => {
    const result = planFor(await snapshot(), 'latest');
    if (result.kind !== 'plan') throw new Error(`expected a plan, got ${JSON.stringify(result)}`);
    expect(result.plan.hops.map(({ to }) => formatVersion(to))).toEqual(['v1.36.4', 'v1.37.2']);
    expect(result.plan.findings.filter(({ severity }) => severity === 'block' || severity === 'unknown')).toEqual([]);
  });

  it('tells which nodes carry pods of Capstan, by their label, without reading the others', async () => {
    const { core } = stage.kubernetes.client;
    const labels = { 'app.kubernetes.io/part-of': 'capstan' };
    const spec = { nodeName: 'worker-3', containers: [{ name: 'main', image: 'capstan:1' }] };
    expect(await stage.kubernetes.reader.ownNodes(NEVER)).toEqual(new Set());
    await core.createNamespacedPod({ namespace: 'default', body: { metadata: { name: 'own', labels }, spec } });
    stage.proxy.seen.splice(0);
    expect(await stage.kubernetes.reader.ownNodes(NEVER)).toEqual(new Set(['worker-3']));
    expect(stage.proxy.seen).toEqual([expect.stringContaining('labelSelector=app.kubernetes.io%2Fpart-of%3Dcapstan')]);
    await core.deleteNamespacedPod({ namespace: 'default', name: 'own', gracePeriodSeconds: 0 });
  });

  it('names the cluster, its identity, every node, pod and budget, and the version of each component', async () => {
    const seen = await snapshot();
    const system = await stage.kubernetes.client.core.readNamespace({ name: 'kube-system' });
    expect(seen).toMatchObject({ name: 'shop', uid: system.metadata?.uid, lease: undefined, unreadable: [] });
    expect(seen.nodes.map(({ name, role, ready }) => `${name} ${role} ${ready}`)).toEqual([
      ...[1, 2, 3].map(n => `cp-${n} control-plane True`),
      ...[1, 2, 3, 4, 5, 6].map(n => `worker-${n} worker True`),
    ]);
    expect(seen.pods).toHaveLength(stage.cluster.pods().length);
    expect(seen.budgets.map(({ name, rule }) => `${name}: ${rule}`)).toEqual([
      'checkout: minAvailable: 2',
      'storefront: minAvailable: 75%',
    ]);
    const counts = Map.groupBy(seen.components, ({ kind, text }) => `${kind} ${text}`);
    expect([...counts].map(([what, all]) => `${all.length} ${what}`).sort()).toEqual([
      '3 etcd 3.6.6-0',
      '3 kube-apiserver v1.35.4',
      '3 kube-controller-manager v1.35.4',
      '3 kube-scheduler v1.35.4',
      '9 kube-proxy v1.35.4',
    ]);
    expect(seen.components.every(({ ready, version, node }) => ready && version && node)).toBe(true);
  });

  it('is the same however many pages it takes', async () => {
    const whole = await snapshot();
    smallPages();
    const before = stage.proxy.count('GET /api/v1/pods');
    const paged = await snapshot();
    expect(stage.proxy.count('GET /api/v1/pods') - before).toBe(Math.ceil(whole.pods.length / 7));
    const names = ({ pods }: ClusterSnapshot) => pods.map(({ namespace, name }) => `${namespace}/${name}`);
    expect(names(paged)).toEqual(names(whole));
    expect(paged.components).toEqual(whole.components);
  });

  it('begins a list again that expired between two pages, and counts nothing twice', async () => {
    smallPages();
    const expired = failure(410, 'Expired', 'The provided continue parameter is too old');
    const second = /^GET \/api\/v1\/pods\?.*continue=/;
    let struck = false;
    stage.proxy.meddle = line => {
      if (struck || !second.test(line)) return PASS;
      struck = true;
      return expired;
    };
    const seen = await snapshot();
    expect(seen.pods).toHaveLength(stage.cluster.pods().length);
    expect(seen.components).toHaveLength(21);
  });

  it('gives up on a list that never comes to its end', async () => {
    smallPages();
    stage.proxy.meddle = line => (line.includes('continue=') ? failure(410, 'Expired', 'too old') : PASS);
    await expect(snapshot()).rejects.toThrow(ClusterUnreachable);
  });

  it.each([
    ['GET /api/v1/pods', LOOKS.pods, 'list pods', 'LOOK_FAILED', 'unknown'],
    ['GET /apis/policy/v1/poddisruptionbudgets', LOOKS.budgets, 'list poddisruptionbudgets', 'LOOK_FAILED', 'unknown'],
    [
      'GET /apis/coordination.k8s.io/v1/namespaces/capstan-system/leases/capstan-run',
      LOOKS.lease,
      'get leases',
      'ANOTHER_RUN',
      'unknown',
    ],
    ['GET /version', LOOKS.version, 'get /version', 'LOOK_FAILED', 'unknown'],
    ['GET /api/v1/namespaces/kube-system', LOOKS.identity, 'get namespaces', 'IDENTITY_UNKNOWN', 'block'],
  ])('names what may not be read, and then no plan is fine: %s', async (request, what, right, code, severity) => {
    stage.proxy.meddle = line => (line.startsWith(request) ? failure(403, 'Forbidden', 'no right to it') : PASS);
    const seen = await snapshot();
    const [verb = '', resource = ''] = right.split(' ');
    const why = expect.stringMatching(/does not let us .*: no right to it$/);
    expect(seen.unreadable).toEqual([{ what, why, lacks: { verb, resource } }]);
    const result = planFor(seen, 'next');
    const findings = result.kind === 'plan' ? result.plan.findings : [];
    expect(findings).toContainEqual(
      expect.objectContaining({ code, severity, remedy: expect.stringContaining(`The right to ${right} is missing.`) }),
    );
  });

  it('is none where the nodes may not be read', async () => {
    stage.proxy.meddle = line => (line.startsWith('GET /api/v1/nodes') ? failure(403, 'Forbidden', 'no right') : PASS);
    await expect(snapshot()).rejects.toThrow(ClusterRefused);
    await expect(stage.kubernetes.reader.nodes(NEVER)).rejects.toThrow(/list nodes/);
  });

  it('is read through a stumbling server', async () => {
    stage.proxy.meddle = next(4, 'GET', failure(500, 'InternalError', 'etcdserver: request timed out'));
    expect((await snapshot()).unreadable).toEqual([]);
  });
});

describe('the snapshot of a cluster whose control plane runs out of sight', () => {
  it('takes the API server at its word, and lets no kubelet pass it', async () => {
    const nodes = HIGHLY_AVAILABLE.nodes.filter(({ role }) => role === 'worker');
    const managed = await startStage({}, { scenario: { ...HIGHLY_AVAILABLE, nodes } });
    const body = JSON.stringify({ major: '1', minor: '35+', gitVersion: 'v1.35.4-gke.100' });
    managed.proxy.meddle = line =>
      line.startsWith('GET /version')
        ? { kind: 'answer', code: 200, body, headers: { 'content-type': 'application/json' } }
        : PASS;
    try {
      const seen = await managed.kubernetes.reader.snapshot(NEVER);
      expect(seen.components.filter(({ kind }) => kind === 'kube-apiserver')).toEqual([
        {
          kind: 'kube-apiserver',
          node: undefined,
          version: { major: 1, minor: 35, patch: 4, vendor: 'gke.100' },
          text: 'v1.35.4-gke.100',
          ready: true,
        },
      ]);
      expect(planFor(seen, '1.36')).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('v1.35.4') });
    } finally {
      await managed.stop();
    }
  });
});

describe('what runs around a node', () => {
  it('is what the snapshot says of the control plane and of the nodes', async () => {
    const { surroundings } = stage.kubernetes;
    const { components, nodes } = await snapshot();
    const named = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);
    expect(await surroundings.controlPlane(NEVER)).toEqual(components.filter(({ kind }) => kind !== 'kube-proxy'));
    expect(named(await surroundings.nodes(NEVER))).toEqual(named(nodes));
    expect(named(await surroundings.controlPlaneNodes(NEVER))).toEqual(['cp-1', 'cp-2', 'cp-3']);
  });

  it('is the word of the API server itself where the control plane runs out of sight', async () => {
    stage.proxy.rewrite = url => url.replace(/tier%3Dcontrol-plane|tier=control-plane/, 'tier%3Dnone');
    const [server, ...more] = await stage.kubernetes.surroundings.controlPlane(NEVER);
    expect(server).toMatchObject({ kind: 'kube-apiserver', node: undefined, version: expect.anything() });
    expect(more).toEqual([]);
  });
});
