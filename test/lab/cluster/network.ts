import { run } from '../../support/command.ts';
import { GATEWAY, type Host, NETWORK, PREFIX_LENGTH, systemNameOf } from './layout.ts';

const BRIDGE = 'hosts';
const linkOf = (host: string) => `to-${host}`;
const ip = (...args: readonly string[]) => run('ip', args);

/** A bridge in a network namespace of its own, and the router of the hosts there. */
export async function makeNetwork(): Promise<void> {
  await ip('netns', 'add', NETWORK);
  await ip('-n', NETWORK, 'link', 'set', 'lo', 'up');
  await ip('-n', NETWORK, 'link', 'add', BRIDGE, 'type', 'bridge');
  await ip('-n', NETWORK, 'address', 'add', `${GATEWAY}/${PREFIX_LENGTH}`, 'dev', BRIDGE);
  await ip('-n', NETWORK, 'link', 'set', BRIDGE, 'up');
  await forwardIn(NETWORK);
  // Hosts that ask for names in vain have to be told so each time, however often they ask.
  await set(NETWORK, 'net.ipv4.icmp_ratelimit=0');
}

/** A namespace for the host, connected to that bridge. */
export async function connect({ name, address, podSubnet }: Host): Promise<void> {
  const own = systemNameOf(name);
  await ip('netns', 'add', own);
  await ip('-n', own, 'link', 'set', 'lo', 'up');
  await ip('link', 'add', linkOf(name), 'netns', NETWORK, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
  await ip('-n', NETWORK, 'link', 'set', linkOf(name), 'master', BRIDGE, 'up');
  await ip('-n', own, 'address', 'add', `${address}/${PREFIX_LENGTH}`, 'dev', 'eth0');
  await ip('-n', own, 'link', 'set', 'eth0', 'up');
  await ip('-n', own, 'route', 'add', 'default', 'via', GATEWAY);
  await ip('-n', NETWORK, 'route', 'add', podSubnet, 'via', address);
  await forwardIn(own);
}

/** A host without power answers nothing, not even that nobody listens. */
export async function setPlugged(host: string, plugged: boolean): Promise<void> {
  await ip('-n', NETWORK, 'link', 'set', linkOf(host), plugged ? 'up' : 'down');
}

/** How a command is called within the network, where the hosts can be reached. */
export const inNetwork = (...command: readonly string[]) => ['nsenter', `--net=/run/netns/${NETWORK}`, ...command];

const forwardIn = (namespace: string) => set(namespace, 'net.ipv4.ip_forward=1');

async function set(namespace: string, setting: string): Promise<void> {
  await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', setting]);
}
