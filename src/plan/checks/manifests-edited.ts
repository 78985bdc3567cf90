import { deferred, hostsIn } from './on-the-host.ts';

/** kubeadm writes the manifests of static pods anew, and what people changed in them is gone. */
export const manifestsEdited = deferred({
  code: 'MANIFESTS_EDITED',
  name: 'EditedManifests',
  words: 'Whether somebody has edited the manifests that kubeadm writes',
  hostsOf: hops => hostsIn(hops, 'control-plane'),
});
