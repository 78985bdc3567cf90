import { readFileSync } from 'node:fs';
import { ControlPlane } from '../controlplane/control-plane.ts';
import { NEWEST, versionOf } from '../controlplane/modules.ts';
import { makeNodes } from '../controlplane/played-nodes.ts';
import { contract } from './suite.ts';
import type { Target } from './target.ts';

/**
 * The suite on a real control plane: one of our own, or the cluster of CAPSTAN_CONTRACT_KUBECONFIG, whose user may do
 * everything and whose nodes can fetch the images. What is made there is taken away again.
 */
const file = process.env.CAPSTAN_CONTRACT_KUBECONFIG;
const START_MS = 120_000;

contract('a real control plane', () => (file === undefined ? ownControlPlane() : existing(file)), START_MS);

async function ownControlPlane(): Promise<Target> {
  const plane = await ControlPlane.start({ minor: NEWEST, signal: AbortSignal.timeout(START_MS) });
  const worker = (name: string) => ({ name, role: 'worker', version: versionOf(NEWEST) }) as const;
  await makeNodes(plane.admin, ['contract-1', 'contract-2'].map(worker), plane.kubeletPort);
  return {
    name: 'a real control plane',
    kubeconfig: plane.kubeconfig,
    compact: () => plane.compact(),
    logs: true,
    stop: () => plane.stop(),
  };
}

async function existing(kubeconfigFile: string): Promise<Target> {
  return {
    name: 'the cluster of your kubeconfig',
    kubeconfig: readFileSync(kubeconfigFile, 'utf8'),
    logs: true,
    stop: async () => undefined,
  };
}
