/** Queue names: a cluster is addressed by its queues, so that one bot serves many clusters. */
export function planQueue(cluster: string): string {
  return `plan.${cluster}`;
}

export function runQueue(cluster: string): string {
  return `run.${cluster}`;
}

export function nodeQueue(cluster: string): string {
  return `node.${cluster}`;
}

export function remindQueue(cluster: string): string {
  return `remind.${cluster}`;
}

export const SLACK_QUEUE = 'slack';

/** Before every key of BullMQ's. */
export const PREFIX = 'capstan';

/** BullMQ takes a job id neither with a colon nor made of digits alone: a word goes before it. */
export function jobId(kind: string, ...parts: readonly (string | number)[]): string {
  return [kind, ...parts].join('-').replaceAll(':', '_');
}
