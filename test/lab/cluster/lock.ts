import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Places } from './layout.ts';

/** Two at once would take each other's hosts down. Answers how to give the lab back, or the process that has it. */
export function lockLab({ lock }: Places): { readonly release: () => void } | { readonly heldBy: number } {
  const held = holderOf(lock);
  if (held !== undefined && isAlive(held)) return { heldBy: held };
  // A run that was ended the hard way has left its lock.
  if (held !== undefined) rmSync(lock);
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, String(process.pid), { flag: 'wx' });
  return { release: () => rmSync(lock) };
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
