import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { SINGLE_CONTROL_PLANE } from '../../src/demo/cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { type Client, clientOf } from '../contract/client.ts';
import { until } from '../contract/watching.ts';

const LONG = 1_000_000;
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

let cluster: SimulatedCluster;
let client: Client;

beforeEach(async () => {
  cluster = await startSimulatedCluster({ scenario: SINGLE_CONTROL_PLANE, speed: 300 });
  client = clientOf(cluster.kubeconfig());
});
afterEach(() => cluster.stop());

/** Once its controller has seen the budget as it stands, and allows so much. */
const allows = (isMeant: (allowed: number) => boolean) =>
  until<V1PodDisruptionBudget, true>(
    client,
    BUDGETS,
    budgets =>
      budgets.some(
        ({ metadata, status }) =>
          status?.observedGeneration === metadata?.generation && isMeant(status?.disruptionsAllowed ?? 0),
      ) || undefined,
  );

test('a budget that is closed allows nothing, until it is opened or its time is over', async () => {
  await allows(allowed => allowed > 0);
  cluster.faults.closeBudget('default/web', LONG);
  await allows(allowed => allowed === 0);
  cluster.faults.clear();
  await allows(allowed => allowed > 0);
  cluster.faults.closeBudget('default/web', 300);
  await allows(allowed => allowed === 0);
  await allows(allowed => allowed > 0);
});
