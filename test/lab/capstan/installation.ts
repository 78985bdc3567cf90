import type { SimulatedSlack } from '../../../src/demo/slack/simulated-slack.ts';

/** Images as the chart names them. Nothing is ever pulled: every host is given them from their archives. */
export interface CapstanImages {
  /** One docker-archive an image, to be imported into every host's container runtime before `installCapstan`. */
  readonly archives: readonly string[];
  readonly capstan: string;
  readonly redis: string;
  /** Of the upgrade Jobs. */
  readonly job: string;
}

/** A host, as the machine that it runs on sees it. */
export interface SeenHost {
  /** Also the node's name. */
  readonly name: string;
  /** Where its root file system lies. */
  readonly root: string;
  /** All that run on it now, in its containers too, by this machine's numbers. */
  processes(): readonly number[];
}

/** What the cluster offers, and where Capstan goes into it. */
export interface Site {
  /** Of Kubernetes: those whose packages its hosts can have, such as `v1.37.2`; one a minor, ascending. */
  readonly versions: readonly string[];
  /** Programs, by path. */
  readonly kubectl: string;
  readonly helm: string;
  readonly kubeconfig: string;
  readonly images: CapstanImages;
  readonly hosts: readonly SeenHost[];
  /** An address of this network namespace that pods reach: the simulated Slack listens there. */
  readonly address: string;
  /** One folder that all hosts share, in place of storage on the network: by its path here, and by that on every host. */
  readonly shared: { readonly here: string; readonly onHosts: string };
  /** Takes logs. */
  readonly folder: string;
  /** Of the chart, over those that the lab needs, such as `{ worker: { replicas: 1 } }`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A process of a container, found on the machine itself: no API server is asked. */
export interface ContainerProcess {
  readonly pid: number;
  /** Name of the host. */
  readonly host: string;
}

export interface InstalledWorker {
  /** Every worker's process that lives now. */
  readonly processes: readonly ContainerProcess[];
  /** How often a container was started again in place, as their kubelets count, over all pods that there were. */
  readonly restarts: number;
  /** kill -9 of every worker's process, or of those on one host. Returns whom it met. */
  crash(host?: string): readonly ContainerProcess[];
}

/** Capstan as its users install it, by helm, inside the cluster that it upgrades; only Slack is a stand-in. */
export interface InstalledCapstan {
  readonly slack: SimulatedSlack;
  readonly worker: InstalledWorker;
  /** Takes the release and all that it wrote out of the cluster again. */
  uninstall(): Promise<void>;
  /** Ends what runs outside of the cluster, and leaves the log of every container there ever was in the folder. */
  stop(): Promise<void>;
}

/** The cluster's name in Slack. */
export const CLUSTER = 'lab';
/** Where bot, worker and Redis live, and what helm calls them together. */
export const CAPSTAN_NAMESPACE = 'capstan';
export const RELEASE = 'capstan';
