import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { versionOf } from '../controlplane/modules.ts';
import { kubeconfigFor } from '../controlplane/service-account.ts';
import { capstan } from '../support/capstan.ts';
import { type Cluster, START_MS, startCluster } from './cluster.ts';
import { budgetOf, NAMESPACE, openShop } from './shop.ts';

const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];

describe('capstan plan, for a real cluster whose kubelets are one minor behind', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ minor: '1.37', kubelets: '1.36', workers: 3 });
    await openShop(cluster.plane.admin);
  }, START_MS);

  afterAll(() => cluster?.plane.stop(), 30_000);

  const plan = (kubeconfig: string, ...args: readonly string[]) =>
    capstan(['plan', ...args, '--kubeconfig', kubeconfig], { CAPSTAN_RELEASES_URL: 'off' });

  /** Somebody with the rules of a ClusterRole and nothing else. */
  async function someone(name: string, rules: readonly object[]): Promise<string> {
    const { admin, folder } = cluster.plane;
    await admin.core.createNamespacedServiceAccount({ namespace: 'default', body: { metadata: { name } } });
    await admin.rbac.createClusterRole({ body: { metadata: { name }, rules: [...rules] as never } });
    await admin.rbac.createClusterRoleBinding({
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
      },
    });
    const file = join(folder, `${name}.conf`);
    await writeFile(file, await kubeconfigFor(admin, 'default', name));
    return file;
  }

  it('exits with 0 where nothing is in the way, with no more rights than the chart grants', async () => {
    const { code, stdout, stderr } = await plan(cluster.workerKubeconfig, '1.37', '--only', 'workers');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(FROM);
    expect(stdout).toContain(TO);
    for (const name of cluster.workers) expect(stdout).toContain(name);
  });

  it('only reads: whoever may do nothing else gets the same plan', async () => {
    const reader = await someone('reader', [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ]);
    const digest = async (kubeconfig: string) => {
      const { code, stdout } = await plan(kubeconfig, '1.37', '--only', 'workers', '-o', 'json');
      return { code, digest: (JSON.parse(stdout) as { plan: { digest: string } }).plan.digest };
    };
    expect(await digest(reader)).toEqual(await digest(cluster.workerKubeconfig));
  });

  it('exits with 0 where nothing of the control plane but its kubelet is behind', async () => {
    const { code, stdout } = await plan(cluster.workerKubeconfig, '1.37', '--only', 'control-plane');
    expect(stdout).toMatch(/cp-0/);
    expect(code).toBe(0);
  });

  it('exits with 2 where the target is refused', async () => {
    const { code, stdout, stderr } = await plan(cluster.workerKubeconfig, FROM);
    expect(`${stdout}${stderr}`).toMatch(/older/);
    expect(code).toBe(2);
  });

  it('exits with 2 where a budget would never let a drain end, and names it', async () => {
    const { policy } = cluster.plane.admin;
    const body = { ...budgetOf('web', { minAvailable: '100%' }), metadata: { name: 'greedy' } };
    await policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body });
    try {
      const { code, stdout } = await plan(cluster.workerKubeconfig, '1.37', '--only', 'workers');
      expect(stdout).toContain(`${NAMESPACE}/greedy`);
      expect(code).toBe(2);
    } finally {
      await policy.deleteNamespacedPodDisruptionBudget({ namespace: NAMESPACE, name: 'greedy' });
    }
  });

  it('exits with 2 where it may not read all that it has to, and says what', async () => {
    const shortSighted = await someone('short-sighted', [
      { apiGroups: [''], resources: ['nodes', 'namespaces', 'pods'], verbs: ['get', 'list'] },
    ]);
    const { code, stdout } = await plan(shortSighted, '1.37', '--only', 'workers');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /poddisruptionbudgets\.policy is forbidden: User "system:serviceaccount:default:short-sighted" cannot list/,
    );
    expect(code).toBe(2);
  });

  it.each([
    ['may not even read the nodes', async () => someone('stranger', []), /cannot list resource "nodes"/],
    [
      'brings a token that nobody gave out',
      async () => {
        const file = join(cluster.plane.folder, 'forged.conf');
        const good = JSON.parse(await kubeconfigFor(cluster.plane.admin, 'default', 'default')) as {
          users: { user: { token: string } }[];
        };
        for (const each of good.users) each.user.token = 'forged';
        await writeFile(file, JSON.stringify(good));
        return file;
      },
      /401|Unauthorized/,
    ],
  ])('exits with 1 where somebody %s', async (_what, kubeconfig, words) => {
    const { code, stderr } = await plan(await kubeconfig(), '1.37');
    expect(stderr).toMatch(words);
    expect(code).toBe(1);
  });
});
