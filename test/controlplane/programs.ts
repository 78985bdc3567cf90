import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { COMPONENTS, type Component } from './components.ts';
import { buildEtcd, buildKubernetes, buildKwok, CONTROL_PLANE_COMMANDS, type Minor } from './modules.ts';

/** Where each program of a control plane is. */
export interface Programs extends Readonly<Record<Component | 'kubeadm' | 'kubectl' | 'kwok', string>> {}

/**
 * The programs of a minor, built where they are not yet. What the folder KUBEBUILDER_ASSETS holds of them, as envtest
 * lays it out (etcd and kube-apiserver), is used instead where it is of that minor.
 */
export async function programsOf(minor: Minor, signal: AbortSignal): Promise<Programs> {
  const kubernetes = await buildKubernetes(minor, CONTROL_PLANE_COMMANDS, signal);
  const built = {
    ...Object.fromEntries(CONTROL_PLANE_COMMANDS.map(name => [name, join(kubernetes, name)])),
    etcd: join(await buildEtcd(minor, signal), 'etcd'),
    kwok: join(await buildKwok(signal), 'kwok'),
  } as Programs;
  return { ...built, ...(await assetsOf(minor, process.env.KUBEBUILDER_ASSETS)) };
}

/** What a minor's kube-apiserver says of itself: `v1.37.2`, or another patch where it was brought. */
export async function servedVersion(minor: Minor, signal: AbortSignal): Promise<string> {
  return await versionSaidBy((await programsOf(minor, signal))['kube-apiserver']);
}

async function versionSaidBy(server: string): Promise<string> {
  return (await run(server, ['--version'])).trim().replace(/^Kubernetes /, '');
}

async function assetsOf(minor: Minor, folder: string | undefined): Promise<Partial<Programs>> {
  const server = join(folder ?? '', 'kube-apiserver');
  if (folder === undefined) return {};
  if (!existsSync(server)) {
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, which holds no kube-apiserver: write a folder of envtest's.`);
  }
  if (!(await versionSaidBy(server)).startsWith(`v${minor}.`)) return {};
  const held = COMPONENTS.filter(name => existsSync(join(folder, name)));
  return Object.fromEntries(held.map(name => [name, join(folder, name)]));
}
