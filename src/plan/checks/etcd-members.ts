import { deferred, hostsIn } from './on-the-host.ts';

/** Asked of etcd itself, on each host whose static pods are upgraded. */
export const etcdMembers = deferred({
  code: 'ETCD_MEMBERS',
  name: 'EtcdMembers',
  words: 'Whether every etcd member is healthy',
  hostsOf: hops => hostsIn(hops, 'control-plane'),
});
