import { formatSelector } from '../policy/notation.ts';
import type { DrainPolicy } from '../policy/policy.ts';
import { withOwnGrace } from '../policy/settings.ts';
import type { DrainOptions } from './request.ts';

/** How nodes are drained: as the plan says, and where it says nothing, as the policy does. */
export function drainRulesFor<Rules extends Partial<DrainPolicy>>(
  options: DrainOptions | undefined,
  policy: Rules,
): Rules {
  return withOwnGrace({ ...policy, ...options });
}

/** As it could have been typed, for people who know kubectl drain: `--force`, `--grace-period 30`. */
export function drainFlags(options: DrainOptions = {}): string[] {
  const {
    force,
    deleteEmptyDirData,
    graceSeconds,
    skipWaitForDeleteTimeoutSeconds: skip,
    podSelector,
    order,
  } = options;
  return [
    ...flag('--force', force),
    ...flag('--delete-emptydir-data', deleteEmptyDirData),
    ...(graceSeconds === undefined ? [] : [`--grace-period ${graceSeconds}`]),
    ...(skip === undefined ? [] : [`--skip-wait-for-delete-timeout ${skip}s`]),
    ...(podSelector === undefined ? [] : [`--pod-selector ${quoted(formatSelector(podSelector))}`]),
    ...(order === undefined ? [] : [`--drain-order ${order}`]),
  ];
}

function flag(name: string, value: boolean | undefined): string[] {
  if (value === undefined) return [];
  return [value ? name : `${name}=false`];
}

function quoted(selector: string): string {
  return selector.includes(' ') ? `'${selector}'` : selector;
}
