import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** So many of a kind stay, those that were asked for last; one that was asked for so lately may be in use. */
const MOST = 5;
const IN_USE_MS = 2 * 60 * 60_000;

/**
 * The folder of something that takes long to make: made once from the same parts, and again when one of them is
 * another. A maker that fails or is ended leaves nothing that could be taken for its work.
 */
export async function kept(
  cache: string,
  kind: string,
  parts: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const all = join(cache, 'lab', 'made');
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  const folder = join(all, `${kind}-${key}`);
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  mkdirSync(all, { recursive: true });
  const fresh = mkdtempSync(join(all, `.${kind}-`));
  chmodSync(fresh, 0o755);
  try {
    await make(fresh);
    keep(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  prune(all);
  return folder;
}

/** What another maker that was quicker has put there was made from the same parts. */
function keep(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** What a maker that was ended the hard way has left goes as well. */
function prune(all: string): void {
  const found = readdirSync(all).flatMap(name => {
    // Another maker's own folder may go away between the two looks.
    const seen = statSync(join(all, name), { throwIfNoEntry: false });
    return seen ? [{ name, kind: name.slice(0, name.lastIndexOf('-')), usedAt: seen.mtimeMs }] : [];
  });
  for (const kind of new Set(found.map(each => each.kind))) {
    const newest = found.filter(each => each.kind === kind).toSorted((a, b) => b.usedAt - a.usedAt);
    for (const { name, usedAt } of newest.slice(kind.startsWith('.') ? 0 : MOST)) {
      if (Date.now() - usedAt > IN_USE_MS) rmSync(join(all, name), { recursive: true, force: true });
    }
  }
}

/** The text of a file beside this one: as content, or as a part of a key. */
export function fileHere(name: string): string {
  return readFileSync(pathHere(name), 'utf8');
}

export function pathHere(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
