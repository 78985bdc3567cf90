import type { PolicySource } from '../cli/plan-text.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { readPolicyFile } from '../runtime/policy-file.ts';

/** A policy file that was given to a command, or none. */
export type GivenPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: string; readonly clusters: ReadonlyMap<string, ClusterPolicy> }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

/** Whose policy counts; `found` undefined: none was given. */
export type ChosenPolicy =
  | {
      readonly kind: 'chosen';
      readonly found: { readonly policy: ClusterPolicy; readonly source: PolicySource } | undefined;
    }
  | { readonly kind: 'open'; readonly sentence: string };

export function readGivenPolicy(file: string | undefined): GivenPolicy {
  if (file === undefined) return { kind: 'none' };
  const reading = readPolicyFile(file, []);
  if (reading.kind !== 'ok') return { kind: 'faults', faults: reading.faults };
  return { kind: 'file', file, clusters: reading.clusters };
}

/**
 * The policy of the cluster that was named, else of the one that the kubeconfig names, else of the only one that the file
 * has. Where that leaves it open, nothing is guessed: a plan by another cluster's policy would be another plan.
 */
export function choosePolicy(
  given: Extract<GivenPolicy, { readonly kind: 'none' | 'file' }>,
  asked: string | undefined,
  kubeconfig: string,
): ChosenPolicy {
  if (given.kind === 'none') return { kind: 'chosen', found: undefined };
  const { file, clusters } = given;
  const names = [...clusters.keys()];
  const only = names.length === 1 ? names[0] : undefined;
  const cluster = asked ?? (clusters.has(kubeconfig) ? kubeconfig : only);
  const policy = cluster === undefined ? undefined : clusters.get(cluster);
  if (cluster !== undefined && policy) return { kind: 'chosen', found: { policy, source: { file, cluster } } };
  const which = asked === undefined ? `does not tell which of its clusters this is` : `has no cluster ${asked}`;
  return { kind: 'open', sentence: `The policy file ${file} ${which}: give --cluster one of ${names.join(', ')}.` };
}
