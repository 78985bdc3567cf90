import { type Settings, StandInHost, WORKER_KUBELET } from './stand-in-host.ts';

export const CONTROL_PLANE_KUBELET: Settings = { ...WORKER_KUBELET, WORK_KEY: 'cp-kubelet', KUBEADM: '' };

/** How the tests of a file get their hosts, each of which is taken away after its test. */
export function hostsOfTests(): (role: 'control-plane' | 'worker') => Promise<StandInHost> {
  const made: StandInHost[] = [];
  afterEach(async () => {
    for (const host of made.splice(0)) await host.destroy();
  });
  return async role => {
    const host = await StandInHost.create(role);
    made.push(host);
    return host;
  };
}

/** Ends the unit and all its children as a power cut would, the first time that the command is called so. */
export const powerCut = (call: string) => `
  if [ "$*" = "${call}" ] && [ ! -e "$world/cut" ]; then
    touch "$world/cut"
    kill -9 "-$(cat "$world"/units/*)"
    kill -9 0
  fi`;
