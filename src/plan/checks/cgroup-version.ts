import { HOST_REQUIREMENTS } from '../../version/requirements.ts';
import { crossing } from './crossing.ts';
import { deferred } from './on-the-host.ts';

const SINCE = HOST_REQUIREMENTS.flatMap(({ what, since }) => (what === 'cgroup' ? [since] : []));

/** Asked where a kubelet comes to a minor that needs another version than the one before did. */
export const cgroupVersion = deferred({
  code: 'CGROUP_VERSION',
  name: 'CgroupVersion',
  words: 'Whether the host has the cgroup version that the kubelet needs',
  hostsOf: hops => new Set(SINCE.flatMap(since => crossing(hops, since)).map(({ name }) => name)),
});
