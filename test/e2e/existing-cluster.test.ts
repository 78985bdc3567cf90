import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markNode } from '../contract/traces.ts';
import { freshNamespace, nameOf, podSpec } from '../contract/world.ts';
import { ControlPlane } from '../controlplane/control-plane.ts';
import { versionOf } from '../controlplane/modules.ts';
import { makeNodes } from '../controlplane/played-nodes.ts';
import { kubeconfigFor } from '../controlplane/service-account.ts';
import { run } from '../support/command.ts';
import { GUEST, grantByChart } from './chart.ts';
import { START_MS } from './cluster.ts';
import { type ExistingCluster, lookAtExisting } from './existing.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Jest starts once more. */
const COMMAND_MS = 120_000;

describe("somebody's cluster", () => {
  let plane: ControlPlane;
  const [one, two] = ['one', 'two'] as const;

  beforeAll(async () => {
    plane = await ControlPlane.start({ minor: '1.37', signal: AbortSignal.timeout(START_MS) });
    const worker = (name: string) => ({ name, role: 'worker', version: versionOf('1.37') }) as const;
    await makeNodes(plane.admin, [one, two].map(worker), plane.kubeletPort);
  }, START_MS);
  afterAll(() => plane?.stop(), 30_000);

  const usable = async (kubeconfig = plane.kubeconfigFile): Promise<ExistingCluster> => {
    const cluster = await lookAtExisting(kubeconfig, 'refused');
    if ('reasons' in cluster) throw new Error(cluster.reasons.join('\n'));
    return cluster;
  };
  const reasons = async (kubeconfig = plane.kubeconfigFile, inUse: 'allowed' | 'refused' = 'refused') => {
    const cluster = await lookAtExisting(kubeconfig, inUse);
    return 'reasons' in cluster ? cluster.reasons : [];
  };
  const cordon = (name: string, unschedulable: boolean) => plane.kubectl([unschedulable ? 'cordon' : 'uncordon', name]);

  const objects = () =>
    plane.kubectl(['get', 'ns,nodes,clusterroles,clusterrolebindings,roles,rolebindings', '-A', '-o', 'name']);

  const grantsLeft = async () => {
    const { rbac } = plane.admin;
    const lists = await Promise.all([
      rbac.listClusterRole(),
      rbac.listClusterRoleBinding(),
      rbac.listRoleForAllNamespaces(),
      rbac.listRoleBindingForAllNamespaces(),
    ]);
    return lists.flatMap(({ items }) => items.map(nameOf)).filter(name => name.startsWith(`${GUEST.name}-`));
  };

  it('is named, so that whoever is mistaken sees it', async () => {
    const { words } = await usable(`${plane.kubeconfigFile}:${join(plane.folder, 'super-admin.conf')}`);
    expect(words).toMatch(
      /^kubernetes-admin@kubernetes at https:\/\/127\.0\.0\.1:\d+, Kubernetes v1\.37\.\d+, 2 nodes$/,
    );
  });

  it('is not touched where pods of somebody run, unless that is wished', async () => {
    const body = { metadata: { name: 'web' }, spec: podSpec() };
    await plane.admin.core.createNamespacedPod({ namespace: 'default', body });
    const use = [expect.stringMatching(/1 pod of somebody runs there \(default\/web\), and the suite cordons nodes/)];
    expect(await reasons()).toEqual(use);
    expect(await reasons(plane.kubeconfigFile, 'allowed')).toEqual([]);
    await plane.admin.core.deleteNamespacedPod({ namespace: 'default', name: 'web', gracePeriodSeconds: 0 });
    expect(await reasons()).toEqual([]);
  });

  it('is not touched where a node is cordoned', async () => {
    await cordon(two, true);
    expect(await reasons()).toEqual([
      expect.stringContaining('two cannot be scheduled to'),
      expect.stringContaining('needs 2 nodes that are Ready and without a taint, and there are 1'),
    ]);
    await cordon(two, false);
  });

  it('is not touched by whoever may not do everything', async () => {
    const file = join(plane.folder, 'nobody.conf');
    await writeFile(file, await kubeconfigFor(plane.admin, 'default', 'default'));
    expect(await reasons(file)).toEqual([expect.stringContaining('you may not do everything')]);
  });

  it('is not there where nobody answers, or no file says where', async () => {
    const file = join(plane.folder, 'away.conf');
    await writeFile(file, plane.kubeconfig.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9'));
    expect(await reasons(file)).toEqual([expect.stringMatching(/^Nobody answers at https:\/\/127\.0\.0\.1:9: /)]);
    expect(await reasons('/nowhere')).toEqual([expect.stringContaining('there is no such file')]);
  });

  it(
    'is named, planned, drained of what was put there, and left as it was found',
    async () => {
      const before = await objects();
      const choice = ['--existing', '--testPathPatterns', 'e2e/existing/', '-t', '201:'];
      const printed = await run('env', [`KUBECONFIG=${plane.kubeconfigFile}`, process.execPath, MAIN, ...choice]);
      expect(printed).toMatch(/^On kubernetes-admin@kubernetes at https:.*, 2 nodes\.$/m);
      expect(printed).toMatch(/^capstan plan \(exit code 0\):\nNothing to do: /m);
      expect(printed).toMatch(/^1 passed, 0 failed$/m);
      expect(await objects()).toEqual(before);
    },
    COMMAND_MS,
  );

  it('is left as it was found, by a later run where one was killed', async () => {
    const { core } = plane.admin;
    await core.createNamespace({ body: { metadata: { name: 'theirs' } } });
    const made = await freshNamespace(plane.admin);
    await core.createNamespacedPod({ namespace: made, body: { metadata: { name: 'left' }, spec: podSpec() } });
    await grantByChart(plane.admin, AbortSignal.timeout(START_MS), GUEST);
    await markNode(plane.admin, one);
    await cordon(one, true);
    const cluster = await usable();
    expect(await cluster.clean()).toEqual([]);
    const { items } = await core.listNamespace();
    expect(items.map(nameOf)).toContain('theirs');
    for (const ours of [made, GUEST.namespace, GUEST.jobNamespace]) expect(items.map(nameOf)).not.toContain(ours);
    expect(await grantsLeft()).toEqual([]);
    const { metadata, spec } = await core.readNode({ name: one });
    expect(spec?.unschedulable).toBeUndefined();
    expect(metadata?.annotations ?? {}).not.toHaveProperty(['example.com/made-by']);
  });
});
