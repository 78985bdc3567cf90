import { run } from '../../support/command.ts';

/** Of the hosts, and of the image that the Dockerfile begins with. */
export const SUITE = 'bookworm';

/** Where this machine's own apt has Debian from, unless somebody names another place: nothing is fetched from elsewhere. */
export async function debianArchive(signal: AbortSignal): Promise<string> {
  const named = process.env.CAPSTAN_DEBIAN;
  if (named !== undefined) return named;
  const origins = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { signal });
  const archive = origins.split('\n').find(uri => /\/debian\/?$/.test(uri));
  if (archive !== undefined) return archive;
  throw new Error('The apt of this machine has no archive of Debian: name the address of one by CAPSTAN_DEBIAN.');
}
