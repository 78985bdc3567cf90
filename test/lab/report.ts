import type { HostRecord } from './host-journals.ts';
import type { Observation } from './observation.ts';
import type { Trial } from './trial.ts';
import { type Absence, secondsAway } from './watchers/answers.ts';
import type { JobStory } from './watchers/jobs.ts';

/** Some moments are exact to the second only. */
const SECOND = 1_000;
const HEAD = ['HOP', 'NODE', 'PHASE', 'DRAIN', 'WORK', 'READY', 'STEPS ON THE HOST'];

/** What took how long: as it was seen from outside, and by the hosts' own journals. */
export function durations(trial: Trial, seen: Observation, records: readonly HostRecord[], ended: number): string {
  const upgrades = seen.jobs.stories.filter(({ looksOnly }) => !looksOnly);
  const rows = upgrades.map(story => rowOf(story, seen, records));
  const hops = trial.hops.map(({ version }) => {
    const jobs = upgrades.filter(({ to }) => to === version);
    const last = seen.nodes.cordons.filter(({ from }) => from < (jobs.at(-1)?.endedAt ?? 0)).at(-1)?.to;
    return `  hop to ${version}: ${seconds(jobs[0]?.startedAt, last ?? jobs.at(-1)?.endedAt)} from its first Job`;
  });
  return [
    ...table([HEAD, ...rows]),
    ...hops,
    ...absenceLines('the API', seen.api.absences),
    ...[...seen.api.ofServers].flatMap(([name, absences]) => absenceLines(`the API server of ${name}`, absences)),
    ...[...seen.etcd.ofMembers].flatMap(([name, absences]) => absenceLines(`etcd of ${name}`, absences)),
    ...absenceLines("etcd's quorum", seen.etcd.withoutQuorum),
    `  all of it, with question and approval: ${seconds(seen.begun, ended)}`,
  ].join('\n');
}

function rowOf(job: JobStory, { nodes }: Observation, records: readonly HostRecord[]): string[] {
  const { node, phase, to, startedAt, endedAt } = job;
  const cordon = nodes.cordons.findLast(each => each.node === node && each.from <= startedAt + SECOND);
  const drained = phase === 'kubelet' && cordon !== undefined && (cordon.to ?? startedAt) >= startedAt - SECOND;
  const record = records.find(each => !each.looksOnly && each.host === node && each.phase === phase && each.to === to);
  const steps = record?.steps.map(({ name, seconds: took }) => `${name} ${took}`).join(', ') ?? 'none recorded';
  return [
    to,
    node,
    phase,
    drained ? seconds(cordon.from, startedAt) : '-',
    seconds(startedAt, endedAt),
    drained ? seconds(endedAt, cordon.to) : '-',
    steps,
  ];
}

const seconds = (from: number | undefined, to: number | undefined): string =>
  from === undefined || to === undefined ? 'unknown' : `${Math.max(0, (to - from) / 1000).toFixed(1)} s`;

function absenceLines(what: string, absences: readonly Absence[]): string[] {
  if (absences.length === 0) return [];
  const each = absences.map(({ from, to }) => seconds(from, to)).join(', ');
  return [`  ${what} was away for ${secondsAway(absences).toFixed(1)} s: ${each}`];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
