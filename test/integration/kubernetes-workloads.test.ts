import type { WorkloadStanding } from '../../src/app/workload-ports.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.stop());

async function untilSeen(
  kind: WorkloadStanding['kind'],
  namespace: string,
  holds: (standing: readonly WorkloadStanding[]) => boolean,
): Promise<readonly WorkloadStanding[]> {
  for await (const each of stage.kubernetes.workloads.watch(kind, namespace, NEVER)) if (holds(each)) return each;
  throw new Error('the watch ended');
}

describe('workloads', () => {
  it('are told with how many of their pods are ready, and how many they want, at every change', async () => {
    const { client } = stage.kubernetes;
    const [before] = await untilSeen('Deployment', 'kube-system', all => all.length > 0);
    if (!before) throw new Error('expected a Deployment');
    expect(before.ready).toBe(before.wanted);
    const { namespace, name, wanted } = before;
    const scaled = untilSeen('Deployment', namespace, all =>
      all.some(each => each.name === name && each.ready === wanted + 1),
    );
    const body = [{ op: 'replace', path: '/spec/replicas', value: wanted + 1 }];
    await client.apps.patchNamespacedDeployment({ namespace, name, body });
    expect(await scaled).toContainEqual({ kind: 'Deployment', namespace, name, ready: wanted + 1, wanted: wanted + 1 });
  });

  it('are those of the kind and namespace that is asked about', async () => {
    expect(await untilSeen('StatefulSet', 'kube-public', () => true)).toEqual([]);
    const sets = await untilSeen('ReplicaSet', 'kube-system', all => all.length > 0);
    expect(new Set(sets.map(({ kind, namespace }) => `${kind} ${namespace}`))).toEqual(
      new Set(['ReplicaSet kube-system']),
    );
  });
});
