import { createHash } from 'node:crypto';
import type { HostWork } from '../../app/driver-ports.ts';

export const NODE_LABEL = 'capstan.dev/node';
export const WORK_LABEL = 'capstan.dev/work';

/** A drain leaves pods with this label alone, and only ours carry it together with the labels above. */
export const MANAGED = { 'app.kubernetes.io/managed-by': 'capstan' } as const;

const LONGEST_LABEL = 63;
const HASH = 10;
const PREFIX = 'capstan-';

/** The same for the same work, different for any other; a DNS label, and a folder's and a unit's name on the host. */
export function workKey({ id }: Pick<HostWork, 'id'>): string {
  return shortened(id, LONGEST_LABEL - PREFIX.length);
}

/** A second worker finds the Job by its name instead of making another. */
export function jobName(work: Pick<HostWork, 'id'>): string {
  return `${PREFIX}${workKey(work)}`;
}

/** A node's name as a label's value; most fit as they are. */
export function nodeLabel(node: string): string {
  return node.length <= LONGEST_LABEL ? node : shortened(node, LONGEST_LABEL);
}

function shortened(text: string, longest: number): string {
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH);
  return `${words.slice(0, longest - HASH - 1)}-${hash}`.replace(/^-+/, '').replace(/-{2,}/g, '-');
}
