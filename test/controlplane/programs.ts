import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { COMPONENTS, type Component } from './components.ts';
import { buildEtcd, buildKubernetes, buildKwok, CONTROL_PLANE_COMMANDS, type Minor } from './modules.ts';

/** Where each program of a control plane is. */
export interface Programs extends Readonly<Record<Component | 'kubeadm' | 'kubectl' | 'kwok', string>> {}

/** What a folder of envtest may hold: etcd, kube-apiserver and kubectl, as a rule. */
const BRINGABLE = [...COMPONENTS, 'kubectl'] as const;

/**
 * The programs of a minor, built where they are not yet. What the folder KUBEBUILDER_ASSETS holds of them, as envtest
 * lays it out, is used instead where it is of that minor.
 */
export async function programsOf(minor: Minor, signal: AbortSignal): Promise<Programs> {
  const kubernetes = await buildKubernetes(minor, CONTROL_PLANE_COMMANDS, signal);
  const built = {
    ...Object.fromEntries(CONTROL_PLANE_COMMANDS.map(name => [name, join(kubernetes, name)])),
    etcd: join(await buildEtcd(minor, signal), 'etcd'),
    kwok: join(await buildKwok(signal), 'kwok'),
  } as Programs;
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets === undefined || minorIn(await versionBrought(assets)) !== minor) return built;
  return { ...built, ...Object.fromEntries(heldIn(assets).map(name => [name, join(assets, name)])) };
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

function heldIn(assets: string): readonly string[] {
  return BRINGABLE.filter(name => existsSync(join(assets, name)));
}
