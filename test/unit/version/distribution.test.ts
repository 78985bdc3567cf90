import { distributionOf } from '../../../src/version/distribution.ts';
import { parseVersion } from '../../../src/version/kubernetes-version.ts';

function nameOf(text: string, osImage: string, labels: Readonly<Record<string, string>> = {}): string | undefined {
  return distributionOf({ kubelet: parseVersion(text), osImage, labels })?.name;
}

describe('the distribution', () => {
  it.each<[string, string, string | undefined]>([
    ['v1.35.4+k3s1', 'K3s v1.35.4+k3s1', 'K3s'],
    ['v1.35.4+rke2r1', 'Ubuntu 24.04 LTS', 'RKE2'],
    ['v1.35.4-rke2r1-build20260415', '', 'RKE2'],
    ['v1.35.4+k0s', 'Debian GNU/Linux 13 (trixie)', 'k0s'],
    ['v1.34.7-eks-1234567', 'Amazon Linux 2023.9', 'EKS'],
    ['v1.34.7-eks-1234567', 'Bottlerocket OS 1.50.0 (aws-k8s-1.34)', 'EKS'],
    ['v1.37.1-gke.100', 'Container-Optimized OS from Google', 'GKE'],
    ['v1.30.101-akslts', 'Ubuntu 22.04.5 LTS', 'AKS (long-term support)'],
    ['v1.33.1+vmware.1-fips', 'VMware Photon OS/Linux', 'Tanzu'],
    ['v1.33.1-aliyun.1', 'Alibaba Cloud Linux 3', 'Alibaba Cloud ACK'],
    ['v1.32.2-tke.5', 'TencentOS Server 4', 'Tencent TKE'],
    ['v1.31.6-r0-31.0.4', 'Huawei Cloud EulerOS 2.0', 'Huawei CCE'],
    ['v1.19.10-r0-CCE22.3.1.B009', 'EulerOS 2.0', 'Huawei CCE'],
    ['v1.34.2+IKS', 'Ubuntu 24.04 LTS', 'IBM Cloud Kubernetes Service'],
    ['v1.33.5+6abe8a1', 'Red Hat Enterprise Linux CoreOS 9.6', 'OpenShift'],
    ['v1.36.2', 'Talos (v1.12.1)', 'Talos Linux'],
    ['v1.36.2', 'Flatcar Container Linux by Kinvolk 4230.2.2', 'Flatcar'],
    ['v1.34.10', 'Ubuntu 22.04.5 LTS', undefined],
    ['v1.36.3-dirty', 'Debian GNU/Linux 12 (bookworm)', undefined],
  ])('of %s on %j is %s', (text, osImage, name) => {
    expect(nameOf(text, osImage)).toBe(name);
  });

  it.each<[string, string]>([
    ['kubernetes.azure.com/cluster', 'AKS'],
    ['doks.digitalocean.com/node-id', 'DigitalOcean Kubernetes'],
    ['lke.linode.com/pool-id', 'Linode Kubernetes Engine'],
    ['node.openshift.io/os_id', 'OpenShift'],
    ['kops.k8s.io/instancegroup', 'kOps'],
    ['worker.gardener.cloud/pool', 'Gardener'],
    ['microk8s.io/cluster', 'MicroK8s'],
    ['minikube.k8s.io/name', 'minikube'],
  ])('of a plain version on an ordinary system is told by the label %s: %s', (label, name) => {
    expect(nameOf('v1.34.10', 'Ubuntu 22.04.5 LTS', { [label]: 'any' })).toBe(name);
  });

  it('is not told by labels of kubeadm', () => {
    const labels = { 'kubernetes.io/os': 'linux', 'node-role.kubernetes.io/control-plane': '' };
    expect(nameOf('v1.34.10', 'Ubuntu 22.04.5 LTS', labels)).toBeUndefined();
  });

  it('of a version that cannot be read is told by the operating system alone', () => {
    expect(nameOf('banana', 'Talos (v1.12.1)')).toBe('Talos Linux');
    expect(nameOf('banana', 'Ubuntu 22.04.5 LTS')).toBeUndefined();
  });
});
