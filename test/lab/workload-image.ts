import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/command.ts';
import { writeImage } from './cluster/image-archive.ts';
import { WORKLOAD_APPLETS, WORKLOAD_IMAGE } from './workload.ts';

/** The workload's image, of this machine's static busybox, as an archive in the folder. */
export async function buildWorkloadImage(folder: string, signal: AbortSignal): Promise<string> {
  const archive = join(folder, 'workload.tar');
  const busybox = realpathSync((await run('sh', ['-c', 'command -v busybox'], { signal })).trim());
  const files = Object.fromEntries(['busybox', ...WORKLOAD_APPLETS].map(applet => [`bin/${applet}`, busybox]));
  await writeImage(archive, { name: WORKLOAD_IMAGE, files }, signal);
  return archive;
}
