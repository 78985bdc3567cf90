import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** Two runs would take each other's hosts down. Returns how to give the lab back, or the process that has it. */
export function lockLab(lab: Lab): { readonly release: () => void } | { readonly heldBy: number } {
  const file = join(lab.cache, 'run.lock');
  const held = holderOf(file);
  if (held !== undefined && isAlive(held)) return { heldBy: held };
  // A run that was ended the hard way has left its lock.
  if (held !== undefined) rmSync(file);
  mkdirSync(lab.cache, { recursive: true });
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  return { release: () => rmSync(file) };
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: nobody has this number.
    return false;
  }
}
