import { loadConnection } from '../../src/kubernetes/connection.ts';
import { compactHistory, compactWithin } from '../controlplane/etcd.ts';
import { clientOf } from './client.ts';
import { contract } from './suite.ts';
import { GONE_MS, removeTraces } from './traces.ts';

/**
 * The suite on the cluster of CAPSTAN_CONTRACT_KUBECONFIG (one or several files), whose user may do everything, and
 * which has two worker nodes that can fetch the pause image. What is made there is taken away again.
 * CAPSTAN_CONTRACT_ETCD names the client address of its etcd, or `pod/NAME`, so that history can be compacted; without
 * it those cases are skipped.
 */
const { CAPSTAN_CONTRACT_KUBECONFIG: files, CAPSTAN_CONTRACT_ETCD: etcd } = process.env;
const NAME = 'the cluster of your kubeconfig';
const POD = 'pod/';

if (files === undefined) {
  it.todo('the contract on a cluster of yours: CAPSTAN_CONTRACT_KUBECONFIG names it');
} else {
  const start = async () => {
    const kubeconfig = loadConnection({ kubeconfig: files }).config.exportConfig();
    const client = clientOf(kubeconfig);
    return {
      name: NAME,
      kubeconfig,
      compact: async () => {
        if (etcd?.startsWith(POD)) await compactWithin(client, etcd.slice(POD.length));
        else await compactHistory(etcd ?? '');
      },
      stop: async () => {
        const left = await removeTraces(client);
        if (left.length > 0) throw new Error(`The cluster would not let go of ${left.join(', ')}.`);
      },
    };
  };
  contract(NAME, start, { startMs: 30_000, stopMs: GONE_MS + 30_000 }, { compacts: etcd !== undefined, asksUs: false });
}
