import type { Minor } from '../../controlplane/modules.ts';
import { makeImageStore } from './image-store.ts';
import { imagesOf } from './images.ts';
import { makeRepository } from './packages.ts';
import { buildHostPrograms, buildRelease, type Release } from './programs.ts';
import { makeRoot } from './root.ts';

/** All that hosts are made of. Folders, each kept from one lab to the next. */
export interface Parts {
  readonly root: string;
  /** A containerd's store with the images of every minor. */
  readonly images: string;
  readonly repositories: ReadonlyMap<Minor, string>;
  /** Ascending. */
  readonly releases: readonly Release[];
}

/** Tens of minutes the first time, for Kubernetes is compiled; seconds from then on. */
export async function buildParts(
  cache: string,
  minors: readonly Minor[],
  tell: (what: string) => void,
  signal: AbortSignal,
): Promise<Parts> {
  tell('programs of the hosts');
  const programs = await buildHostPrograms(signal);
  const releases: Release[] = [];
  for (const minor of minors) {
    tell(`Kubernetes ${minor}`);
    releases.push(await buildRelease(minor, signal));
  }
  tell('root file system');
  const root = await makeRoot(cache, programs, pauseOf(releases), signal);
  tell('packages');
  const repositories = new Map<Minor, string>();
  for (const release of releases) repositories.set(release.minor, await makeRepository(cache, release, signal));
  tell('images');
  const images = await Promise.all(releases.map(release => imagesOf(release, programs, root, signal)));
  return { root, images: await makeImageStore(cache, images.flat(), programs.runtime, signal), repositories, releases };
}

/** The sandbox of every pod is the newest, whatever its kubelet's minor. */
function pauseOf(releases: readonly Release[]): string {
  const newest = releases.at(-1);
  if (newest === undefined) throw new Error('A lab needs at least one minor of Kubernetes.');
  return newest.pause.version;
}
