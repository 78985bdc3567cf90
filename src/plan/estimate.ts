import type { NodeRole } from '../cluster/snapshot.ts';
import type { Hop, Pass, Phase, PlannedNode } from './plan.ts';

/** How long the chain takes where nothing blocks, one node at a time, and what that rests on. */
export interface Estimate {
  /** Whole seconds. */
  readonly seconds: number;
  /** Sentences. */
  readonly basis: string;
  readonly parts: readonly EstimatePart[];
}

/** Work of one kind. */
export interface EstimatePart extends KindOfWork {
  readonly nodes: number;
  /** Whole seconds a node. */
  readonly secondsEach: number;
  /** How many nodes of this cluster's own history that rests on; 0 where it is assumed. */
  readonly measured: number;
}

/** Works of one kind take about as long as one another. */
export interface KindOfWork {
  readonly phase: Phase;
  readonly role: NodeRole;
  readonly kubeadm: PlannedNode['kubeadm'];
}

/** How long one work took, from its start to its end. */
export interface Duration extends KindOfWork {
  /** Milliseconds. */
  readonly ms: number;
}

/** So many of the newest count: hosts and workloads change. */
const NEWEST = 20;
/** One slow node among fewer would be all that is known. */
const LEAST = 3;

/** Seconds. Measured on a kubeadm cluster of three hosts; drains depend on what runs there. */
const ASSUMED = { apply: 180, node: 120, config: 60, kubelet: 120 } as const;

/**
 * `history` is newest first, and undefined where nobody could look it up. Each kind of work counts with the median of its
 * newest, or with an assumption. What works took includes the policy's `soakSeconds`; to assumptions they are added.
 */
export function estimate(hops: readonly Hop[], history: readonly Duration[] | undefined, soakSeconds = 0): Estimate {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const kinds = Map.groupBy(passes.flatMap(worksOf), keyOf);
  const parts = [...kinds.values()].flatMap(works => {
    const [kind] = works;
    return kind ? [partOf(kind, works.length, history ?? [], soakSeconds)] : [];
  });
  const seconds = parts.reduce((sum, { nodes, secondsEach }) => sum + nodes * secondsEach, 0);
  const soaks = soakSeconds > 0 && parts.some(part => part.measured === 0 && soaksAfter(part));
  const words = [basisOf(parts), ...(soaks ? [soakWords(soakSeconds)] : []), ...(history ? [] : [NOT_LOOKED_UP])];
  const basis = words.join(' ');
  return { seconds, basis, parts };
}

function soakWords(seconds: number): string {
  return `What is assumed includes the ${spelled(seconds)} of ready.soak in the policy.`;
}

const NOT_LOOKED_UP = 'What works took on this cluster before was not looked up.';

function worksOf({ phase, nodes }: Pass): KindOfWork[] {
  return nodes.map(({ role, kubeadm }) => ({ phase, role, kubeadm }));
}

function partOf(kind: KindOfWork, nodes: number, history: readonly Duration[], soakSeconds: number): EstimatePart {
  const { phase, role, kubeadm } = kind;
  const known = history.filter(each => keyOf(each) === keyOf(kind)).slice(0, NEWEST);
  const measured = known.length >= LEAST;
  return {
    phase,
    role,
    kubeadm,
    nodes,
    secondsEach: measured
      ? Math.ceil(median(known.map(({ ms }) => ms)) / 1_000)
      : assumedFor(kind) + (soaksAfter(kind) ? soakSeconds : 0),
    measured: measured ? known.length : 0,
  };
}

function keyOf({ phase, role, kubeadm }: KindOfWork): string {
  return `${phase} ${role} ${kubeadm}`;
}

/** Nothing is restarted where kubeadm only migrates files, so that nothing is waited for after it. */
function soaksAfter({ phase }: KindOfWork): boolean {
  return phase !== 'config';
}

function assumedFor({ phase, kubeadm }: KindOfWork): number {
  if (phase !== 'control-plane') return ASSUMED[phase];
  return kubeadm === 'apply' ? ASSUMED.apply : ASSUMED.node;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** `From 14 nodes upgraded here: 2 min to ...; assumes 3 min for ....` */
function basisOf(parts: readonly EstimatePart[]): string {
  const measured = parts.filter(part => part.measured > 0);
  const assumed = parts.filter(part => part.measured === 0);
  const from = measured.map(
    part => `${spelled(part.secondsEach)} to ${wordsFor(part)} (from ${nodes(part.measured)} upgraded here)`,
  );
  const assumes = assumed.map(part => `${spelled(part.secondsEach)} to ${wordsFor(part)}`);
  return [
    ...(from.length > 0 ? [`Takes ${from.join(', ')}.`] : []),
    ...(assumes.length > 0 ? [`Assumes ${assumes.join(', ')}.`] : []),
    'One node at a time, nothing blocked.',
  ].join(' ');
}

function wordsFor({ phase, role, kubeadm }: KindOfWork): string {
  if (phase === 'config') return 'run kubeadm on a worker whose kubelet stays';
  if (phase === 'control-plane') {
    return `run kubeadm upgrade ${kubeadm === 'apply' ? 'apply' : 'node on each further control-plane node'}`;
  }
  return `drain, upgrade and uncordon a ${role === 'worker' ? 'worker' : 'control-plane node'}`;
}

function spelled(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

function nodes(count: number): string {
  return `${count} node${count === 1 ? '' : 's'}`;
}
