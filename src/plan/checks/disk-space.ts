import { deferred, hostsIn } from './on-the-host.ts';

/** The kubelet reports pressure only when the disk is nearly full. */
export const diskSpace = deferred({
  code: 'DISK_SPACE',
  name: 'DiskSpace',
  words: 'Whether there is room on the disk for images, packages and backups',
  hostsOf: hops => hostsIn(hops),
});
