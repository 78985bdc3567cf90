import { readFileSync } from 'node:fs';
import { compactHistory } from '../controlplane/etcd.ts';
import { clientOf } from './client.ts';
import { contract } from './suite.ts';
import { removeNamespaces } from './world.ts';

/**
 * The suite on the cluster of CAPSTAN_CONTRACT_KUBECONFIG, whose user may do everything, and which has two worker nodes
 * that can fetch the pause image. What is made there is taken away again. CAPSTAN_CONTRACT_ETCD may name the client
 * address of its etcd, so that history can be compacted; without it those cases look at nothing.
 */
const file = process.env.CAPSTAN_CONTRACT_KUBECONFIG;
const etcd = process.env.CAPSTAN_CONTRACT_ETCD;

if (file === undefined) {
  it.todo('the contract on a cluster of yours: CAPSTAN_CONTRACT_KUBECONFIG names it');
} else {
  contract('the cluster of your kubeconfig', async () => {
    const kubeconfig = readFileSync(file, 'utf8');
    return {
      name: 'the cluster of your kubeconfig',
      kubeconfig,
      ...(etcd === undefined ? {} : { compact: () => compactHistory(etcd) }),
      logs: true,
      stop: () => removeNamespaces(clientOf(kubeconfig)),
    };
  });
}
