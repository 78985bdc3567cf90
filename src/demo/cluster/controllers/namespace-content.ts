import { itself, runController, type Simulation } from '../simulation.ts';
import { newObject } from '../store/new-object.ts';

const CERTIFICATES = 'kube-root-ca.crt';

/** What every namespace is given before pods can be made in it: an account for them, and the cluster's certificate. */
export function runNamespaceContent(sim: Simulation): void {
  runController(sim, {
    name: 'namespace content',
    watches: { namespaces: itself },
    reconcile: namespace => {
      const { store, clock } = sim;
      const found = store.at('namespaces', namespace);
      if (!found || found.metadata.deletionTimestamp) return;
      if (!store.get('serviceaccounts', namespace, 'default')) {
        const account = { name: 'default', namespace };
        store.create('serviceaccounts', newObject('serviceaccounts', account, clock.timestamp()));
      }
      if (!store.get('configmaps', namespace, CERTIFICATES)) {
        const map = { name: CERTIFICATES, namespace, extra: { data: { 'ca.crt': 'simulated' } } };
        store.create('configmaps', newObject('configmaps', map, clock.timestamp()));
      }
    },
  });
}
