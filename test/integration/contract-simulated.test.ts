import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { contract } from '../contract/suite.ts';

contract('the simulated cluster', async () => {
  const cluster = await startSimulatedCluster({ scenario: HIGHLY_AVAILABLE, speed: 60 });
  return {
    name: 'the simulated cluster',
    kubeconfig: cluster.kubeconfig(),
    compact: async () => cluster.faults.compact(),
    stop: () => cluster.stop(),
  };
});
