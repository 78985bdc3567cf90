import { execFile } from 'node:child_process';

interface RunOptions {
  readonly input?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** What a command printed. Rejects with all that it printed, complaints first, or with the reason of the signal. */
export function run(
  command: string,
  args: readonly string[],
  { input = '', environment = process.env, signal }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, env: environment, ...(signal && { signal }) };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason);
      const printed = [stderr, stdout].map(text => text.trim()).filter(text => text !== '');
      reject(new Error(`${command} ${args.join(' ')}:\n${printed.join('\n') || error.message}`, { cause: error }));
    });
    // A command that reads nothing may have ended before it was written to.
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(input);
  });
}
