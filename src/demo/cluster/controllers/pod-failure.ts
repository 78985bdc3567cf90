import type { Job, Pod } from '../store/objects.ts';

/** What a failed pod means for its Job; the sentence is the Job's message where it ends it. */
export type PodFailure =
  | { readonly kind: 'counts' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'fails the job'; readonly message: string };

type Policy = NonNullable<Job['spec']['podFailurePolicy']>;
type Rule = Policy['rules'][number];

const COUNTS: PodFailure = { kind: 'counts' };

/** podFailurePolicy: the first rule that matches decides, and without one the failure counts. */
export function failureOf(pod: Pod, { spec }: Job): PodFailure {
  const rules = spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const what = matchOf(pod, rule);
    if (what === undefined) continue;
    if (rule.action === 'Ignore') return { kind: 'ignored' };
    if (rule.action === 'Count') return COUNTS;
    return { kind: 'fails the job', message: `${what} matching FailJob rule at index ${index}` };
  }
  return COUNTS;
}

function matchOf(pod: Pod, rule: Rule): string | undefined {
  const { metadata, status } = pod;
  const name = `pod ${metadata.namespace}/${metadata.name}`;
  const condition = rule.onPodConditions?.find(({ type, status: wanted = 'True' }) =>
    status.conditions?.some(each => each.type === type && each.status === wanted),
  );
  if (condition) return `Pod ${metadata.namespace}/${metadata.name} has condition ${condition.type}`;
  const codes = rule.onExitCodes;
  for (const container of codes ? (status.containerStatuses ?? []) : []) {
    const exitCode = container.state.terminated?.exitCode ?? 0;
    if (!codes || exitCode === 0 || container.name !== (codes.containerName ?? container.name)) continue;
    if (codes.values.includes(exitCode) !== (codes.operator === 'In')) continue;
    return `Container ${container.name} for ${name} failed with exit code ${exitCode}`;
  }
  return undefined;
}
