import type { Fate } from '../../../../src/cluster/room/kinds.ts';
import { type Homeless, placeIn } from '../../../../src/cluster/room/placement.ts';
import type { NodeAffinityTerm } from '../../../../src/cluster/selector.ts';
import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { pod, worker } from '../../plan/cluster-builder.ts';

export const ROOM = { cpuMilli: 1_000, memoryBytes: 1_000, pods: 10 };

export function node(name: string, more: Partial<NodeView> = {}): NodeView {
  return worker(name, '1.36.2', { allocatable: ROOM, ...more });
}

export function asking(name: string, cpuMilli: number, more: Partial<PodView> = {}): PodView {
  return pod(name, 'w-1', { requests: { cpuMilli, memoryBytes: 0, pods: 1 }, ...more });
}

const FATES: Readonly<Record<string, Fate>> = { 's-': 'stays', 'g-': 'goes' };

export interface World {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly volumes?: readonly VolumeView[];
}

/** Pods named `s-...` stay where they are, and nothing creates those named `g-...` again. */
export function place({ nodes, pods, volumes = [] }: World) {
  return placeIn({ nodes, pods, volumes }, ({ name }) => FATES[name.slice(0, 2)] ?? 'moves');
}

export function homeless(world: World, ...drains: readonly string[][]): Homeless[] {
  const placement = place(world);
  return (drains.length > 0 ? drains : [['w-1']]).flatMap(nodes => placement.drain(nodes));
}

export function terms(key: string, ...values: string[]): readonly NodeAffinityTerm[] {
  return [{ labels: [{ key, operator: 'In', values }], fields: [] }];
}

export function names(found: readonly Homeless[]): string[] {
  return found.map(each => each.pod.name);
}

/** The node on which each pod runs once these were drained. */
export function homes(world: World, ...drains: readonly string[][]): Record<string, string> {
  const placement = place(world);
  for (const nodes of drains) placement.drain(nodes);
  const settled = [...placement.settled()].flatMap(([home, pods]) => pods.map(({ name }) => [name, home] as const));
  return Object.fromEntries(settled.sort(([a], [b]) => (a < b ? -1 : 1)));
}
