import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../../src', import.meta.url));
const CORE = ['version', 'command', 'cluster', 'policy', 'plan', 'drain', 'approval', 'run'];

/** What makes a function depend on more than its arguments. */
const IMPURE = [
  /\basync\b/,
  /\bawait\b/,
  /\bPromise\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /\brandomUUID\b/,
  /\bprocess\./,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bperformance\b/,
  /\bfetch\(/,
  /\bconsole\./,
];

describe('the core', () => {
  test.each(CORE)('src/%s holds no promise, clock, chance or environment', folder => {
    expect(matches(join(SRC, folder), IMPURE)).toEqual([]);
  });

  test('a planted clock would be seen', () => {
    expect(faults('const now = Date.now();', IMPURE)).toEqual(['Date.now']);
  });
});

test('only the composition roots read the environment', () => {
  const readers = matches(SRC, [/\bprocess\.env\b/]).map(({ file }) => file);
  expect(readers.filter(file => file !== 'main.ts' && !/^demo\/(?:\w+\/)?main\.ts$/.test(file))).toEqual([]);
});

test('no file has more than 300 lines', () => {
  const long = sources(SRC).filter(file => readFileSync(file, 'utf8').split('\n').length > 301);
  expect(long.map(file => relative(SRC, file))).toEqual([]);
});

function matches(folder: string, patterns: readonly RegExp[]): { file: string; found: string[] }[] {
  return sources(folder)
    .map(file => ({ file: relative(SRC, file), found: faults(readFileSync(file, 'utf8'), patterns) }))
    .filter(({ found }) => found.length > 0);
}

/** Comments may say "await" and "promise"; code may not. */
function faults(source: string, patterns: readonly RegExp[]): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(])\/\/.*$/gm, '$1');
  return patterns.flatMap(pattern => pattern.exec(code)?.[0] ?? []);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name));
}
