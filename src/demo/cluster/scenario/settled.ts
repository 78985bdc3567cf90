import { isReady } from '../pods/pod-state.ts';
import type { Simulation } from '../simulation.ts';
import type { ResourceName } from '../store/objects.ts';

const LOOKED_AT: readonly ResourceName[] = [
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'poddisruptionbudgets',
];

/** Resolves once every workload has all its pods, all are Ready, and every budget knows it. */
export function settled(sim: Simulation): Promise<void> {
  return new Promise(resolve => {
    const stops = LOOKED_AT.map(resource => sim.store.subscribe(resource, () => look()));
    const look = () =>
      sim.loop.enqueue('settled', () => {
        if (!isSettled(sim)) return;
        for (const stop of stops) stop();
        resolve();
      });
    look();
  });
}

function isSettled({ store }: Simulation): boolean {
  return (
    [...store.all('deployments')].every(({ spec, status }) => status.readyReplicas === (spec.replicas ?? 1)) &&
    [...store.all('statefulsets')].every(({ spec, status }) => status.readyReplicas === (spec.replicas ?? 1)) &&
    [...store.all('daemonsets')].every(({ status }) => (status.numberReady ?? -1) === status.desiredNumberScheduled) &&
    [...store.all('pods')].every(isReady) &&
    [...store.all('poddisruptionbudgets')].every(
      ({ status }) => status.expectedPods > 0 && status.currentHealthy === status.expectedPods,
    )
  );
}
