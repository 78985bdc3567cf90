import type { Clock } from './clock.ts';
import type { ControlLoop } from './control-loop.ts';
import type { HostFaults } from './faults.ts';
import type { PodIndex } from './pods/pod-index.ts';
import { keyOf, type ObjectStore, type StoreEvent } from './store/object-store.ts';
import type { KubeObject, ResourceName } from './store/objects.ts';

/** What every simulated component works with. */
export interface Simulation {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly loop: ControlLoop;
  readonly pods: PodIndex;
  readonly hostFaults: HostFaults;
  /** Container output by pod UID. */
  readonly logs: Map<string, string[]>;
  /** While the first objects are being made, pods start at once. */
  booting: boolean;
}

export interface Controller {
  readonly name: string;
  /** Which keys of its own resource to look at again after a change of another. */
  readonly watches: {
    readonly [R in ResourceName]?: (event: StoreEvent<R>) => Iterable<string> | undefined;
  };
  readonly reconcile: (key: string) => void;
}

/** Connects a controller to the store: every change enqueues the keys it concerns. Returns a way to enqueue one. */
export function runController({ store, loop }: Simulation, controller: Controller): (key: string) => void {
  const enqueue = (key: string) => loop.enqueue(`${controller.name} ${key}`, () => controller.reconcile(key));
  for (const [resource, keys] of Object.entries(controller.watches)) {
    store.subscribe(resource as ResourceName, event => {
      for (const key of (keys as (event: StoreEvent) => Iterable<string> | undefined)(event) ?? []) enqueue(key);
    });
  }
  return enqueue;
}

/** For a controller's own resource. */
export function itself(event: StoreEvent): string[] {
  return [keyOf(event.object)];
}

/** The owner of an object, where it is of that kind: the usual way from a pod to its controller. */
export function ownerOf(kind: string): (event: { object: KubeObject }) => string[] {
  return ({ object: { metadata } }) => {
    const owner = metadata.ownerReferences?.find(each => each.controller && each.kind === kind);
    return owner ? [metadata.namespace ? `${metadata.namespace}/${owner.name}` : owner.name] : [];
  };
}
