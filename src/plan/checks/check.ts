import type { Look } from '../../cluster/looks.ts';
import type { ClusterSnapshot } from '../../cluster/snapshot.ts';
import type { PlanPolicy } from '../../policy/policy.ts';
import type { Calendar } from '../../version/calendar.ts';
import type { Finding } from '../finding.ts';
import type { Plan } from '../plan.ts';
import type { Standing } from '../standing.ts';
import type { DrainView } from './drain-view.ts';
import type { RoomView } from './room-view.ts';

/** A plan before anything was found about it. */
export type PlanDraft = Omit<Plan, 'findings' | 'digest' | 'estimate'>;

/** What every check may look at; built once for all of them. */
export interface CheckContext {
  readonly snapshot: ClusterSnapshot;
  readonly standing: Standing;
  readonly draft: PlanDraft;
  readonly calendar: Calendar;
  readonly drains: DrainView;
  readonly room: RoomView;
  /** The run on whose behalf the cluster is looked at again; its own lease and claims are no obstacle. */
  readonly ownRun: string | undefined;
  readonly policy: PlanPolicy;
  /** Whether the bot that asked holds another policy than the worker that plans. */
  readonly policyDiffers: boolean;
}

/** One rule. Returns nothing where all is well; `ok` then says so. */
export interface Check {
  readonly code: string;
  readonly ok: string;
  /** Looks that only some checks need; where one failed this check knows nothing. Others are needed by all. */
  readonly needs?: readonly Look[];
  look(context: CheckContext): Finding[];
}
