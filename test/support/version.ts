import { type KubernetesVersion, type Minor, parseMinor, parseVersion } from '../../src/version/kubernetes-version.ts';

export function versionOf(text: string): KubernetesVersion {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`"${text}" is no version: write it like 1.36.2.`);
  return parsed;
}

export function minorOf(text: string): Minor {
  const parsed = parseMinor(text);
  if (!parsed) throw new Error(`"${text}" is no minor: write it like 1.36.`);
  return parsed;
}
