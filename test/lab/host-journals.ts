import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOSTS, type Lab, rootOf } from './lab.ts';

const WORK = 'var/lib/capstan/work';

/** One piece of host work, as the host itself remembers it. */
export interface HostRecord {
  readonly host: string;
  readonly key: string;
  /** How often its unit was started: more than once means that it was interrupted or repeated. */
  readonly starts: number;
  /** The verdict as written, or empty where there is none. */
  readonly verdict: string;
}

export function hostRecords(lab: Lab): readonly HostRecord[] {
  return Object.keys(HOSTS).flatMap(host => {
    const folder = join(rootOf(lab, host), WORK);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map(key => ({
      host,
      key,
      starts: readIfThere(join(folder, key, 'journal'))
        .split('\n')
        .filter(line => line.split(' ')[1] === 'start').length,
      verdict: readIfThere(join(folder, key, 'verdict')),
    }));
  });
}

/** Journals and logs of every host, for people who want to know what went wrong. Backups stay where they are. */
export function keepRecords(lab: Lab, folder: string): void {
  for (const host of Object.keys(HOSTS)) {
    const from = join(rootOf(lab, host), WORK);
    if (!existsSync(from)) continue;
    cpSync(from, join(folder, host), { recursive: true, filter: path => !path.endsWith('/backup') });
  }
}

const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
