import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMPILED } from './compiled.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a person would, with nothing in its environment but what is given, and looking up nothing elsewhere. */
export function capstan(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  main: string = MAIN,
): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { CAPSTAN_RELEASES_URL: 'off', ...COMPILED, ...environment }, timeout: 25_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
