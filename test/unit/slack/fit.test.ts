import fc from 'fast-check';
import { fitted, paged } from '../../../src/slack/fit.ts';
import { escaped, mrkdwn } from '../../../src/slack/mrkdwn.ts';

const more = (left: number) => mrkdwn`and ${left} more`;
const lines = fc.array(
  fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom('a', 'b', 'c') }).map(text => escaped(text)),
  { maxLength: 120 },
);

test('pages hold every part in its order, or say how many are missing', () => {
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 130, max: 400 }), (parts, pages, size) => {
      const laid = paged(parts, { separator: '\n', size, pages, more }).map(({ text }) => text);
      expect(laid.length).toBeLessThanOrEqual(pages);
      for (const page of laid) expect(page.length).toBeLessThanOrEqual(size);
      const shown = laid.join('\n').split('\n').filter(Boolean);
      const left = /^and (\d+) more$/.exec(shown.at(-1) ?? '')?.[1];
      const kept = left === undefined ? shown : shown.slice(0, -1);
      expect(kept).toEqual(parts.slice(0, kept.length).map(({ text }) => text));
      expect(kept.length + Number(left ?? 0)).toBe(parts.length);
    }),
  );
});

test('what fits is not cut, and nothing gives nothing', () => {
  const room = { separator: ', ', size: 100, more };
  expect(fitted([mrkdwn`one`, mrkdwn`two`], room).text).toBe('one, two');
  expect(fitted([], room).text).toBe('');
});
