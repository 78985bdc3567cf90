import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { PlanRecord } from '../../app/ports.ts';
import type { Plan } from '../../plan/plan.ts';
import { header, longInput, modal, SECTION, section } from '../blocks.ts';
import { paged } from '../fit.ts';
import type { Mrkdwn } from '../mrkdwn.ts';
import {
  approveIntroduction,
  approveModalText,
  detailsModalText,
  digestLine,
  estimateBasis,
  excludedLine,
  nodeLine,
  passHeading,
  planTitle,
  rejectModalText,
  wholeDigest,
} from '../text/en/plan.ts';
import { andMore } from '../text/en/words.ts';
import { findingSections, hopsSection, planFields } from './plan-summary.ts';

/** What the modals send when they are submitted. */
export const DECISIONS = { approve: 'plan_decide_approve', reject: 'plan_decide_reject' } as const;
export const REASON = { block: 'reason', action: 'reason' } as const;

/** Which plan a modal showed, and where the person was; carried by the modal itself. */
export interface Shown {
  readonly planId: string;
  readonly digest: string;
  readonly channel: string;
}

const shown: z.ZodType<Shown> = z.object({ planId: z.string(), digest: z.string(), channel: z.string() });

/** Throws where the metadata is not what these modals write. */
export function readShown(metadata: string): Shown {
  return shown.parse(JSON.parse(metadata));
}

/** The plan as it is stored, to be approved. */
export function approveModal({ plan }: PlanRecord, channel: string): ModalView {
  return modal({ ...look(approveModalText), submit: submission(approveModalText.submit, 'approve', plan, channel) }, [
    section(approveIntroduction(plan)),
    header(planTitle(plan)),
    planFields(plan),
    hopsSection(plan),
    ...findingSections(plan.findings, { pages: 5 }),
    section(digestLine(plan)),
  ]);
}

export function rejectModal({ plan }: PlanRecord, channel: string): ModalView {
  return modal({ ...look(rejectModalText), submit: submission(rejectModalText.submit, 'reject', plan, channel) }, [
    header(planTitle(plan)),
    longInput(REASON.block, REASON.action, rejectModalText.why, 500),
  ]);
}

/** Every node in its order, then every finding. A view may have 100 blocks and about 250 kB. */
export function detailsModal({ plan }: PlanRecord): ModalView {
  const nodes = paged(nodeLines(plan), { separator: '\n', size: SECTION, pages: 48, more: andMore });
  return modal(look(detailsModalText), [
    header(planTitle(plan)),
    planFields(plan),
    section(estimateBasis(plan)),
    ...nodes.map(section),
    ...findingSections(plan.findings, { pages: 20, more: andMore }),
    section(wholeDigest(plan)),
  ]);
}

function nodeLines({ hops, excluded }: Plan): Mrkdwn[] {
  const passes = hops.flatMap(hop =>
    hop.stages.flatMap(stage =>
      stage.passes.flatMap(pass => [
        passHeading(hop, stage, pass),
        ...pass.nodes.map((node, place) => nodeLine(node, place, hop === hops[0])),
      ]),
    ),
  );
  return [...passes, ...excluded.map(excludedLine)];
}

function look({ title, close }: { readonly title: string; readonly close: string }) {
  return { title, close };
}

function submission(label: string, verdict: keyof typeof DECISIONS, { id, digest }: Plan, channel: string) {
  const metadata: Shown = { planId: id, digest, channel };
  return { label, callbackId: DECISIONS[verdict], metadata: JSON.stringify(metadata) };
}
