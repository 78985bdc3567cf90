import type { Look } from '../../cluster/looks.ts';
import type { ClusterSnapshot } from '../../cluster/snapshot.ts';
import type { PlanPolicy } from '../../policy/policy.ts';
import type { Calendar } from '../../version/calendar.ts';
import type { Finding } from '../finding.ts';
import type { Plan } from '../plan.ts';
import type { Standing } from '../standing.ts';
import type { DrainView } from './drain-view.ts';
import type { Owners } from './owner.ts';
import type { RoomView } from './room-view.ts';

/** A plan before anything was found about it. */
export type PlanDraft = Omit<Plan, 'findings' | 'digest'>;

/** What every check may look at; built once for all of them. */
export interface CheckContext {
  readonly snapshot: ClusterSnapshot;
  readonly standing: Standing;
  readonly draft: PlanDraft;
  readonly calendar: Calendar;
  readonly drains: DrainView;
  readonly room: RoomView;
  readonly ownerOf: Owners;
  /** The run on whose behalf the cluster is looked at again; its own lease and claims are no obstacle. */
  readonly ownRun: string | undefined;
  readonly policy: PlanPolicy;
  /** Whether somebody gave it, or nobody any. */
  readonly hasPolicy: boolean;
  /** Whether the bot that asked holds another policy than the worker that plans; undefined where no bot asked. */
  readonly policyDiffers: boolean | undefined;
}

/** One rule. Returns nothing where all is well; `ok` then says so. */
export interface Check {
  readonly code: string;
  readonly ok: string;
  /** What it looks at besides the nodes, the plan and the policy: where such a look failed, this check knows nothing. */
  readonly needs: readonly Look[];
  /** Where it does not there was nothing to look at, and nothing is said, not even `ok`. */
  applies?(context: CheckContext): boolean;
  look(context: CheckContext): Finding[];
}
