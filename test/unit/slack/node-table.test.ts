import { nodeTable } from '../../../src/slack/views/node-table.ts';

const s = 1_000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

const AGES: readonly (readonly [number, string])[] = [
  [-5 * s, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [2 * m + 5 * s, '2m5s'],
  [10 * m + 5 * s, '10m'],
  [179 * m, '179m'],
  [3 * h + 7 * m, '3h7m'],
  [8 * h + 7 * m, '8h'],
  [47 * h, '47h'],
  [49 * h, '2d1h'],
  [8 * d + h, '8d'],
  [729 * d, '729d'],
  [731 * d, '2y1d'],
  [9 * 365 * d, '9y'],
];

test.each(AGES)('a node that is %d ms old is shown as %s, as kubectl does', (ms, shown) => {
  const rows = [{ name: 'n', status: 'Ready', roles: '<none>', createdAt: 0, version: 'v1.36.0' }];
  const [table] = nodeTable(rows, ms, 1);
  expect(table?.text.split('\n')[2]?.split(/\s+/)[3]).toBe(shown);
});
