import { createOutage, type Outage } from '../app/outage.ts';
import type { Logger } from '../runtime/logger.ts';
import { readPolicyFile } from '../runtime/policy-file.ts';
import { type WatchedPolicy, watchPolicy } from '../runtime/policy-watch.ts';

/** The policy file of a process that serves these clusters, from now on read whenever it changes. */
export function openPolicy(path: string, clusters: readonly string[], log: Logger): WatchedPolicy {
  const first = readPolicyFile(path, clusters);
  if (first.kind === 'faults') throw new Error(first.faults.join(' '));
  return watchPolicy(first.clusters, {
    path,
    needed: clusters,
    onReading: faults =>
      faults.length === 0
        ? log.info({ path }, 'the policy file is in force')
        : log.error({ path, faults }, 'the policy file cannot be used: the last good one stays, for what is under way'),
    onError: errorLogger(log),
  });
}

export function errorLogger(log: Logger): (error: Error) => void {
  return error => log.error({ err: error }, error.message);
}

/** Of a process's connections to Redis: a line when they are lost, and one when all are back. */
export function outageLogger(log: Logger): Outage {
  return createOutage({
    onBegin: error => log.error({ err: error }, `Redis cannot be reached, and is looked for: ${error.message}`),
    onEnd: ms => log.info({ ms }, 'Redis is there again'),
    clock: Date,
  });
}
