import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import { writeImage } from '../cluster/image-archive.ts';
import { kept } from '../cluster/kept.ts';
import { JOB_APPLETS, JOB_IMAGE } from '../workload.ts';
import type { CapstanImages } from './installation.ts';
import { buildProductImage } from './product-image.ts';

const REDIS_PROGRAMS = ['redis-server', 'redis-cli'];

/**
 * The images that the chart needs, each as an archive in the cache: the product by its own Dockerfile, Redis and the
 * Jobs' shell from this machine's Debian packages. Made once from the same content; `scratch` takes what is passing.
 */
export async function buildImages(cache: string, scratch: string, signal: AbortSignal): Promise<CapstanImages> {
  const capstan = await buildProductImage(cache, scratch, signal);
  const redis = await buildRedisImage(cache, signal);
  const job = await buildJobImage(cache, signal);
  return {
    archives: [capstan.archive, redis.archive, job.archive],
    capstan: capstan.name,
    redis: redis.name,
    job: job.name,
  };
}

interface Built {
  readonly name: string;
  readonly archive: string;
}

async function buildRedisImage(cache: string, signal: AbortSignal): Promise<Built> {
  const programs = await Promise.all(REDIS_PROGRAMS.map(name => pathOf(name, signal)));
  const found = await run('ldd', programs, { signal });
  const files = [...programs, ...new Set(found.match(/\/\S+\.so\S*(?= \()/g))];
  const key = keyOf(files.map(file => readFileSync(file)));
  const name = `localhost/redis:${key}`;
  const folder = await kept(cache, 'redis-image', [key, ownText()], made =>
    writeImage(join(made, 'image.tar'), { name, files: inPlace(files, programs) }, signal),
  );
  return { name, archive: join(folder, 'image.tar') };
}

/** Libraries lie where the programs look for them; programs where every PATH has them. */
function inPlace(files: readonly string[], programs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    files.map(file => {
      const to = programs.includes(file) ? `usr/local/bin/${file.split('/').at(-1)}` : file.slice(1);
      return [to, realpathSync(file)];
    }),
  );
}

async function buildJobImage(cache: string, signal: AbortSignal): Promise<Built> {
  const busybox = realpathSync(await pathOf('busybox', signal));
  const files = Object.fromEntries(['busybox', ...JOB_APPLETS].map(applet => [`bin/${applet}`, busybox]));
  const parts = [keyOf([readFileSync(busybox)]), JOB_IMAGE, ...JOB_APPLETS, ownText()];
  const folder = await kept(cache, 'job-image', parts, made =>
    writeImage(join(made, 'image.tar'), { name: JOB_IMAGE, files }, signal),
  );
  return { name: JOB_IMAGE, archive: join(folder, 'image.tar') };
}

async function pathOf(program: string, signal: AbortSignal): Promise<string> {
  return (await run('sh', ['-c', 'command -v "$0"', program], { signal })).trim();
}

/** What an image is made of, as the end of its name. */
function keyOf(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length} `).update(content);
  return hash.digest('hex').slice(0, 12);
}

const ownText = () => readFileSync(new URL(import.meta.url), 'utf8');
