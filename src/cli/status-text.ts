import type { ClusterStatus } from '../plan/cluster-status.ts';
import { type ComponentGroup, grouped, isWrong } from '../plan/component-table.ts';
import { SKEW_POLICY_SOURCE } from '../version/skew.ts';
import { columns, counted, printable, wrap } from './layout.ts';
import { calendarWords, patchWords, supportWords } from './support-words.ts';

/** Up to so many components are shown one by one. */
const ROWS = 60;
const NAMED = { right: 3, wrong: 20 };
const SENTENCES = 20;

/** What `capstan status` prints for people. Ends with a newline. */
export function statusText(cluster: string, status: ClusterStatus): string {
  const { distributions, components, nodes } = status;
  const named = components.length > ROWS ? NAMED : { right: 1, wrong: 1 };
  const shown =
    components.length > ROWS ? grouped(components, named) : components.flatMap(row => grouped([row], named));
  const lines = [
    `Status of ${cluster}${distributions.length > 0 ? ` (${distributions.join(', ')})` : ''}`,
    ...supportLines(status),
    `Nodes     ${nodes.total}: ${nodes.ready} ready, ${nodes.cordoned} cordoned`,
    '',
    ...columns([HEADINGS, ...shown.map(cells), ...kubectlCells(status)]),
    '',
    ...skewLines(status),
    ...status.unreadable.flatMap(({ what, why }) => wrap(`Could not read ${what}: ${why}.`, '')),
  ];
  return `${printable(lines.join('\n'))}\n`;
}

const HEADINGS = ['COMPONENT', 'NODE', 'VERSION', 'ALLOWED', 'VERDICT'];

function supportLines({ support }: ClusterStatus): string[] {
  if (!support) return ['Support   No version could be read, so nothing can be said about support.'];
  const words = [supportWords(support), patchWords(support), calendarWords(support.known)];
  return wrap(words.join(' '), ' '.repeat(10), 'Support   ');
}

function cells({ kind, version, allowed = '-', verdict, ...where }: ComponentGroup): string[] {
  return [
    kind,
    nodesOf(where),
    version === '' ? '-' : version,
    allowed,
    isWrong(verdict) ? verdict.toUpperCase() : verdict,
  ];
}

function nodesOf({ count, nodes }: Pick<ComponentGroup, 'count' | 'nodes'>): string {
  if (nodes.length === 0) return count > 1 ? `${count}, out of sight` : '-';
  if (nodes.length === count) return nodes.join(', ');
  return count - nodes.length > nodes.length
    ? counted(count, 'node')
    : `${nodes.join(', ')} and ${count - nodes.length} more`;
}

/** kubectl runs on people's machines: all that can be said is which ones go with this cluster. */
function kubectlCells({ kubectl }: ClusterStatus): string[][] {
  return kubectl === undefined ? [] : [['kubectl', '-', '-', kubectl, 'not held']];
}

function skewLines({ skew }: ClusterStatus): string[] {
  if (skew.length === 0) return [`Every component is within the version-skew policy (${SKEW_POLICY_SOURCE}).`];
  const more = skew.length > SENTENCES ? [`There are ${skew.length - SENTENCES} more of this kind.`] : [];
  return [
    `The version-skew policy is broken (${SKEW_POLICY_SOURCE}):`,
    ...[...skew.slice(0, SENTENCES), ...more].flatMap(sentence => wrap(sentence, '    ', '  ')),
  ];
}
