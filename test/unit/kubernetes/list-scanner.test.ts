import * as fc from 'fast-check';
import { NoAnswer } from '../../../src/kubernetes/api-error.ts';
import { type ListHead, ListScanner } from '../../../src/kubernetes/list-scanner.ts';

interface Scanned {
  readonly objects: readonly unknown[];
  readonly head: ListHead;
}

/** Scans the bytes in chunks of these sizes, the last one again and again until the end. */
function scan(text: string, sizes: readonly number[] = [1_000_000]): Scanned {
  const bytes = Buffer.from(text);
  const scanner = new ListScanner();
  const objects: unknown[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const size = sizes[Math.min(turn, sizes.length - 1)] ?? 1;
    objects.push(...scanner.take(bytes.subarray(from, from + size)).map(each => JSON.parse(each) as unknown));
    from += size;
  }
  return { objects, head: scanner.end() };
}

describe('a list', () => {
  const metadata = { resourceVersion: '42', continue: 'here', remainingItemCount: 3 };

  it.each<[string, unknown, Scanned]>([
    [
      'of objects',
      { kind: 'PodList', metadata, items: [{ a: 1 }, { b: { c: [{}] } }] },
      { objects: [{ a: 1 }, { b: { c: [{}] } }], head: { resourceVersion: '42', next: 'here' } },
    ],
    ['without any', { metadata, items: [] }, { objects: [], head: { resourceVersion: '42', next: 'here' } }],
    ['whose items are null', { metadata, items: null }, { objects: [], head: { resourceVersion: '42', next: 'here' } }],
    [
      'on its last page',
      { metadata: {}, items: [{}] },
      { objects: [{}], head: { resourceVersion: '', next: undefined } },
    ],
    [
      'whose token is empty',
      { metadata: { continue: '' }, items: [] },
      { objects: [], head: { resourceVersion: '', next: undefined } },
    ],
    [
      'whose metadata come last, and whose metadata have items',
      { items: [{ a: 1 }], metadata: { ...metadata, items: [{ no: 'object' }] } },
      { objects: [{ a: 1 }], head: { resourceVersion: '42', next: 'here' } },
    ],
    [
      'whose metadata have items before its own',
      { metadata: { ...metadata, items: [{ no: 'object' }] }, items: [{ a: 1 }] },
      { objects: [{ a: 1 }], head: { resourceVersion: '42', next: 'here' } },
    ],
    [
      'whose texts look like a list',
      { note: '"items":[{', metadata, items: [{ a: ']}"items":[{"' }, { 'b}': '\\' }, { c: '\\"' }] },
      {
        objects: [{ a: ']}"items":[{"' }, { 'b}': '\\' }, { c: '\\"' }],
        head: { resourceVersion: '42', next: 'here' },
      },
    ],
  ])('%s is cut into its objects, however its bytes arrive', (_what, list, expected) => {
    for (const text of [JSON.stringify(list), JSON.stringify(list, null, 2)]) {
      expect(scan(text)).toEqual(expected);
      for (let size = 1; size < 20; size += 1) expect(scan(text, [size])).toEqual(expected);
    }
  });

  it('of any objects is what JSON.parse would make of it', () => {
    const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 8 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(objects, sizes, fc.boolean(), (items, chunks, spaced) => {
        const text = JSON.stringify({ metadata: { resourceVersion: '7' }, items }, null, spaced ? 1 : 0);
        const seen = scan(text, chunks);
        expect(seen.objects).toEqual(JSON.parse(JSON.stringify(items)));
        expect(seen.head).toEqual({ resourceVersion: '7', next: undefined });
      }),
    );
  });

  it('comes without managed fields, which nobody reads, and with everything around them', () => {
    const managedFields = [{ manager: 'x', fieldsV1: { 'f:a': { 'k:{"b":[]}': {} }, 'v:["]"]': {} } }, {}];
    const annotation = JSON.stringify({ metadata: { managedFields } });
    const object = (fields: unknown) => ({
      metadata: { name: 'ä', annotations: { last: annotation }, managedFields: fields, uid: 'u' },
      spec: { deep: { managedFields: ['stay'] }, list: [{ managedFields: [1] }] },
    });
    const text = JSON.stringify({
      metadata: {},
      items: [object(managedFields), object([]), { metadata: { managedFields } }],
    });
    const expected = [object([]), object([]), { metadata: { managedFields: [] } }];
    for (let size = 1; size < 60; size += 1) expect(scan(text, [size]).objects).toEqual(expected);
    expect(scan(text).objects).toEqual(expected);
  });

  it('names its next page before its first object has come', () => {
    const scanner = new ListScanner();
    expect(scanner.take(Buffer.from('{"metadata":{"resourceVersion":"1","continue":"n"}'))).toEqual([]);
    expect(scanner.head).toBeUndefined();
    expect(scanner.take(Buffer.from(',"items":[{"half'))).toEqual([]);
    expect(scanner.head).toEqual({ resourceVersion: '1', next: 'n' });
  });

  it.each([
    '',
    'oops',
    '[]',
    '{}',
    '"{}"',
    '{"metadata":{},"items":[',
    '{"metadata":{},"items":[{"a":1}',
    '{"metadata":{}',
  ])('is not %j', text => {
    expect(() => scan(text)).toThrow(NoAnswer);
  });
});
