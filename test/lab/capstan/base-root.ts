import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run } from '../../support/command.ts';
import { debianArchive, SUITE } from '../cluster/debian.ts';
import { kept } from '../cluster/kept.ts';

/** As the Dockerfile names it. */
export const BASE_IMAGE = 'docker.io/library/node:24-slim';

/** What Node's own slim image is made of, beside Node. */
const PACKAGES = ['libstdc++6'];
const NEEDLESS = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'];

/** A stand-in for the image that the Dockerfile begins with: a small Debian with the project's own Node, and npm. */
export async function makeBaseRoot(cache: string, signal: AbortSignal): Promise<string> {
  const node = createRequire(import.meta.url).resolve('node/package.json');
  // Its command is a link to `bin/npm-cli.js`.
  const npm = dirname(dirname(realpathSync((await run('sh', ['-c', 'command -v npm'], { signal })).trim())));
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const parts = [own, SUITE, versionIn(node), versionIn(join(npm, 'package.json'))];
  return await kept(cache, 'node-root', parts, async root => {
    const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root, await debianArchive(signal)];
    await run('debootstrap', args, { signal });
    for (const folder of NEEDLESS) rmSync(join(root, folder), { recursive: true, force: true });
    const programs = join(root, 'usr/local/bin');
    copyFileSync(join(dirname(node), 'bin', 'node'), join(programs, 'node'));
    chmodSync(join(programs, 'node'), 0o755);
    const modules = join(root, 'usr/local/lib/node_modules');
    mkdirSync(modules, { recursive: true });
    cpSync(npm, join(modules, 'npm'), { recursive: true, dereference: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(programs, 'npm'));
  });
}

function versionIn(file: string): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
