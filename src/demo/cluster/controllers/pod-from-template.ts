import { createHash } from 'node:crypto';
import type { Simulation } from '../simulation.ts';
import { controllerRef, newObject, randomSuffix } from '../store/new-object.ts';
import { storeKey } from '../store/object-store.ts';
import type { KubeObject, Pod, PodSpec, PodTemplate } from '../store/objects.ts';

export interface PodSeed {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly adjust?: (spec: PodSpec) => void;
}

export function createPodFrom(sim: Simulation, owner: KubeObject, template: PodTemplate, seed: PodSeed = {}): Pod {
  const spec = structuredClone(template.spec);
  seed.adjust?.(spec);
  const pod = newObject(
    'pods',
    {
      name: seed.name ?? freeName(sim, owner),
      ...(owner.metadata.namespace ? { namespace: owner.metadata.namespace } : {}),
      labels: { ...template.metadata?.labels, ...seed.labels },
      ...(template.metadata?.annotations || seed.annotations
        ? { annotations: { ...template.metadata?.annotations, ...seed.annotations } }
        : {}),
      owner: controllerRef(owner),
      spec,
    },
    sim.clock.timestamp(),
  );
  return sim.store.create('pods', pod);
}

/** The API server tries another tail where an object of that name is there already (generateName). */
function freeName(sim: Simulation, owner: KubeObject): string {
  for (;;) {
    const name = `${owner.metadata.name}-${randomSuffix()}`;
    if (!sim.store.at('pods', storeKey(owner.metadata.namespace, name))) return name;
  }
}

/** The same for equal templates: names a ReplicaSet, marks a pod's revision. */
export function templateHash(template: PodTemplate): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

/** `25%` of a count, or the number itself. */
export function share(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number(value.replace('%', '')) / 100) * of);
}
