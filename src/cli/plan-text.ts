import { drainFlags } from '../plan/drain-options.ts';
import { type Finding, gathered, type Severity, stopsApproval } from '../plan/finding.ts';
import { countDrains } from '../plan/hops.ts';
import type { Hop, Pass, Phase, Plan } from '../plan/plan.ts';
import type { PlanningResult } from '../plan/planning.ts';
import type { PlanRequest } from '../plan/request.ts';
import { formatSelector } from '../policy/notation.ts';
import { formatVersion } from '../version/kubernetes-version.ts';
import { counted, printable, wrap } from './layout.ts';

/** Nodes named in one pass; the JSON form names all of them. */
const NODES_SHOWN = 40;

/** Whose policy a plan was made by: the cluster's of this name in the file. */
export interface PolicySource {
  readonly file: string;
  readonly cluster: string;
}

/** What `capstan plan` prints for people; `source` undefined: no policy was given. Ends with a newline. */
export function planText(result: PlanningResult, source: PolicySource | undefined): string {
  return `${printable(linesOf(result, source).join('\n'))}\n`;
}

function linesOf(result: PlanningResult, source: PolicySource | undefined): string[] {
  switch (result.kind) {
    case 'plan':
      return planLines(result.plan, source);
    case 'nothing-to-do':
      return nothingLines(formatVersion(result.version), result.limit);
    case 'refused':
      return [...wrap(result.sentence, ''), ...wrap(result.instead, '')];
  }
}

function nothingLines(version: string, limit: string | undefined): string[] {
  if (limit === undefined) return [`Nothing to do: everything runs ${version}.`];
  return wrap(`Nothing to do: what was asked about runs ${version}. ${limit}`, '');
}

function planLines(plan: Plan, source: PolicySource | undefined): string[] {
  return [
    ...header(plan),
    ...plan.hops.flatMap((hop, place) => ['', ...hopLines(hop, place + 1)]),
    ...excludedLines(plan),
    '',
    ...findingLines(plan.findings),
    '',
    ...labelled('Estimate', `about ${duration(plan.estimate.seconds)}. ${plan.estimate.basis}`),
    ...labelled('Drains', drainWords(plan)),
    ...labelled('Policy', policyWords(source)),
    ...driverLines(plan),
    ...labelled('Expires', new Date(plan.expiresAt).toISOString()),
    ...labelled('Digest', plan.digest),
    '',
    ...verdict(plan.findings),
  ];
}

function header({ cluster, from, to, request, hops }: Plan): string[] {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const nodes = new Set(passes.flatMap(pass => pass.nodes.map(node => node.name)));
  return [
    `Upgrade of ${cluster.name}: ${formatVersion(from)} -> ${formatVersion(to)}`,
    `${counted(hops.length, 'hop')}, ${counted(nodes.size, 'node')}, ${request.strategy}${scopeWords(request)}`,
  ];
}

function scopeWords({ only, pool, nodes, fewestDrains }: PlanRequest): string {
  return [
    ...(only === undefined ? [] : [`${only} only`]),
    ...(pool === undefined ? [] : [`pool ${pool}`]),
    ...(nodes === undefined ? [] : [`only nodes that were named`]),
    ...(fewestDrains ? ['fewest drains'] : []),
  ]
    .map(words => `, ${words}`)
    .join('');
}

function drainWords({ hops, request }: Plan): string {
  const { planned, saved } = countDrains(hops);
  const flags = drainFlags(request.drain);
  const how = flags.length > 0 ? `, with ${flags.join(', ')}` : '';
  if (saved > 0) return `${planned}${how}; kubelets that skip hops save ${saved}.`;
  return request.fewestDrains ? `${planned}${how}; no kubelet can skip a hop here.` : `${planned}${how}.`;
}

function policyWords(source: PolicySource | undefined): string {
  if (source) return `that of cluster ${source.cluster} in ${source.file}.`;
  return 'none was given (--policy FILE or CAPSTAN_POLICY): without windows, freezes and waivers, and with default drains. A worker plans by its own.';
}

/** What changes the work on every host, or who takes part, and is nothing that was asked for. */
function driverLines({ driver, elasticPools }: Plan): string[] {
  const ignored = driver.ignorePreflightErrors;
  return [
    ...(ignored.length > 0 ? labelled('kubeadm', `ignores the preflight errors ${ignored.join(', ')}.`) : []),
    ...(elasticPools.length > 0
      ? labelled('Elastic', `new nodes with ${elasticPools.map(formatSelector).join(' or ')} join the run.`)
      : []),
  ];
}

function hopLines({ from, to, stages }: Hop, number: number): string[] {
  return [
    `Hop ${number}: ${formatVersion(from)} -> ${formatVersion(to)}`,
    ...stages.flatMap(({ kind, passes }) => [
      kind === 'control-plane' ? '  Control plane' : '  Workers',
      ...passes.flatMap(passLines),
    ]),
  ];
}

const PASSES: Readonly<Record<Phase, string>> = {
  'control-plane': 'kubeadm, not drained',
  config: 'kubeadm alone',
  kubelet: 'drain and kubelet',
};

function passLines({ phase, nodes }: Pass): string[] {
  const what = PASSES[phase];
  const shown = nodes
    .slice(0, NODES_SHOWN)
    .map(({ name, kubeadm }) => (kubeadm === undefined ? name : `${name} (${kubeadm})`));
  const more = nodes.length > NODES_SHOWN ? [`and ${nodes.length - NODES_SHOWN} more`] : [];
  return wrap([...shown, ...more].join(', '), ' '.repeat(NODE_COLUMN), `    ${what}:`.padEnd(NODE_COLUMN));
}

const NODE_COLUMN = 27;

function excludedLines({ excluded }: Plan): string[] {
  if (excluded.length === 0) return [];
  return ['', 'Left out', ...excluded.flatMap(({ node, why }) => wrap(`${node}: ${why}`, '    ', '  '))];
}

const LABELS: Readonly<Record<Severity, string>> = {
  block: 'BLOCK',
  unknown: 'UNKNOWN',
  warn: 'WARN',
  deferred: 'LATER',
  ok: 'OK',
};

/** What is fine is only counted: the eye belongs to the rest. */
function findingLines(findings: readonly Finding[]): string[] {
  const telling = findings.filter(({ severity }) => severity !== 'ok');
  const fine = findings.length - telling.length;
  return [
    'Findings',
    ...gathered(telling).flatMap(({ severity, codes, sentence, remedy }) => [
      ...wrap(codes.join(', '), FINDING_INDENT, `  ${LABELS[severity].padEnd(8)}`),
      ...wrap(sentence, FINDING_INDENT),
      ...(remedy === '' ? [] : wrap(remedy, `${FINDING_INDENT}   `, `${FINDING_INDENT}-> `)),
    ]),
    `  ${'OK'.padEnd(8)}${counted(fine, 'check')} found nothing in the way`,
  ];
}

const FINDING_INDENT = ' '.repeat(10);

function verdict(findings: readonly Finding[]): string[] {
  const stopping = gathered(findings.filter(stopsApproval)).length;
  if (stopping === 0) return ['Nothing stands in the way of this plan.'];
  return [`This plan cannot be approved: ${counted(stopping, 'finding')} above must be settled first.`];
}

function labelled(label: string, text: string): string[] {
  return wrap(text, ' '.repeat(10), label.padEnd(10));
}

function duration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
