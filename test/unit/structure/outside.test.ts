import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LAB = join(ROOT, 'test/lab');
/** What is imported when the file runs: types are gone by then. */
const IMPORTED = /^(?:import|export)\s+(?!type\b)[^;]*?from '(\..*?)';|\bimport\('(\..*?)'\)/gm;

/** The file, and whatever runs because it does. */
function reachedFrom(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, first, second] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
    reachedFrom(join(dirname(file), first ?? second ?? ''), seen);
  }
  return seen;
}

const sourcesAmong = (files: Iterable<string>) =>
  [...files].map(file => relative(ROOT, file)).filter(file => file.startsWith('src/'));

describe('what judges the product from outside', () => {
  const folders = ['watchers', 'verdicts'].map(name => join(LAB, name));
  const files = [
    ...folders.flatMap(folder => readdirSync(folder).map(name => join(folder, name))),
    join(LAB, 'kubectl.ts'),
  ];

  test.each(files.map(file => relative(LAB, file)))('runs none of its code: %s', file => {
    expect(sourcesAmong(reachedFrom(join(LAB, file)))).toEqual([]);
  });

  test('would be found out', () => {
    expect(sourcesAmong(reachedFrom(join(LAB, 'capstan/install.ts')))).toContain('src/demo/slack/simulated-slack.ts');
  });
});
