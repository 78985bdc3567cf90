import type { Order } from '../approval/order.ts';
import { formatVersion } from '../version/kubernetes-version.ts';
import { type Authority, isStillApproved } from './authority.ts';
import type { PlanRecord } from './ports.ts';
import { runIdOf } from './run-id.ts';

/**
 * What somebody has had done to a cluster, for a log that is kept: a thread in Slack can be deleted, and Redis forgets. Only
 * what the worker itself has verified, by signature and policy, is such a deed. Whoever takes over from a dead worker may
 * say one again, with the same ids.
 */
export type Deed =
  | {
      readonly kind: 'run-begun';
      readonly run: string;
      /** Of the plan that was approved. */
      readonly digest: string;
      readonly from: string;
      readonly to: string;
      readonly askedBy: string;
      readonly approvedBy: readonly string[];
    }
  | { readonly kind: 'plan-rejected'; readonly run: string; readonly by: string; readonly reason: string }
  /** It was taken in; what the run made of it says its thread. */
  | {
      readonly kind: 'order-given';
      readonly run: string;
      readonly id: string;
      readonly by: string;
      readonly order: Order;
    };

export function runBegun(record: PlanRecord, authority: Authority): Deed {
  const { id, digest, from, to, requestedBy: askedBy } = record.plan;
  const standing = isStillApproved(record, authority);
  const approvedBy = standing.kind === 'approved' ? standing.by : [];
  const versions = { from: formatVersion(from), to: formatVersion(to) };
  return { kind: 'run-begun', run: runIdOf(id), digest, ...versions, askedBy, approvedBy };
}
