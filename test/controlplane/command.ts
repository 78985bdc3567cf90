import { execFile } from 'node:child_process';

/** What a command printed. Rejects with all that it printed, complaints first. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const printed = [stderr, stdout].map(text => text.trim()).filter(text => text !== '');
      reject(new Error(`${command} ${args.join(' ')}:\n${printed.join('\n') || error.message}`, { cause: error }));
    });
    child.stdin?.end(input);
  });
}
