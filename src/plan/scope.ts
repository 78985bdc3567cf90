import type { NodeView } from '../cluster/snapshot.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { isInPool, poolsOf } from './pools.ts';
import type { PlanRequest } from './request.ts';
import type { ExcludedNode, NodeStanding, Standing } from './standing.ts';
import type { Refusal } from './target.ts';

/** The nodes a request is about. */
export interface Scope {
  readonly kind: 'scope';
  readonly controlPlane: readonly NodeStanding[];
  readonly workers: readonly NodeStanding[];
  /** Nodes that the request is about and that cannot take part. */
  readonly excluded: readonly ExcludedNode[];
  /** Kubelets may not pass the control plane: the oldest kube-apiserver, where it is not upgraded as well. */
  readonly ceiling: KubernetesVersion | undefined;
}

/** The nodes that are asked about. A part of the control plane can only catch up with the rest of it. */
export function scopeOf(standing: Standing, request: PlanRequest): Scope | Refusal {
  const missing = missingFrom(standing, request);
  if (missing) return missing;
  const asked = <T extends Pick<NodeStanding, 'node'>>(nodes: readonly T[]) => nodes.filter(isAskedAbout(request));
  const controlPlane = asked(standing.controlPlane);
  const workers = asked(standing.workers);
  const excluded = asked(standing.excluded);
  const whole = controlPlane.length > 0 && controlPlane.length === standing.controlPlane.length;
  if (whole) return { kind: 'scope', controlPlane, workers, excluded, ceiling: undefined };
  const ceiling = oldest(apiservers(standing));
  if (workers.length > 0 && !ceiling) return refuseBlind();
  const torn = controlPlane.length > 0 && !isEven(standing.controlPlane);
  return torn ? refusePart(standing) : { kind: 'scope', controlPlane, workers, excluded, ceiling };
}

export function apiservers({ components }: Pick<Standing, 'components'>): KubernetesVersion[] {
  return components.filter(({ kind }) => kind === 'kube-apiserver').map(({ version }) => version);
}

export function isAskedAbout({ only, pool, nodes }: PlanRequest): (standing: Pick<NodeStanding, 'node'>) => boolean {
  const named = nodes && new Set(nodes);
  return ({ node }) =>
    (only === undefined || (only === 'workers') === (node.role === 'worker')) &&
    (named === undefined || named.has(node.name)) &&
    (pool === undefined || isInPool(node, pool));
}

function missingFrom(standing: Standing, { pool, nodes = [] }: PlanRequest): Refusal | undefined {
  const all = [...standing.controlPlane, ...standing.workers, ...standing.excluded].map(({ node }) => node);
  const names = new Set(all.map(({ name }) => name));
  const unknown = nodes.filter(name => !names.has(name));
  if (unknown.length > 0) {
    return refuse(`This cluster has no node ${named(unknown)}.`, `Its nodes are ${named([...names].sort())}.`);
  }
  return pool === undefined ? undefined : noSuchPool(all, pool);
}

/** What helps where none of the cluster's nodes is in the pool. */
export function noSuchPool(nodes: readonly Pick<NodeView, 'labels'>[], pool: string): Refusal | undefined {
  if (nodes.some(node => isInPool(node, pool))) return undefined;
  if (pool.includes('=')) {
    return refuse(
      `No node of this cluster has the label ${pool}.`,
      '`kubectl get nodes --show-labels` tells which they have.',
    );
  }
  const pools = [...new Set(nodes.flatMap(poolsOf))].sort();
  return refuse(
    `No node of this cluster is in a pool "${pool}".`,
    pools.length > 0
      ? `Its pools are ${named(pools)}. A label will do as well: label=value.`
      : 'Its nodes carry no label that names a pool. Name them one by one, or by any label: label=value.',
  );
}

/** Every kube-apiserver, controller manager and scheduler has one version. */
function isEven(controlPlane: readonly NodeStanding[]): boolean {
  const versions = controlPlane.flatMap(({ controlPlane: old, ahead }) => (old && ahead ? [old, ahead] : []));
  return new Set(versions.map(formatVersion)).size <= 1;
}

function refusePart({ controlPlane }: Standing): Refusal {
  const all = controlPlane.map(({ node }) => node.name).sort();
  return refuse(
    'The control plane stands at different versions, and a part of it cannot be upgraded without the rest.',
    `Ask about all of it (${named(all)}), or only about workers.`,
  );
}

function refuseBlind(): Refusal {
  return refuse(
    'No kube-apiserver is visible and none has told its version, so it is not known how far its workers may go.',
    'See that Capstan may read the API server\'s "/version"; then plan again.',
  );
}

function named(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}

const SHOWN = 10;

function refuse(sentence: string, instead: string): Refusal {
  return { kind: 'refused', sentence, instead };
}

function oldest(versions: readonly KubernetesVersion[]): KubernetesVersion | undefined {
  return [...versions].sort(compareVersions)[0];
}
