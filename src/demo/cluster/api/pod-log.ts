import type { Simulation } from '../simulation.ts';
import type { Pod } from '../store/objects.ts';
import type { ApiRequest } from './api-request.ts';
import { badRequest } from './status.ts';
import { existing } from './writes.ts';

/** Plain text; `tailLines` and `container` are understood. undefined where no node has the pod: nobody can be asked. */
export function podLog(sim: Simulation, request: ApiRequest): string | undefined {
  const pod = existing(sim, request) as Pod;
  const [first] = pod.spec.containers;
  const container = request.query.get('container') ?? first?.name ?? '';
  if (!pod.spec.containers.some(each => each.name === container)) {
    throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
  }
  if (!pod.spec.nodeName) return undefined;
  const lines = sim.logs.get(pod.metadata.uid);
  if (!lines) {
    throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating`);
  }
  const tail = request.query.get('tailLines');
  const wanted = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  return wanted.map(line => `${line}\n`).join('');
}
