import { readFileSync } from 'node:fs';
import type { NodeView } from '../../../../src/cluster/snapshot.ts';
import { packagesOf } from '../../../../src/plan/driver-fit.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { cluster, controlPlane, version, worker } from '../cluster-builder.ts';
import { findingsOf, found } from './found.ts';

const CP = controlPlane('cp-1', '1.36.2');
const built = (text: string): Partial<NodeView> => ({ kubelet: version(text), kubeletText: text });

describe('a node that the driver cannot upgrade', () => {
  it.each<[string, Partial<NodeView>, string, string]>([
    [
      'Talos',
      { osImage: 'Talos (v1.12.1)' },
      'nodes of Talos Linux: w-1 (Talos (v1.12.1), v1.36.2)',
      '`talosctl upgrade-k8s`',
    ],
    [
      'K3s',
      { osImage: 'Debian GNU/Linux 12 (bookworm)', ...built('v1.36.2+k3s1') },
      'nodes of K3s: w-1 (Debian GNU/Linux 12 (bookworm), v1.36.2+k3s1)',
      'system-upgrade-controller',
    ],
    [
      'RKE2',
      { osImage: 'Ubuntu 24.04.3 LTS', ...built('v1.36.2+rke2r1') },
      'nodes of RKE2: w-1 (Ubuntu 24.04.3 LTS, v1.36.2+rke2r1)',
      'system-upgrade-controller',
    ],
    [
      'EKS',
      { osImage: 'Amazon Linux 2023.9.20251020', ...built('v1.36.2-eks-1234567') },
      'nodes of EKS: w-1 (Amazon Linux 2023.9.20251020, v1.36.2-eks-1234567)',
      '`aws eks update-nodegroup-version`',
    ],
    [
      'GKE',
      { osImage: 'Container-Optimized OS from Google', ...built('v1.36.2-gke.100') },
      'nodes of GKE: w-1 (Container-Optimized OS from Google, v1.36.2-gke.100)',
      '`gcloud container clusters upgrade`',
    ],
    [
      'AKS, which shows in nothing but its labels',
      { osImage: 'Ubuntu 22.04.5 LTS', labels: { 'kubernetes.azure.com/cluster': 'mine' } },
      'nodes of AKS: w-1 (Ubuntu 22.04.5 LTS, v1.36.2)',
      '`az aks nodepool upgrade`',
    ],
    [
      'Bottlerocket',
      { osImage: 'Bottlerocket OS 1.50.0 (aws-k8s-1.36)' },
      'nodes of Bottlerocket: w-1 (Bottlerocket OS 1.50.0 (aws-k8s-1.36), v1.36.2)',
      'its update operator',
    ],
    [
      'Flatcar',
      { osImage: 'Flatcar Container Linux by Kinvolk 4230.2.2 (Oklo)' },
      'nodes of Flatcar: w-1 (Flatcar Container Linux by Kinvolk 4230.2.2 (Oklo), v1.36.2)',
      'system extension',
    ],
    [
      'Windows',
      { os: 'windows', osImage: 'Windows Server 2022 Datacenter' },
      'Windows nodes: w-1 (Windows Server 2022 Datacenter, v1.36.2)',
      'upgrading-windows-nodes',
    ],
    [
      'a Linux host without apt',
      { osImage: 'Rocky Linux 9.6 (Blue Onyx)' },
      'hosts with dnf or yum: w-1 (Rocky Linux 9.6 (Blue Onyx), v1.36.2)',
      'upgrading-linux-nodes',
    ],
    [
      'a Linux host without packages',
      { osImage: 'Garden Linux 1592.6' },
      'hosts that get no packages of Kubernetes: w-1 (Garden Linux 1592.6, v1.36.2)',
      'kubeadm by hand',
    ],
  ])('blocks: %s', (_what, more, named, tool) => {
    const snapshot = cluster([CP, worker('w-1', '1.36.2', more)]);
    expect(found('DRIVER_UNFIT', snapshot)).toEqual([
      ['block', `The kubeadm driver installs by apt and cannot upgrade ${named}.`],
    ]);
    const remedy = findingsOf(snapshot).find(({ code }) => code === 'DRIVER_UNFIT')?.remedy;
    expect(remedy).toContain(tool);
    expect(remedy).toMatch(/^Upgrade them by .* and plan without them: by --nodes, --only or --pool/);
  });

  it('does not matter to a plan that leaves it out, or that has nothing to do there', () => {
    const talos = worker('w-1', '1.36.2', { osImage: 'Talos (v1.12.1)' });
    const others = [CP, worker('w-2', '1.36.2')];
    const without = { asks: { nodes: ['cp-1', 'w-2'] } };
    expect(found('DRIVER_UNFIT', cluster([...others, talos]), 'next', undefined, without)).toEqual([]);
    const there = worker('w-1', '1.37.2', { osImage: 'Talos (v1.12.1)' });
    const done = cluster([controlPlane('cp-1', '1.37.2'), there, worker('w-2', '1.36.2')]);
    expect(found('DRIVER_UNFIT', done, '1.37.2')).toEqual([]);
  });

  it('is told with the others of its kind, and of each kind apart', () => {
    const talos = { osImage: 'Talos (v1.12.1)' };
    const windows = { os: 'windows', osImage: 'Windows Server 2022 Datacenter' };
    const nodes = [worker('w-1', '1.36.2', talos), worker('w-2', '1.36.2', talos), worker('w-3', '1.36.2', windows)];
    const sentences = found('DRIVER_UNFIT', cluster([CP, ...nodes])).map(([, sentence]) => sentence);
    expect(sentences).toHaveLength(2);
    expect(sentences[1]).toContain('w-1 (Talos (v1.12.1), v1.36.2), w-2');
  });

  it('leaves nothing to plan for where there is no other', () => {
    const snapshot = cluster([controlPlane('cp-1', '1.36.2', { osImage: 'Talos (v1.12.1)' })]);
    const [finding] = findingsOf(snapshot).filter(({ code }) => code === 'DRIVER_UNFIT');
    expect(finding?.remedy).toBe('Upgrade them by `talosctl upgrade-k8s`. This plan has no other nodes.');
  });

  it('is waived by no policy', () => {
    const policy = { ...NO_POLICY, waivable: ['DRIVER_UNFIT'] };
    const snapshot = cluster([CP, worker('w-1', '1.36.2', { osImage: 'Talos (v1.12.1)' })]);
    expect(found('DRIVER_UNFIT', snapshot, 'next', undefined, { policy })[0]?.[0]).toBe('block');
  });
});

