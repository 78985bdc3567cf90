import type { SectionBlock } from '@slack/types';
import { type Finding, gathered, stopsApproval } from '../../plan/finding.ts';
import type { Plan } from '../../plan/plan.ts';
import { fields, SECTION, section } from '../blocks.ts';
import { fitted, paged } from '../fit.ts';
import { at, type Mrkdwn, person } from '../mrkdwn.ts';
import {
  drainOptionWords,
  elasticWords,
  estimateWords,
  findingLine,
  fineLine,
  hopChain,
  hopLine,
  ignoredErrors,
  moreFindings,
  nodeCounts,
  planLabels,
  strategyWords,
} from '../text/en/plan.ts';
import { andMore } from '../text/en/words.ts';

/** What is asked for, in two columns. */
export function planFields(plan: Plan): SectionBlock {
  const { controlPlane, workers } = countNodes(plan);
  return fields([
    [planLabels.hops, hopChain(plan.hops)],
    [planLabels.nodes, nodeCounts(controlPlane, workers)],
    [planLabels.strategy, strategyWords(plan)],
    [planLabels.estimate, estimateWords(plan.estimate)],
    [planLabels.askedBy, person(plan.requestedBy)],
    [planLabels.expires, at(plan.expiresAt)],
    ...(plan.request.drain ? [[planLabels.drains, drainOptionWords(plan)] as const] : []),
    ...(plan.driver.ignorePreflightErrors.length > 0 ? [[planLabels.ignored, ignoredErrors(plan)] as const] : []),
    ...(plan.elasticPools.length > 0 ? [[planLabels.elastic, elasticWords(plan)] as const] : []),
  ]);
}

export function hopsSection({ hops }: Plan): SectionBlock {
  return section(fitted(hops.map(hopLine), { separator: '\n', size: 1_000, more: andMore }));
}

/** Worst first, as they come; what is fine is only counted. `more` says where the others are to be found. */
export function findingSections(
  findings: readonly Finding[],
  { pages, more = moreFindings }: { readonly pages: number; readonly more?: (left: number) => Mrkdwn },
): SectionBlock[] {
  const telling = findings.filter(({ severity }) => severity !== 'ok');
  const fine = findings.length - telling.length;
  const told = paged(gathered(telling).map(findingLine), { separator: '\n', size: SECTION, pages, more });
  return [...told, ...(fine > 0 ? [fineLine(fine)] : [])].map(section);
}

export function countStopping(findings: readonly Finding[]): number {
  return gathered(findings.filter(stopsApproval)).length;
}

function countNodes({ hops }: Plan): { readonly controlPlane: number; readonly workers: number } {
  const nodes = hops.flatMap(({ stages }) => stages).flatMap(({ passes }) => passes.flatMap(pass => pass.nodes));
  const roles = new Map(nodes.map(({ name, role }) => [name, role]));
  const controlPlane = [...roles.values()].filter(role => role === 'control-plane').length;
  return { controlPlane, workers: roles.size - controlPlane };
}
