import type { KnownBlock } from '@slack/types';
import type { PlanRecord, PlanState } from '../../../src/app/ports.ts';
import type { ApprovalPolicy } from '../../../src/approval/approval.ts';
import type { Decision } from '../../../src/approval/decision.ts';
import type { Finding } from '../../../src/plan/finding.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { askingOf } from '../../support/asking.ts';
import { examplePlan } from '../run/example.ts';

export const POLICY: ApprovalPolicy = { approvers: ['UBOB', 'UCAROL'], approvalsNeeded: 2, selfApproval: false };

export const PLAN: Plan = {
  ...examplePlan({ controlPlanes: 3, workers: 2, hops: 2 }),
  digest: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
};

export const finding = (severity: Finding['severity'], code: string): Finding => ({
  code,
  severity,
  sentence: `About ${code}.`,
  remedy: severity === 'ok' ? '' : `Mend ${code}.`,
});

export function planRecord(
  given: {
    readonly state?: PlanState;
    readonly count?: PlanRecord['count'];
    readonly findings?: readonly Finding[];
    readonly decisions?: readonly Partial<Decision>[];
  } = {},
): PlanRecord {
  return {
    plan: { ...PLAN, findings: given.findings ?? [] },
    conversation: { channel: 'C1', user: 'UALICE' },
    asking: askingOf(PLAN.id, { channel: 'C1', user: 'UALICE' }),
    count: given.count,
    state: given.state ?? { kind: 'open' },
    decisions: (given.decisions ?? []).map((decision, place) => ({ value: decide(decision, place), signature: 's' })),
  };
}

function decide(given: Partial<Decision>, place: number): Decision {
  return {
    id: `d${place}`,
    planId: PLAN.id,
    digest: PLAN.digest,
    cluster: PLAN.cluster.name,
    by: 'UBOB',
    via: given.by ?? 'UBOB',
    verdict: 'approve',
    reason: undefined,
    at: 60_000,
    ...given,
  };
}

/** The action ids of everything that can be clicked. */
export function buttonsIn(blocks: readonly KnownBlock[]): readonly string[] {
  return blocks.flatMap(block =>
    block.type === 'actions' ? block.elements.flatMap(element => element.action_id ?? []) : [],
  );
}

/** All text of the blocks, one piece a line. */
export function textIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(textIn).filter(Boolean).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => (key === 'text' && typeof inner === 'string' ? inner : textIn(inner)))
    .filter(Boolean)
    .join('\n');
}
