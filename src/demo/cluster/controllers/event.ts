import type { Simulation } from '../simulation.ts';
import { newObject, randomSuffix } from '../store/new-object.ts';
import type { KubeObject } from '../store/objects.ts';

/** What a controller tells people about an object. */
interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
}

/** Makes an Event beside the object, or counts it once more where the same was told before. */
export function tellOf({ store, clock }: Simulation, about: KubeObject, told: Told): void {
  const { type, reason, message, component } = told;
  const { namespace = 'default', name, uid } = about.metadata;
  const now = clock.timestamp();
  const known = [...store.all('events')].find(
    event => event.involvedObject?.uid === uid && event.reason === reason && event.message === message,
  );
  if (known) {
    store.update('events', `${namespace}/${known.metadata.name}`, event => {
      event.count = (event.count ?? 1) + 1;
      event.lastTimestamp = now;
    });
    return;
  }
  const involvedObject = { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid };
  const extra = { involvedObject, type, reason, message, source: { component } };
  const times = { firstTimestamp: now, lastTimestamp: now, count: 1 };
  const seed = { name: `${name}.${randomSuffix()}`, namespace, extra: { ...extra, ...times } };
  store.create('events', newObject('events', seed, now));
}
