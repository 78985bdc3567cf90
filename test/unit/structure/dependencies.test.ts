import { readFileSync } from 'node:fs';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

/** The rows of the tables of packages: the first cell names one or two, the second says why. */
const rows = read('CONTRIBUTING.md')
  .split('## Why each package is here')[1]
  ?.split('\n')
  .filter(line => line.startsWith('| `'))
  .map(line => line.split('|').map(cell => cell.trim())) as string[][];
const reasons = rows.flatMap(([, names = '', why = '']) =>
  [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => ({ name, why })),
);

describe('the packages', () => {
  test('are the ones that CONTRIBUTING.md gives a reason for, each', () => {
    const names = [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})];
    expect(reasons.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(reasons.filter(({ why }) => why.length < 10)).toEqual([]);
  });

  test('are pinned to exact versions', () => {
    const versions = [...Object.values(dependencies ?? {}), ...Object.values(devDependencies ?? {})];
    expect(versions.filter(version => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
