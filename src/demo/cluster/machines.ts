import type { Gate } from './api/gate.ts';
import type { Watches } from './api/watch.ts';
import type { ApiServers } from './host/api-servers.ts';
import type { Host, Hosts } from './host/host.ts';
import type { Follower } from './host/host-unit.ts';
import type { StaticComponent } from './host/releases.ts';
import { startUpgrade } from './host/upgrade-program.ts';
import { Kubelets } from './kubelet.ts';
import { NodeStatus } from './node-status.ts';
import type { Simulation } from './simulation.ts';
import { controllerOf } from './store/new-object.ts';
import type { Pod } from './store/objects.ts';
import { TIMINGS } from './timings.ts';

interface MachineParts {
  readonly sim: Simulation;
  readonly hosts: Hosts;
  readonly apiServers: ApiServers;
  readonly watches: Watches;
  readonly gate: Gate;
  readonly offence: (sentence: string) => void;
}

/** All hosts with their kubelets, and what their upgrades do to the cluster. */
export class Machines {
  readonly #parts: MachineParts;
  readonly #kubelets: Kubelets;
  readonly #status: NodeStatus;
  /** What goes on when a silent node is brought back, by node. */
  readonly #returns = new Map<string, () => void>();

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#kubelets = new Kubelets(parts.sim, parts.hosts, (pod, host, follower) => this.#run(pod, host, follower));
    this.#status = new NodeStatus(parts.sim, parts.hosts);
  }

  /** The node's kubelet stops; nothing on it is reported any more. */
  silence(name: string): void {
    const host = this.#host(name);
    host.kubelet.running = false;
    this.#status.silent(host);
  }

  /** A silent node's kubelet runs again. */
  revive(name: string): void {
    const host = this.#host(name);
    host.kubelet.running = true;
    this.#status.report(host);
    this.#kubelets.returned(name);
    this.#returns.get(name)?.();
    this.#returns.delete(name);
  }

  #host(name: string): Host {
    const host = this.#parts.hosts.get(name);
    if (!host)
      throw new Error(`The simulated cluster has no node ${name}; it has ${[...this.#parts.hosts.keys()].join(', ')}.`);
    return host;
  }

  #run(pod: Pod, host: Host, follower: Follower): (() => void) | undefined {
    const { sim, hosts, offence } = this.#parts;
    const world = {
      sim,
      hosts,
      offence,
      interrupt: (on: Host, component: StaticComponent) => this.#interrupt(on, component),
      restartKubelet: (on: Host, returned: () => void) => this.#restartKubelet(on, returned),
    };
    const upgrade = startUpgrade(pod, host, world, follower);
    if (upgrade || controllerOf(pod)?.kind !== 'Job') return upgrade;
    return sim.clock.after(TIMINGS.job, () => follower.ended({ exitCode: 0, message: '' }));
  }

  #restartKubelet(host: Host, returned: () => void): void {
    if (!this.#parts.sim.hostFaults.staysAway(host.name)) {
      this.#status.report(host);
      returned();
      return;
    }
    this.#returns.set(host.name, returned);
    this.silence(host.name);
  }

  /** One of several API servers only drops its clients; a single one takes the API away with it. */
  #interrupt(host: Host, component: StaticComponent): number {
    const { apiServers, watches, gate, sim } = this.#parts;
    if (apiServers.count > 1) {
      if (component !== 'kube-apiserver') return 0;
      apiServers.restarting(host.name, true);
      watches.drop(host.name);
      sim.clock.after(TIMINGS.upgrade.staticPod, () => apiServers.restarting(host.name, false));
      return TIMINGS.upgrade.staticPod;
    }
    const { etcdHang, apiServerHang, apiServerRefuse, apiServerForbid } = TIMINGS.singleControlPlane;
    if (component === 'etcd') {
      gate.away([{ mode: 'hang', seconds: etcdHang }]);
      return etcdHang;
    }
    if (component !== 'kube-apiserver') return 0;
    gate.away([
      { mode: 'hang', seconds: apiServerHang },
      { mode: 'refuse', seconds: apiServerRefuse },
      { mode: 'forbid', seconds: apiServerForbid },
    ]);
    return apiServerHang + apiServerRefuse + apiServerForbid;
  }
}
