import { readFileSync } from 'node:fs';
import type { ContainerProcess, SeenHost } from './installation.ts';

/** As the image starts it: nothing else on a host is called so. */
const WORKER = ['node', 'bin/capstan.js', 'worker', ''].join('\0');

/** The workers that live now, wherever they are, whether or not an API server answers. */
export function workersOn(hosts: readonly SeenHost[]): readonly ContainerProcess[] {
  return hosts.flatMap(host =>
    host
      .processes()
      .filter(pid => commandOf(pid) === WORKER)
      .map(pid => ({ pid, host: host.name })),
  );
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended between the two looks.
    return '';
  }
}