describe('a node of which the API does not tell whether the driver can upgrade it', () => {
  it.each<[string, Partial<NodeView>, string]>([
    ['a system that is not known', { osImage: 'Armbian 25.8 trixie' }, 'w-1 (Armbian 25.8 trixie, v1.36.2)'],
    ['a system that is not named', { osImage: '' }, 'w-1 (an unnamed system, v1.36.2)'],
    ['no operating system', { os: '' }, 'w-1 (Debian GNU/Linux 12 (bookworm), v1.36.2)'],
    ['a build of its own', built('v1.36.2-dirty'), 'w-1 (Debian GNU/Linux 12 (bookworm), v1.36.2-dirty)'],
  ])('is warned about: %s', (_what, more, named) => {
    expect(found('DRIVER_UNFIT', cluster([CP, worker('w-1', '1.36.2', more)]))).toEqual([
      [
        'warn',
        `Whether the kubeadm driver can upgrade these nodes is not known: ${named}. It needs Linux hosts with apt, and the ` +
          'kubelet that Kubernetes publishes.',
      ],
    ]);
  });

  it.each(['Ubuntu 24.04.3 LTS', 'Debian GNU/Linux 13 (trixie)'])('is no ordinary %s', osImage => {
    expect(found('DRIVER_UNFIT', cluster([CP, worker('w-1', '1.36.2', { osImage })]))).toEqual([]);
  });
});

it('the kubeadm driver needs what its script on the host installs by', () => {
  const script = readFileSync(new URL('../../../../src/kubernetes/driver/host/upgrade.sh', import.meta.url), 'utf8');
  const used = ['apt-get', 'dnf', 'yum', 'zypper'].filter(tool =>
    new RegExp(`^[^#]*\\b${tool} install`, 'm').test(script),
  );
  expect(used.map(tool => tool.replace('-get', ''))).toEqual(packagesOf('kubeadm').split(' or '));
});
