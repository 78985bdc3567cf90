import { deferred, hostsIn } from './on-the-host.ts';

/** kubeadm renews what ends soon by itself (kubernetes.io: kubeadm-certs); with what has expired it cannot work. */
export const certificateFiles = deferred({
  code: 'CERTIFICATE_FILES',
  name: 'Certificates',
  words: 'Whether a certificate has expired',
  hostsOf: hops => hostsIn(hops, 'control-plane'),
});
