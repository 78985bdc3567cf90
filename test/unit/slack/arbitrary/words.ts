import fc from 'fast-check';

/** Names and sentences as no cluster should have them. Blank or not, long or short, and full of markup. */
export const odd = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'web-1',
    '<!channel>',
    '&&&&&&&&',
    '```',
    'x'.repeat(253),
    '<&>'.repeat(700),
    '🧨'.repeat(900),
  ),
  fc.string({ maxLength: 400 }),
);
export const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
/** A few that are drawn, dealt out over and over again: cheaper than to draw a thousand. */
export const many = <T>(item: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc
    .tuple(fc.array(item, { minLength: 1, maxLength: 4 }), fc.oneof(fc.nat(4), fc.nat(most)))
    .map(([drawn, count]) => Array.from({ length: count }, (_, place) => drawn[place % drawn.length] as T));
/** Or undefined. */
export const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
