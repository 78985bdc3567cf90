import { type Minor, parseMinor } from '../../version/kubernetes-version.ts';

/** One line of the gauge: an API version that was asked for, and the release that no longer serves it. */
export interface DeprecatedUse {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly removedIn: Minor;
}

/** kubernetes.io: deprecation policy, "REST resources": set by the API server, and kept until it starts anew. */
const GAUGE = 'apiserver_requested_deprecated_apis{';

/** undefined for every other line, and for APIs that are deprecated without a date for their removal. */
export function deprecatedUse(line: string): DeprecatedUse | undefined {
  if (!line.startsWith(GAUGE) || !line.trimEnd().endsWith('} 1')) return undefined;
  const labels = new Map([...line.matchAll(/(\w+)="([^"\\]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  const removedIn = parseMinor(labels.get('removed_release') ?? '');
  const version = labels.get('version');
  const resource = labels.get('resource');
  if (!removedIn || !version || !resource) return undefined;
  return { group: labels.get('group') ?? '', version, resource, removedIn };
}
