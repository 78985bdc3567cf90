/** What bot and worker say to each other, as data. Wording is the bot's. */

import type { Asking, Signed } from '../approval/decision.ts';
import type { ClusterStatus } from '../plan/cluster-status.ts';
import type { ComponentGroup } from '../plan/component-table.ts';
import type { StageKind } from '../plan/plan.ts';
import type { Reminder } from '../plan/reminders.ts';
import type { PlanRequest } from '../plan/request.ts';
import type { VersionsView } from '../plan/versions-view.ts';
import type { RunNote } from '../run/note.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';

/** A question from Slack for one cluster's worker. */
export interface Ask {
  readonly id: string;
  readonly cluster: string;
  readonly replyTo: ReplyTo;
  readonly question: Question;
  readonly asking: Signed<Asking>;
}

export type Question =
  | { readonly kind: 'plan'; readonly request: PlanRequest }
  | { readonly kind: 'status' }
  | { readonly kind: 'versions' }
  /** `pool`: only its nodes, by its name or by any label, as `label=value`. */
  | { readonly kind: 'nodes'; readonly pool?: string };

/** Where the people are who asked. */
export interface Conversation {
  readonly channel: string;
  readonly user: string;
}

export interface ReplyTo extends Conversation {
  /** Slack's response_url of the command, for ephemeral answers (30 minutes, 5 uses). */
  readonly responseUrl: string;
}

export type Notice =
  | { readonly kind: 'answer'; readonly replyTo: ReplyTo; readonly cluster: string; readonly answer: Answer }
  /** Something that nobody asked about and everybody in the channel should know. */
  | { readonly kind: 'reminder'; readonly cluster: string; readonly channel: string; readonly reminder: Reminder }
  /** A plan was made: post it. Also sent after each change of its record: then the posted message is edited. */
  | { readonly kind: 'plan'; readonly planId: string }
  /** Something to be said below the plan, to those who decided about it. */
  | { readonly kind: 'plan-note'; readonly planId: string; readonly note: PlanNote }
  /** The run changed: edit its status message to the newest state. */
  | { readonly kind: 'run-status'; readonly runId: string }
  | { readonly kind: 'run-note'; readonly runId: string; readonly note: RunNote }
  | {
      readonly kind: 'run-nodes';
      readonly runId: string;
      readonly hop: number;
      readonly stage: StageKind;
      readonly rows: readonly NodeRow[];
    };

export type PlanNote =
  /** The worker does not count somebody's decision; `why` is a clause. */
  | {
      readonly kind: 'not-counted';
      readonly by: string;
      readonly verdict: 'approve' | 'reject';
      readonly why: string;
    }
  /** The worker cannot count any decision at the moment; `why` in sentences. */
  | { readonly kind: 'not-counted-yet'; readonly why: string };

export type Answer =
  /** `limit`: why that says nothing about all nodes. `givenBack`: nodes that an earlier run had left claimed. */
  | {
      readonly kind: 'nothing-to-do';
      readonly version: KubernetesVersion;
      readonly limit?: string;
      readonly givenBack?: readonly string[];
    }
  /** The request cannot be planned; the sentence says why, `instead` what would work. */
  | { readonly kind: 'refused'; readonly sentence: string; readonly instead: string }
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'status'; readonly status: StatusReport }
  | { readonly kind: 'versions'; readonly versions: VersionsView }
  | { readonly kind: 'nodes'; readonly rows: readonly NodeRow[]; readonly pool?: string };

/** The status of a cluster, cut down to what a message can show. */
export interface StatusReport extends Omit<ClusterStatus, 'components' | 'skew'> {
  readonly components: readonly ComponentGroup[];
  /** The first sentences of all; none where every component is within the version-skew policy. */
  readonly skew: { readonly sentences: readonly string[]; readonly total: number };
  readonly run:
    | { readonly id: string; readonly status: string; readonly done: number; readonly total: number }
    | undefined;
}

/** A row of `kubectl get nodes`. */
export interface NodeRow {
  readonly name: string;
  readonly status: string;
  readonly roles: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly version: string;
}
