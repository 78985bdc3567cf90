import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../support/command.ts';
import { kept } from '../cluster/kept.ts';
import { BASE_IMAGE, makeBaseRoot } from './base-root.ts';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
/** What .dockerignore lets through, and what says how it is put together. */
const CONTENT = ['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'bin', 'src'];
const KIND = 'capstan-image';
const KEPT = 3;
const LEFT_OUT = join(CHECKOUT, 'src', 'demo');
/** Where the build finds the certificates that this machine trusts beside the usual ones. */
const CA_INSIDE = '/etc/capstan-build-ca.crt';

/** The product's image by its own Dockerfile, without Docker: buildah needs no daemon, and here no registry. */
export async function buildProductImage(
  cache: string,
  scratch: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly archive: string }> {
  const base = await makeBaseRoot(cache, signal);
  const storage = mkdtempSync(join(scratch, 'capstan-buildah-'));
  try {
    // A copy, so that what is built is what the key says, even where somebody goes on editing.
    const context = join(storage, 'context');
    for (const name of CONTENT) cpSync(join(CHECKOUT, name), join(context, name), { recursive: true, filter });
    const own = readFileSync(new URL(import.meta.url), 'utf8');
    const key = contentKey(context, [base, own]);
    const name = `localhost/capstan:${key}`;
    const packages = join(cache, 'lab', 'npm');
    const folder = await kept(cache, KIND, [key], made =>
      build({ storage, context, base, name, archive: join(made, 'image.tar'), packages }, signal),
    );
    forgetOlder(folder);
    return { name, archive: join(folder, 'image.tar') };
  } finally {
    rmSync(storage, { recursive: true, force: true });
  }
}

const filter = (path: string) => path !== LEFT_OUT;

/** There is one for every change of the sources, of some 190 MB. */
function forgetOlder(newest: string): void {
  const all = dirname(newest);
  const older = readdirSync(all)
    .filter(name => name.startsWith(`${KIND}-`))
    .map(name => join(all, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .slice(KEPT);
  for (const folder of older) if (folder !== newest) rmSync(folder, { recursive: true });
}

interface Build {
  /** Of buildah; a copy of the base for each step. */
  readonly storage: string;
  readonly context: string;
  readonly base: string;
  readonly name: string;
  readonly archive: string;
  /** What npm has fetched before. */
  readonly packages: string;
}

async function build({ storage, context, base, name, archive, packages }: Build, signal: AbortSignal): Promise<void> {
  // Neither user namespaces nor an overlay can be counted on, and nothing is asked of a registry.
  const places = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'];
  const buildah = (command: string, ...args: readonly string[]) =>
    run('buildah', [...places, command, ...args], {
      environment: { ...process.env, BUILDAH_ISOLATION: 'chroot' },
      signal,
    });
  const plain = ['--quiet', '--pull-never', '--layers=false'];
  const baseFile = join(storage, 'Dockerfile');
  writeFileSync(baseFile, 'FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/usr/bin:/bin\n');
  await buildah('build', ...plain, '--tag', BASE_IMAGE, '--file', baseFile, base);
  mkdirSync(packages, { recursive: true });
  const settings = join(storage, 'npmrc');
  writeFileSync(settings, await npmSettings(signal));
  const ca = trustedCa();
  const volumes = [`${packages}:/root/.npm`, ...(ca === undefined ? [] : [`${ca}:${CA_INSIDE}:ro`])];
  const shown = volumes.flatMap(volume => ['--volume', volume]);
  await buildah('build', ...plain, ...shown, '--secret', `id=npmrc,src=${settings}`, '--tag', name, context);
  await buildah('push', '--quiet', name, `docker-archive:${archive}:${name}`);
}

/** How this machine's npm reaches its registry. */
async function npmSettings(signal: AbortSignal): Promise<string> {
  const asked = async (setting: string) => (await run('npm', ['config', 'get', setting], { signal })).trim();
  const [personal, registry] = [await asked('userconfig'), await asked('registry')];
  return [
    existsSync(personal) ? readFileSync(personal, 'utf8') : '',
    `registry=${registry}`,
    trustedCa() === undefined ? '' : `cafile=${CA_INSIDE}`,
  ].join('\n');
}

function trustedCa(): string | undefined {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  return file !== undefined && existsSync(file) ? file : undefined;
}

function contentKey(context: string, parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts));
  const entries = readdirSync(context, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${file.slice(context.length)} ${content.length} `).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
