import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Moves the logs of a folder that is about to be removed to where CAPSTAN_KEEP_LOGS says, if it does. */
export async function keepLogs(folder: string): Promise<void> {
  const kept = process.env.CAPSTAN_KEEP_LOGS;
  // Whoever stops twice has kept them the first time.
  if (kept === undefined || !existsSync(folder)) return;
  const into = join(kept, basename(folder));
  await mkdir(into, { recursive: true });
  const logs = (await readdir(folder)).filter(name => name.endsWith('.log'));
  await Promise.all(logs.map(name => rename(join(folder, name), join(into, name))));
}
