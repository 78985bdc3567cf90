import type { Component } from '../cluster/snapshot.ts';
import { type KubernetesVersion, parseMinor, parseVersion } from '../version/kubernetes-version.ts';
import type { KubeClient } from './client.ts';

/** What `/version` says; `minor` has a `+` where a vendor patched the server. */
interface VersionInfo {
  readonly major?: string;
  readonly minor?: string;
  readonly gitVersion?: string;
}

/**
 * The kube-apiserver that answers, for clusters whose control plane runs out of sight. Behind a load balancer it is one of
 * several, and the others may be a minor away for as long as somebody upgrades them.
 */
export async function readServerVersion(client: KubeClient, signal: AbortSignal): Promise<Component> {
  const info = await client.call(
    { verb: 'get', resource: '/version' },
    options => client.version.getCode({}, options),
    signal,
  );
  return serverComponent(info);
}

export function serverComponent({ major = '', minor = '', gitVersion = '' }: VersionInfo): Component {
  const version = parseVersion(gitVersion) ?? firstOf(`${major}.${minor}`);
  const text = gitVersion === '' ? `${major}.${minor}` : gitVersion;
  return { kind: 'kube-apiserver', node: undefined, version, text, ready: true };
}

/** Where only the minor can be read, the rules that count in minors can still be held. */
function firstOf(text: string): KubernetesVersion | undefined {
  const minor = parseMinor(text);
  return minor && { ...minor, patch: 0 };
}
