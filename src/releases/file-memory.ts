import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CalendarMemory } from './release-calendar.ts';

/** A file that is either whole or not there, however many processes write it. */
export function fileMemory(path: string): CalendarMemory {
  return {
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async write(text) {
      await mkdir(dirname(path), { recursive: true });
      const draft = `${path}.${process.pid}`;
      await writeFile(draft, text);
      await rename(draft, path);
    },
  };
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
