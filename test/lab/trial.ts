import { ETCD_OF, type Minor, versionOf } from '../controlplane/modules.ts';
import { controlPlanesOf, type Host, type Lab, type Places, workersOf } from './cluster/layout.ts';
import { COREDNS_OF } from './cluster/programs.ts';

/** Versions of all that kubeadm brings to one minor. */
export interface Target {
  /** `v1.37.2` */
  readonly version: string;
  /** Tags of images. */
  readonly etcd: string;
  readonly coredns: string;
}

/** What a run of the lab is to prove: which hosts go from where to where. */
export interface Trial {
  readonly lab: Lab;
  readonly places: Places;
  readonly from: Target;
  /** One target a hop, ascending; at least one. */
  readonly hops: readonly Target[];
  readonly to: Target;
  readonly hosts: readonly Host[];
  /** Names of nodes. */
  readonly nodes: readonly string[];
  readonly controlPlanes: readonly string[];
  readonly workers: readonly string[];
  /** A node that a person cordons before the run, and that must stay so. */
  readonly cordonedBefore: string | undefined;
}

export function trialOf(lab: Lab, places: Places): Trial {
  const [from, ...hops] = lab.minors.map(targetOf);
  const to = hops.at(-1);
  if (from === undefined || to === undefined) throw new Error('An upgrade needs two minors of Kubernetes or more.');
  const { hosts } = lab;
  const [first, ...otherControlPlanes] = namesOf(controlPlanesOf(hosts));
  return {
    lab,
    places,
    from,
    hops,
    to,
    hosts,
    nodes: namesOf(hosts),
    controlPlanes: first === undefined ? [] : [first, ...otherControlPlanes],
    workers: namesOf(workersOf(hosts)),
    // Where there is one that the workload can do without.
    cordonedBefore: otherControlPlanes.at(-1),
  };
}

function targetOf(minor: Minor): Target {
  return { version: versionOf(minor), etcd: `${ETCD_OF[minor]}-0`, coredns: `v${COREDNS_OF[minor]}` };
}

const namesOf = (hosts: readonly Host[]) => hosts.map(({ name }) => name);
