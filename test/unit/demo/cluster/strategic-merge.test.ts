import type { JsonObject } from '../../../../src/demo/cluster/api/patch/json.ts';
import { applyStrategicMerge } from '../../../../src/demo/cluster/api/patch/strategic-merge.ts';

const cases: [string, JsonObject, JsonObject, JsonObject][] = [
  ['null removes a field', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ['objects merge', { spec: { a: 1, b: 2 } }, { spec: { b: 3 } }, { spec: { a: 1, b: 3 } }],
  ['an object can be replaced', { spec: { a: 1 } }, { spec: { $patch: 'replace', b: 2 } }, { spec: { b: 2 } }],
  ['an object can be deleted', { spec: { a: 1 }, x: 1 }, { spec: { $patch: 'delete' } }, { x: 1 }],
  [
    'containers merge by name, in their order',
    {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
    {
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '3' },
      ],
    },
    {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '2' },
        { name: 'c', image: '3' },
      ],
    },
  ],
  [
    'conditions merge by type',
    {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'True' },
      ],
    },
    { conditions: [{ type: 'Ready', status: 'False' }] },
    {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'Other', status: 'True' },
      ],
    },
  ],
  [
    'an entry can be deleted by its key',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'a', $patch: 'delete' }] },
    { containers: [{ name: 'b' }] },
  ],
  [
    'a list can be replaced',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ $patch: 'replace' }, { name: 'c' }] },
    { containers: [{ name: 'c' }] },
  ],
  [
    'taints have no key: the list is what was sent',
    { taints: [{ key: 'a' }, { key: 'b' }] },
    { taints: [{ key: 'c' }] },
    { taints: [{ key: 'c' }] },
  ],
  ['finalizers are a set', { finalizers: ['a', 'b'] }, { finalizers: ['b', 'c'] }, { finalizers: ['a', 'b', 'c'] }],
  [
    'values can be taken out of a set',
    { finalizers: ['a', 'b'] },
    { '$deleteFromPrimitiveList/finalizers': ['a'] },
    { finalizers: ['b'] },
  ],
  [
    'the order of elements is a hint only',
    { containers: [{ name: 'a' }] },
    { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'a', image: '2' }] },
    { containers: [{ name: 'a', image: '2' }] },
  ],
];

describe('a strategic merge patch', () => {
  it.each(cases)('%s', (_rule, target, patch, merged) => {
    const before = structuredClone(target);
    expect(applyStrategicMerge(target, patch)).toEqual(merged);
    expect(target).toEqual(before);
  });
});
