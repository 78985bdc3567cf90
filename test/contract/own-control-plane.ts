import { ControlPlane } from '../controlplane/control-plane.ts';
import { type Minor, versionOf } from '../controlplane/modules.ts';
import { makeNodes } from '../controlplane/played-nodes.ts';
import { contract } from './suite.ts';
import type { Target } from './target.ts';

const START_MS = 120_000;
const STOP_MS = 30_000;

/** The suite on a control plane of our own. */
export function contractOn(minor: Minor): void {
  const name = `Kubernetes ${minor}`;
  contract(name, () => startOwn(minor, name), { startMs: START_MS, stopMs: STOP_MS });
}

async function startOwn(minor: Minor, name: string): Promise<Target> {
  const plane = await ControlPlane.start({
    minor,
    // Off unless asked for, and gone with the next minor: what a server tells of such versions is part of the suite.
    ...(minor === '1.36' ? { runtimeConfig: 'networking.k8s.io/v1beta1=true' } : {}),
    signal: AbortSignal.timeout(START_MS),
  });
  const worker = (node: string) => ({ name: node, role: 'worker', version: versionOf(minor) }) as const;
  await makeNodes(plane.admin, ['contract-1', 'contract-2'].map(worker), plane.kubeletPort);
  return {
    name,
    kubeconfig: plane.kubeconfig,
    compact: () => plane.compact(),
    stop: () => plane.stop(),
  };
}
