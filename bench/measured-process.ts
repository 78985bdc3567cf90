import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Measured {
  readonly wallMs: number;
  /** User and system together, all threads. */
  readonly cpuMs: number;
  /** The most memory that was ever resident. */
  readonly peakMiB: number;
  readonly stdout: string;
}

const USAGE = fileURLToPath(new URL('usage.mjs', import.meta.url));

/** Runs Node in a process of its own, so that neither memory nor compiled code of another measurement is in it. */
export async function runNode(args: readonly string[], accepted: readonly number[] = [0]): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'));
  const file = join(folder, 'usage.json');
  try {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', USAGE, ...args], {
      env: { ...process.env, CAPSTAN_BENCH_USAGE: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [code, stdout, stderr] = await Promise.all([
      new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
      textOf(child.stdout),
      textOf(child.stderr),
    ]);
    const wallMs = performance.now() - began;
    if (code === null || !accepted.includes(code)) {
      throw new Error(`"node ${args.join(' ')}" ended with ${code}: ${stderr.trim() || stdout.trim()}`);
    }
    const usage = JSON.parse(readFileSync(file, 'utf8')) as { readonly cpuMs: number; readonly peakMiB: number };
    return { wallMs, ...usage, stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
