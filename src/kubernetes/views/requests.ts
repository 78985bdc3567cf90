import { add, larger, NO_RESOURCES, parseQuantity, type Resources } from '../../cluster/resources.ts';
import type { WireContainer, WirePodSpec } from './wire.ts';

type Quantities = Readonly<Record<string, string>> | undefined;

/** A resource list; what is missing or cannot be read counts as none. */
export function resourcesOf(quantities: Quantities): Resources {
  if (quantities === undefined) return NO_RESOURCES;
  const { cpu, memory, pods, ...rest } = quantities;
  const main = { cpuMilli: amount(cpu, 1_000), memoryBytes: amount(memory, 1), pods: amount(pods, 1) };
  const others = Object.entries(rest).map(([name, quantity]) => [name, amount(quantity, 1)] as const);
  const some = others.filter(([, count]) => count > 0);
  return some.length > 0 ? { ...main, others: Object.fromEntries(some) } : main;
}

/**
 * What the scheduler reserves for a pod (kubernetes.io: sidecar-containers, pod-overhead): its containers together with
 * its sidecars, or the init container that needs more beside the sidecars started before it, and the overhead.
 */
export function podRequests({ containers = [], initContainers = [], overhead, resources }: WirePodSpec): Resources {
  let sidecars = NO_RESOURCES;
  let starting = NO_RESOURCES;
  for (const container of initContainers) {
    const wanted = add(sidecars, requestsOf(container));
    starting = larger(starting, wanted);
    if (container.restartPolicy === 'Always') sidecars = wanted;
  }
  const running = containers.reduce((total, container) => add(total, requestsOf(container)), sidecars);
  const needed = add(asWhole(larger(running, starting), resources?.requests), resourcesOf(overhead));
  return { ...needed, pods: 1 };
}

function requestsOf({ resources }: WireContainer): Resources {
  return resourcesOf(resources?.requests);
}

/** Requests of the pod as a whole stand in place of its containers' (kubernetes.io: pod-level resources). */
function asWhole(needed: Resources, whole: Quantities): Resources {
  if (whole === undefined) return needed;
  const given = resourcesOf(whole);
  return {
    cpuMilli: whole.cpu === undefined ? needed.cpuMilli : given.cpuMilli,
    memoryBytes: whole.memory === undefined ? needed.memoryBytes : given.memoryBytes,
    pods: needed.pods,
    others: needed.others || given.others ? { ...needed.others, ...given.others } : undefined,
  };
}

function amount(quantity: string | undefined, factor: number): number {
  return Math.ceil(round((quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0)) * factor));
}

/** 0.1 cores are 100 millicores and not a trifle more. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
