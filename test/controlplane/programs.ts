import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/command.ts';
import { COMPONENTS, type Component } from './components.ts';
import { buildEtcd, buildKubernetes, buildKwok, CONTROL_PLANE_COMMANDS, type Minor } from './modules.ts';

/** Where each program of a control plane is. */
export interface Programs extends Readonly<Record<Component | 'kubeadm' | 'kubectl' | 'kwok', string>> {}

/** What a folder of envtest may hold: etcd, kube-apiserver and kubectl, as a rule. */
const BRINGABLE = [...COMPONENTS, 'kubectl'] as const;
type Bringable = (typeof BRINGABLE)[number];

/**
 * The programs of a minor. What the folder KUBEBUILDER_ASSETS holds of them, as envtest lays it out, is used where it is
 * of that minor; only what it does not hold is built, where it is not yet.
 */
export async function programsOf(minor: Minor, signal: AbortSignal): Promise<Programs> {
  const brought = await broughtFor(minor);
  const commands = CONTROL_PLANE_COMMANDS.filter(name => !(name in brought));
  return {
    ...programsIn(await buildKubernetes(minor, commands, signal), commands),
    kwok: join(await buildKwok(signal), 'kwok'),
    ...brought,
    etcd: brought.etcd ?? join(await buildEtcd(minor, signal), 'etcd'),
  };
}

/** What a minor's kube-apiserver says of itself: `v1.37.2`, or another patch where it was brought. */
export async function servedVersion(minor: Minor, signal: AbortSignal): Promise<string> {
  return await versionSaidBy((await programsOf(minor, signal))['kube-apiserver']);
}

/** In words: what of a folder is used by tests that start these minors. */
export async function broughtBy(assets: string, minors: readonly Minor[]): Promise<string> {
  const version = await versionBrought(assets);
  if (minors.some(minor => minor === minorIn(version))) {
    return `From KUBEBUILDER_ASSETS (${version}) comes ${heldIn(assets).join(', ')}.`;
  }
  return `From KUBEBUILDER_ASSETS comes nothing: its kube-apiserver is ${version}, and ${minors.join(' and ')} are tried.`;
}

async function broughtFor(minor: Minor): Promise<Partial<Record<Bringable, string>>> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets === undefined || minorIn(await versionBrought(assets)) !== minor) return {};
  return programsIn(assets, heldIn(assets));
}

function programsIn<Name extends string>(folder: string, names: readonly Name[]): Record<Name, string> {
  return Object.fromEntries(names.map(name => [name, join(folder, name)])) as Record<Name, string>;
}

async function versionBrought(assets: string): Promise<string> {
  const server = join(assets, 'kube-apiserver');
  if (!existsSync(server)) {
    throw new Error(`KUBEBUILDER_ASSETS is ${assets}, which holds no kube-apiserver: write a folder of envtest's.`);
  }
  return await versionSaidBy(server);
}

async function versionSaidBy(server: string): Promise<string> {
  return (await run(server, ['--version'])).trim().replace(/^Kubernetes /, '');
}

function minorIn(version: string): string | undefined {
  return /^v(\d+\.\d+)\./.exec(version)?.[1];
}

function heldIn(assets: string): readonly Bringable[] {
  return BRINGABLE.filter(name => existsSync(join(assets, name)));
}
