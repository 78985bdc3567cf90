import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDERS = ['bench', 'bin', 'scripts', 'src', 'test'];
/** Scripts of a shell are left out: the one of the hosts goes there as one file. */
const CODE = /\.[cm]?[jt]s$/;
const MOST_LINES = 300;

test('no file of code is longer than what one can keep in mind', () => {
  const files = FOLDERS.flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => CODE.test(name))
      .map(name => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(500);
  const long = files
    .map(file => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES);
  expect(long).toEqual([]);
});
