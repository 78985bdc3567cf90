import { formatVersion, type KubernetesVersion } from '../../../version/kubernetes-version.ts';
import type { Resource } from '../store/resources.ts';

/** `/api`, `/apis` and the resource lists below them; undefined for any other path. */
export function discovery(path: string, served: readonly Resource[]): object | undefined {
  const parts = path.split('/').filter(part => part !== '');
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(served) };
  if (parts.length === 2 && parts[0] === 'api') return resourceList('', parts[1] ?? '', served);
  if (parts.length === 3 && parts[0] === 'apis') return resourceList(parts[1] ?? '', parts[2] ?? '', served);
  if (parts.length === 2 && parts[0] === 'apis') {
    const group = groups(served).find(each => each.name === parts[1]);
    return group && { kind: 'APIGroup', apiVersion: 'v1', ...group };
  }
  return undefined;
}

function groups(served: readonly Resource[]) {
  const named = Map.groupBy(
    served.filter(({ group }) => group !== ''),
    ({ group }) => group,
  );
  return [...named].map(([name, resources]) => {
    const versions = [...new Set(resources.map(({ version }) => version))];
    const entries = versions.map(version => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: entries, preferredVersion: entries[0] };
  });
}

function resourceList(group: string, version: string, served: readonly Resource[]): object | undefined {
  const resources = served.filter(each => each.group === group && each.version === version);
  if (resources.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.flatMap(entries),
  };
}

function entries({ name, kind, namespaced, status }: Resource): object[] {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  const own = { name, singularName: kind.toLowerCase(), namespaced, kind, verbs };
  const sub = (suffix: string, extra: object) => ({
    name: `${name}/${suffix}`,
    singularName: '',
    namespaced,
    kind,
    ...extra,
  });
  return [
    own,
    ...(status ? [sub('status', { verbs: ['get', 'patch', 'update'] })] : []),
    ...(name === 'pods'
      ? [
          sub('eviction', { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }),
          sub('log', { verbs: ['get'] }),
        ]
      : []),
  ];
}

/** `/version`. */
export function versionInfo(version: KubernetesVersion): object {
  return {
    major: String(version.major),
    minor: String(version.minor),
    emulationMajor: String(version.major),
    emulationMinor: String(version.minor),
    minCompatibilityMajor: String(version.major),
    minCompatibilityMinor: String(version.minor - 1),
    gitVersion: formatVersion(version),
    gitCommit: 'simulated',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.26',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

/** A deprecated API that somebody asked for, as the gauge apiserver_requested_deprecated_apis tells it. */
export interface DeprecatedUse {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly removedRelease: string;
}

/** `/metrics`, reduced to what tells deprecated APIs in use. */
export function metricsText(uses: readonly DeprecatedUse[]): string {
  const name = 'apiserver_requested_deprecated_apis';
  return [
    `# HELP ${name} [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.`,
    `# TYPE ${name} gauge`,
    ...uses.map(
      ({ group, version, resource, subresource = '', removedRelease }) =>
        `${name}{group="${group}",removed_release="${removedRelease}",resource="${resource}",subresource="${subresource}",version="${version}"} 1`,
    ),
    '',
  ].join('\n');
}
