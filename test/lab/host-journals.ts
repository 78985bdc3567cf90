import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootOf } from './cluster/layout.ts';
import type { Trial } from './trial.ts';

const WORK = 'var/lib/capstan/work';

/** How long one step of a work took, in whole seconds. */
interface Step {
  readonly name: string;
  readonly seconds: number;
}

/** One piece of host work, as the host itself remembers it. */
export interface HostRecord {
  readonly host: string;
  /** `control-plane` or `kubelet`. */
  readonly phase: string;
  /** Whether it only looked at the host. */
  readonly looksOnly: boolean;
  /** `v1.37.2` */
  readonly to: string;
  /** Epoch seconds. */
  readonly begun: number;
  /** How often its unit was started: more than once means that it was interrupted or repeated. */
  readonly starts: number;
  readonly steps: readonly Step[];
  /** The verdict as written, or empty where there is none. */
  readonly verdict: string;
}

/** In the order in which they were begun. */
export function hostRecords({ nodes, places }: Trial): readonly HostRecord[] {
  const records = nodes.flatMap(host => {
    const folder = join(rootOf(places, host), WORK);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map(key => readRecord(host, join(folder, key)));
  });
  return records.toSorted((a, b) => a.begun - b.begun);
}

function readRecord(host: string, folder: string): HostRecord {
  const lines = readIfThere(join(folder, 'journal'))
    .split('\n')
    .map(line => line.split(' '));
  const settings = readIfThere(join(folder, 'settings'));
  const setting = (name: string) => new RegExp(`^${name}='(.*)'$`, 'm').exec(settings)?.[1] ?? 'unknown';
  return {
    host,
    phase: setting('CAPSTAN_PHASE'),
    looksOnly: setting('CAPSTAN_ONLY') !== '',
    to: setting('CAPSTAN_TO'),
    begun: Number(lines[0]?.[0] ?? 0),
    starts: lines.filter(([, what]) => what === 'start').length,
    steps: stepsOf(lines),
    verdict: readIfThere(join(folder, 'verdict')),
  };
}

/** `<epoch> begin|end <step> ...` */
function stepsOf(lines: readonly (readonly string[])[]): Step[] {
  const begun = new Map<string, number>();
  const steps: Step[] = [];
  for (const [at, what, name = ''] of lines) {
    if (what === 'begin') begun.set(name, Number(at));
    if (what === 'end') steps.push({ name, seconds: Number(at) - (begun.get(name) ?? Number(at)) });
  }
  return steps;
}

/** Journals and logs of every host, for people who want to know what went wrong. Backups stay where they are. */
export function keepRecords({ nodes, places }: Trial, folder: string): void {
  for (const host of nodes) {
    const from = join(rootOf(places, host), WORK);
    if (!existsSync(from)) continue;
    cpSync(from, join(folder, host), { recursive: true, filter: path => !path.endsWith('/backup') });
  }
}

const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
