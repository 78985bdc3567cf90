import type { NodeAffinityTerm } from '../selector.ts';
import type { PodView, VolumeView } from '../snapshot.ts';
import { Companies, type Company } from './company.ts';
import type { Need } from './fleet.ts';
import type { Fate, Kind } from './kinds.ts';
import { createNeeds } from './needs.ts';
import type { NodeGroups } from './node-groups.ts';

/** What the pods of one kind have in common. */
export interface Common {
  readonly fate: Fate;
  readonly need: Need;
  readonly company: Company;
  /** Larger pods come first. */
  readonly rank: number;
}

/** What each pod needs and keeps company with, one for all of a kind. */
export function commonsOf(kinds: readonly Kind[], nodes: NodeGroups, volumes: readonly VolumeView[]): Common[] {
  const companies = new Companies(nodes);
  const needOf = createNeeds(nodes, volumes);
  const needs = new Map([...new Set(kinds)].map(kind => [kind, needOf(kind.like)]));
  for (const [{ like, fate }, { suit }] of needs) companies.announce(like, fate === 'moves' ? suit : undefined);
  const ranks = ranksOf(needs.keys());
  const commons = new Map<Kind, Common>();
  for (const [kind, need] of needs) {
    const company = companies.of(kind.like, kind.fate === 'moves' ? need.suit : undefined);
    commons.set(kind, { fate: kind.fate, need, company, rank: ranks.get(kind) ?? 0 });
  }
  return kinds.flatMap(kind => commons.get(kind) ?? []);
}

/** Whether whoever of them comes first can take any place of the others. */
export function areInterchangeable(kinds: ReadonlySet<Common>): boolean {
  const [first] = kinds;
  return [...kinds].every(({ need, company }) => need === first?.need && company === first.company);
}

/** The node labels that anybody asks about. */
export function labelKeysOf(kinds: ReadonlySet<Kind>, volumes: readonly VolumeView[]): Set<string> {
  const keys = new Set<string>();
  const ofTerms = (terms: readonly NodeAffinityTerm[]) => {
    for (const { labels } of terms) for (const { key } of labels) keys.add(key);
  };
  for (const { like, fate } of kinds) {
    for (const { topologyKey } of like.antiAffinity) keys.add(topologyKey);
    if (fate !== 'moves') continue;
    for (const key of Object.keys(like.nodeSelector)) keys.add(key);
    for (const { topologyKey } of like.spread) keys.add(topologyKey);
    ofTerms(like.nodeAffinity);
  }
  for (const { nodeAffinity } of volumes) ofTerms(nodeAffinity);
  return keys;
}

/** Equal for kinds of one size and namespace, so that whatever made them different kinds changes no order. */
function ranksOf(kinds: Iterable<Kind>): Map<Kind, number> {
  const sorted = [...kinds].sort((a, b) => compareSizes(a.like, b.like));
  const ranks = new Map<Kind, number>();
  let rank = 0;
  for (const [place, kind] of sorted.entries()) {
    const before = sorted[place - 1];
    if (before && compareSizes(before.like, kind.like) !== 0) rank += 1;
    ranks.set(kind, rank);
  }
  return ranks;
}

function compareSizes(a: PodView, b: PodView): number {
  return (
    b.requests.memoryBytes - a.requests.memoryBytes ||
    b.requests.cpuMilli - a.requests.cpuMilli ||
    compareText(a.namespace, b.namespace)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
