import { createOutage, type Outage } from '../app/outage.ts';
import { isShutOut } from '../redis/connection.ts';
import type { Logger } from '../runtime/logger.ts';
import { type WatchedPolicy, watchPolicy } from '../runtime/policy-watch.ts';

/**
 * The policy file of a process that serves these clusters, read now and whenever it changes. A process that begins with a
 * file that cannot be used runs all the same and says so: one that did not start would be started again and again, and
 * could tell nobody in Slack why nothing moves.
 */
export function openPolicy(path: string, clusters: readonly string[], log: Logger): WatchedPolicy {
  return watchPolicy({
    path,
    needed: clusters,
    onReading: (faults, inForce) =>
      inForce === 'this'
        ? log.info({ path }, 'the policy file is in force')
        : log.error({ path, faults }, `the policy file cannot be used: ${MEANWHILE[inForce]}`),
    onError: errorLogger(log),
  });
}

const MEANWHILE = {
  last: 'the last good one stays, for what is under way',
  none:
    'there is no earlier one, so nobody may do anything and nothing is started until it is mended; ' +
    'only what has begun on a host is brought to its end',
} as const;

export function errorLogger(log: Logger): (error: Error) => void {
  return error => log.error({ err: error }, error.message);
}

/** Of a process's connections to Redis: a line when they are lost, and one when all are back. */
export function outageLogger(log: Logger): Outage {
  return createOutage({
    onBegin: error => log.error({ err: error }, lossWords(error)),
    onEnd: ms => log.info({ ms }, 'Redis is there again'),
    clock: Date,
  });
}

function lossWords(error: Error): string {
  const { message } = error;
  return isShutOut(error)
    ? `Redis does not let us in, and is asked again and again: look at the user and the password in REDIS_URL (${message})`
    : `Redis cannot be reached, and is looked for: ${message}`;
}
