import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfigFor } from '../controlplane/service-account.ts';
import { capstan } from '../support/capstan.ts';
import { type Cluster, START_MS, startCluster } from './cluster.ts';
import { type Finding, findingsWith, toldIn } from './findings.ts';

const PLAN_MS = 60_000;
const NAMESPACE = 'default';
const NAME = 'newcomer';

/** A cluster that is not quite what Capstan upgrades, looked at by somebody who may not see all of it. */
describe('a plan by a newcomer', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ minor: '1.36', kubelets: '1.36', workers: 3 });
  }, START_MS);

  afterAll(() => cluster?.plane.stop(), 30_000);

  const kubectl = (...args: readonly string[]) => cluster.plane.kubectl(args);

  /** The node's kubelet says from now on that it runs on something else. */
  async function pose(node: string, nodeInfo: Readonly<Record<string, string>>): Promise<void> {
    const status = JSON.stringify({ status: { nodeInfo } });
    await kubectl('patch', 'node', node, '--subresource=status', '--type=merge', '--patch', status);
  }

  const bind = (role: string) =>
    kubectl(
      ...['create', 'clusterrolebinding', `${NAME}-${role}`],
      ...[`--clusterrole=${role}`, `--serviceaccount=${NAMESPACE}:${NAME}`],
    );

  it(
    'is blocked by nodes that the driver cannot upgrade, and by no others',
    async () => {
      const { workerKubeconfig } = cluster;
      expect(toldIn(await findingsWith(workerKubeconfig), 'DRIVER_UNFIT')).toEqual([expect.stringMatching(/^ok: /)]);
      await pose('worker-2', { osImage: 'Talos (v1.12.1)' });
      await pose('worker-3', { operatingSystem: 'windows', osImage: 'Windows Server 2022 Datacenter' });
      const by = /^block: The kubeadm driver installs by apt and cannot upgrade /.source;
      expect(toldIn(await findingsWith(workerKubeconfig), 'DRIVER_UNFIT')).toEqual([
        expect.stringMatching(`${by}Windows nodes: worker-3 \\(Windows Server 2022 Datacenter, v1\\.36\\.\\d+\\)\\.$`),
        expect.stringMatching(`${by}nodes of Talos Linux: worker-2 \\(Talos \\(v1\\.12\\.1\\), v1\\.36\\.\\d+\\)\\.$`),
      ]);
      const without = await findingsWith(workerKubeconfig, '--nodes', 'cp-0,worker-1');
      expect(toldIn(without, 'DRIVER_UNFIT')).toEqual([expect.stringMatching(/^ok: /)]);
    },
    PLAN_MS,
  );

  it(
    'names the rights that are missing, and is content with each that is granted in its own words',
    async () => {
      await kubectl('create', 'serviceaccount', NAME);
      const file = join(cluster.plane.folder, 'newcomer.conf');
      await writeFile(file, await kubeconfigFor(cluster.plane.admin, NAMESPACE, NAME));
      const stranger = await capstan(['plan', '--kubeconfig', file]);
      expect(stranger).toMatchObject({ code: 1, stdout: '' });
      expect(stranger.stderr).toMatch(/ cannot list resource "nodes" .*\. The right to list nodes is missing\./);
      await kubectl('create', 'clusterrole', 'sees-nodes', '--verb=list', '--resource=nodes');
      await bind('sees-nodes');
      const remedyFor = (what: string, where: readonly Finding[]) =>
        where.find(({ sentence }) => sentence.startsWith(`Could not read ${what}`))?.remedy;
      const blind = await findingsWith(file);
      expect(toldIn(blind, 'IDENTITY_UNKNOWN')).toEqual([expect.stringMatching(/^block: Could not read the identity/)]);
      expect(toldIn(blind, 'VERSION_UNREADABLE')).toEqual([expect.stringMatching(/^block: No kube-apiserver pod/)]);
      expect(remedyFor('pods', blind)).toContain('The right to list pods is missing.');
      expect(remedyFor('which deprecated APIs', blind)).toContain('--verb=get --non-resource-url=/metrics`');
      const budgets = remedyFor('pod disruption budgets', blind) ?? '';
      expect(budgets).toContain('The right to list poddisruptionbudgets.policy is missing.');
      const [, grant = ''] = /`kubectl (create clusterrole capstan-more [^`]+)`/.exec(budgets) ?? [];
      await kubectl(...grant.split(' '));
      await bind('capstan-more');
      const granted = await findingsWith(file);
      expect(remedyFor('pod disruption budgets', granted)).toBeUndefined();
      expect(remedyFor('pods', granted)).toBeDefined();
    },
    2 * PLAN_MS,
  );
});
