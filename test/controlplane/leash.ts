import { spawnSync } from 'node:child_process';

/** Of util-linux; the kernel signals the program when whoever started it ends (prctl, PR_SET_PDEATHSIG). */
const LEASH = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

/** Whether this machine has it. */
export const CAN_LEASH = process.platform === 'linux' && spawnSync(LEASH[0], [...LEASH.slice(1), 'true']).status === 0;

/**
 * How a program is called so that it does not outlive this process even where that is killed and can end nobody any
 * more. Its pid stays the same. Where there is no such leash, the command as it is.
 */
export function leashed(program: string, args: readonly string[]): readonly [string, string[]] {
  if (!CAN_LEASH) return [program, [...args]];
  const [leash, ...settings] = LEASH;
  return [leash, [...settings, program, ...args]];
}
