import type { PolicyNow } from '../policy/policy.ts';
import type { Clock, Directory, Queues, Store } from './ports.ts';

export interface BotPorts {
  /** The first is the default. */
  readonly clusters: readonly string[];
  /** This bot's copy of the policy; undefined for a cluster that it does not name. */
  readonly policyOf: (cluster: string) => PolicyNow | undefined;
  readonly signingKey: string;
  readonly store: Pick<Store, 'plans' | 'runs' | 'latestRun'>;
  readonly queues: Pick<Queues, 'ask' | 'listeners' | 'decided' | 'commanded' | 'notify'>;
  readonly directory: Directory;
  readonly clock: Clock;
  /** Unique, of small letters and digits: becomes part of keys and of names in the cluster. */
  readonly newId: () => string;
}
