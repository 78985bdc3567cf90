import { randomBytes } from 'node:crypto';
import { createApiServer } from './api/api-server.ts';
import { Gate } from './api/gate.ts';
import { Lists } from './api/list.ts';
import { RequestFaults } from './api/request-faults.ts';
import { Watches } from './api/watch.ts';
import { Clock } from './clock.ts';
import { ClusterFaults } from './cluster-faults.ts';
import { ControlLoop } from './control-loop.ts';
import { runDaemonSetController } from './controllers/daemon-set.ts';
import { runDeploymentController } from './controllers/deployment.ts';
import { runDisruptionController } from './controllers/disruption.ts';
import { runGarbageCollector } from './controllers/garbage.ts';
import { runJobController } from './controllers/job.ts';
import { runNamespaceContent } from './controllers/namespace-content.ts';
import { runOutOfService } from './controllers/out-of-service.ts';
import { runReplicaSetController } from './controllers/replica-set.ts';
import { runStatefulSetController } from './controllers/stateful-set.ts';
import { HostFaults } from './faults.ts';
import { ApiServers } from './host/api-servers.ts';
import { runStaticPods } from './host/static-pods.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { Ledger } from './ledger.ts';
import { Machines } from './machines.ts';
import { PodIndex } from './pods/pod-index.ts';
import { bootstrap, hostsOf } from './scenario/bootstrap.ts';
import type { Scenario } from './scenario/scenario.ts';
import { settled } from './scenario/settled.ts';
import { runScheduler } from './scheduler.ts';
import type { Simulation } from './simulation.ts';
import { ObjectStore } from './store/object-store.ts';
import type { Node, Pod, PodDisruptionBudget } from './store/objects.ts';

export interface SimulatedClusterOptions {
  readonly scenario: Scenario;
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** A free one where absent. */
  readonly port?: number;
  readonly log?: (line: string) => void;
}

/** A cluster that can be upgraded, behind an API that speaks as kube-apiserver does. Listens on 127.0.0.1. */
export interface SimulatedCluster {
  readonly url: string;
  /** YAML, for KUBECONFIG or a file. */
  kubeconfig(): string;
  readonly faults: ClusterFaults;
  /** What happened since the cluster was settled. */
  readonly ledger: Ledger;
  nodes(): readonly Node[];
  pods(): readonly Pod[];
  budgets(): readonly PodDisruptionBudget[];
  stop(): Promise<void>;
}

/** Resolves when every pod of the scenario is Ready and the API answers. */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { scenario, speed, port = 0, log = () => undefined } = options;
  const sim = createSimulation(speed);
  const hosts = hostsOf(scenario);
  const apiServers = new ApiServers(hosts);
  const lists = new Lists(sim.store);
  const watches = new Watches(sim.store, sim.clock);
  const requests = new RequestFaults(Math.random);
  const deprecatedUses = [...(scenario.deprecatedUses ?? [])];
  const token = randomBytes(16).toString('hex');
  const parts = { sim, lists, watches, faults: requests, apiServers, deprecatedUses, token, log };
  const server = createApiServer({ ...parts, gate: () => gate, evicted: pod => ledger.evicted(pod) });
  const gate = new Gate(server, sim.clock, sim.loop, watches);
  const machines = new Machines({ sim, hosts, apiServers, watches, gate, offence: text => ledger.offence(text) });
  runControllers(sim);
  runStaticPods(sim, hosts);
  bootstrap(sim, scenario, hosts);
  await settled(sim);
  sim.booting = false;
  const ledger = new Ledger(sim);
  const url = `http://127.0.0.1:${await gate.open(port)}`;
  return {
    url,
    kubeconfig: () => kubeconfigOf(scenario.name, url, token),
    faults: new ClusterFaults({ sim, gate, watches, lists, requests, machines }),
    ledger,
    nodes: () => [...sim.store.all('nodes')],
    pods: () => [...sim.store.all('pods')],
    budgets: () => [...sim.store.all('poddisruptionbudgets')],
    stop: async () => {
      sim.clock.stop();
      sim.loop.stop();
      await gate.close();
    },
  };
}

function createSimulation(speed: number): Simulation {
  const store = new ObjectStore();
  return {
    clock: new Clock(speed),
    store,
    loop: new ControlLoop(),
    pods: new PodIndex(store),
    hostFaults: new HostFaults(),
    logs: new Map(),
    booting: true,
  };
}

function runControllers(sim: Simulation): void {
  runNamespaceContent(sim);
  runScheduler(sim);
  runDeploymentController(sim);
  runReplicaSetController(sim);
  runStatefulSetController(sim);
  runDaemonSetController(sim);
  runJobController(sim);
  runDisruptionController(sim);
  runGarbageCollector(sim);
  runOutOfService(sim);
}
