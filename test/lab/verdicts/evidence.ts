import type { ClusterState } from '../cluster-state.ts';
import type { CommandPlans } from '../command-plans.ts';
import type { HostRecord } from '../host-journals.ts';
import type { HostState } from '../host-state.ts';
import type { Observation } from '../observation.ts';
import type { PowerTrial } from '../power.ts';
import type { Trial } from '../trial.ts';

/** What was seen and read, from outside. */
export interface Evidence {
  readonly trial: Trial;
  readonly plans: CommandPlans;
  readonly seen: Observation;
  /** How long the watchers looked. */
  readonly seconds: number;
  readonly state: ClusterState;
  readonly hosts: readonly HostState[];
  readonly records: readonly HostRecord[];
  readonly words: { readonly status: string; readonly thread: string };
  /** The moments in which every worker was killed, and how often their containers were started again in place. */
  readonly kills: readonly string[];
  readonly restarts: number;
  /** What is still there of Capstan after it was taken out of the cluster. */
  readonly remains: readonly string[];
  /** Undefined where no host can be spared. */
  readonly power: PowerTrial | undefined;
}
