import { CAPSTAN_NAMESPACE, RELEASE } from './capstan/installation.ts';
import type { Kubectl } from './kubectl.ts';
import { JOB_NAMESPACE } from './workload.ts';

/** How the cluster stands, read once through kubectl. */
export interface ClusterState {
  readonly nodes: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly cordoned: boolean;
    readonly kubelet: string;
    /** As JSON. */
    readonly annotations: string;
  }[];
  /** Of every container in kube-system, as `image:tag` without its registry. */
  readonly images: readonly string[];
  /** `name: holder` of every lease that is held where the upgrade Jobs run. */
  readonly leases: readonly string[];
  /** Upgrade Jobs that are not over. */
  readonly jobs: readonly string[];
}

export async function lookAtCluster(kubectl: Kubectl): Promise<ClusterState> {
  const is = (condition: string) => `.status.conditions[?(@.type=="${condition}")].status`;
  const [nodes, pods, leases, jobs] = await Promise.all([
    kubectl.rows(
      ['nodes'],
      [
        '.metadata.name',
        is('Ready'),
        '.spec.unschedulable',
        '.status.nodeInfo.kubeletVersion',
        '.metadata.annotations',
      ],
    ),
    kubectl.rows(['pods', '-n', 'kube-system', '--field-selector=status.phase=Running'], ['.spec.containers[0].image']),
    kubectl.rows(['leases', '-n', JOB_NAMESPACE], ['.metadata.name', '.spec.holderIdentity']),
    kubectl.rows(['jobs', '-n', JOB_NAMESPACE], ['.metadata.name', is('Complete'), is('Failed')]),
  ]);
  return {
    nodes: nodes.map(([name = '', state, unschedulable, kubelet = '', ...annotations]) => ({
      name,
      ready: state === 'True',
      cordoned: unschedulable === 'true',
      kubelet,
      annotations: annotations.join('|'),
    })),
    images: pods.map(([image = '']) => image.split('/').at(-1) ?? image),
    leases: leases.filter(([, holder = '']) => holder !== '').map(([name, holder]) => `${name}: ${holder}`),
    jobs: jobs.filter(([, complete, failed]) => complete !== 'True' && failed !== 'True').map(([name = '']) => name),
  };
}

/** What is still there of an installation that was taken out. */
export async function remainsIn(kubectl: Kubectl): Promise<readonly string[]> {
  const ours = `app.kubernetes.io/instance=${RELEASE}`;
  const kinds = 'namespaces,clusterroles,clusterrolebindings,roles,rolebindings,persistentvolumes';
  const texts = await Promise.all([
    kubectl.get(kinds, '-A', '-l', ours, '-o', 'name'),
    kubectl.get('jobs', '-A', '-l', 'app.kubernetes.io/managed-by=capstan', '-o', 'name'),
    kubectl.get('namespaces', CAPSTAN_NAMESPACE, JOB_NAMESPACE, '--ignore-not-found', '-o', 'name'),
  ]);
  return texts.flatMap(text => text.split('\n')).filter(line => line !== '');
}
