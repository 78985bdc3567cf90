import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hasCode } from '../support/error-code.ts';
import { signalGroup } from '../support/process-group.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Commands of a Go module: the name of each program, and the package that it is built from. */
export type Commands = Readonly<Record<string, string>>;

export interface BuildOptions {
  /** Added to `-s -w`: variables that the linker sets, such as a version. */
  readonly ldflags?: string;
  readonly environment?: Environment;
  /** Where Go is looked for last. */
  readonly usualFolder?: string;
}

/** A program that nobody asked for in so long a time was built from a version that is no longer used. */
const UNUSED_MS = 30 * 24 * 60 * 60_000;
const GRACE_MS = 5_000;
/** Where Go's own archive is unpacked to, which not every PATH names. */
const USUAL_FOLDER = '/usr/local/go/bin';

export class GoMissing extends Error {
  constructor(cause: unknown) {
    super('Programs are built with Go 1.26 or newer, and there is no "go" on the PATH.', { cause });
  }
}

export async function hasGo(environment: Environment, signal: AbortSignal): Promise<boolean> {
  try {
    await runGo(['version'], homedir(), settingsOf(environment, USUAL_FOLDER), signal);
    return true;
  } catch (error) {
    if (error instanceof GoMissing) return false;
    throw error;
  }
}

/** Where programs that are built from Go modules are kept, outside of any checkout. Can be deleted at any time. */
export function cacheFolder(environment: Environment = process.env): string {
  return environment.CAPSTAN_CACHE ?? join(homedir(), '.cache', 'capstan');
}

/**
 * Builds commands of the Go module in `moduleFolder`, and answers the folder that holds the programs. What was built
 * once from the same `go.mod`, `go.sum`, Go and flags is not built again. Safe for several callers at once: each
 * builds into a folder of its own, and the first one to be ready is kept.
 */
export async function buildModule(
  moduleFolder: string,
  commands: Commands,
  { ldflags = '', environment = process.env, usualFolder = USUAL_FOLDER }: BuildOptions,
  signal: AbortSignal,
): Promise<string> {
  const settings = settingsOf(environment, usualFolder);
  const call = (...args: readonly string[]) => runGo(args, moduleFolder, settings, signal);
  const flags = `-s -w ${ldflags}`.trim();
  const [version, platform] = [await call('env', 'GOVERSION'), await call('env', 'GOOS', 'GOARCH')];
  const parts = [version, platform, flags, JSON.stringify(Object.entries(commands).sort())];
  const files = await Promise.all(['go.mod', 'go.sum'].map(name => readFile(join(moduleFolder, name), 'utf8')));
  const key = createHash('sha256')
    .update(JSON.stringify([...parts, ...files]))
    .digest('hex')
    .slice(0, 16);

  const programs = join(cacheFolder(environment), 'programs');
  const name = basename(moduleFolder);
  const kept = join(programs, `${name}-${key}`);
  if (await isKept(kept)) return kept;
  await mkdir(programs, { recursive: true });
  const fresh = await mkdtemp(join(programs, `.${name}-`));
  try {
    for (const [command, from] of Object.entries(commands)) {
      await call('build', '-ldflags', flags, '-o', join(fresh, command), from);
    }
    await keep(fresh, kept);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await prune(programs);
  return kept;
}

function settingsOf(environment: Environment, usualFolder: string): Environment {
  return {
    ...environment,
    PATH: [environment.PATH, usualFolder].join(delimiter),
    CGO_ENABLED: '0',
    GOWORK: 'off',
    GOFLAGS: '-mod=readonly -buildvcs=false',
  };
}

/** Marks it as used today, too. */
async function isKept(folder: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(folder, now, now);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Another builder that was quicker made the same programs. */
async function keep(fresh: string, kept: string): Promise<void> {
  try {
    await rename(fresh, kept);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
}

/** Removes what has not been used for a month, and what a builder that was killed left behind. */
async function prune(programs: string): Promise<void> {
  for (const name of await readdir(programs)) {
    const folder = join(programs, name);
    try {
      const { mtimeMs } = await stat(folder);
      if (Date.now() - mtimeMs > UNUSED_MS) await rm(folder, { recursive: true, force: true });
    } catch (error) {
      // Another builder's own folder, which it took away between the two looks.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

/** What `go` printed. It and the compilers that it starts end with the signal. */
async function runGo(
  args: readonly string[],
  folder: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const child = spawn('go', [...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [printed, complaint] = [text(child.stdout), text(child.stderr)];
  let hard: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child.pid, 'SIGTERM');
    hard = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', error => reject(hasCode(error, 'ENOENT') ? new GoMissing(error) : error));
      child.once('close', (exitCode, name) => resolve(name ?? exitCode ?? 0));
    });
    signal.throwIfAborted();
    if (code !== 0)
      throw new Error(`"go ${args.join(' ')}" in ${folder} ended with ${code}:\n${(await complaint).trim()}`);
    return (await printed).trim();
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(hard);
  }
}
