import { createOutage, type Line } from '../../../src/app/outage.ts';

function example() {
  const told: string[] = [];
  let now = 0;
  const outage = createOutage({
    onBegin: ({ message }) => told.push(message),
    onEnd: ms => told.push(`back after ${ms} ms`),
    clock: { now: () => now },
  });
  const lines: readonly Line[] = [outage.line(), outage.line(), outage.line()];
  const lose = (place: number) => lines[place]?.lost(new Error(`${place} is lost`));
  const find = (place: number) => lines[place]?.back();
  return { told, lose, find, pass: (ms: number) => (now += ms) };
}

describe('an outage', () => {
  it('begins with the first connection that is lost, and is over when all are back', () => {
    const { told, lose, find, pass } = example();
    for (const place of [1, 0, 1, 2, 0, 1]) lose(place);
    pass(500);
    find(1);
    find(0);
    expect(told).toEqual(['1 is lost']);
    pass(500);
    find(2);
    expect(told).toEqual(['1 is lost', 'back after 1000 ms']);
  });

  it('goes on where a connection is lost once more before the others are back', () => {
    const { told, lose, find } = example();
    lose(0);
    lose(1);
    find(0);
    lose(0);
    find(1);
    expect(told).toEqual(['0 is lost']);
    find(0);
    expect(told).toHaveLength(2);
  });

  it('is none where connections come up that were never lost, and may come again', () => {
    const { told, lose, find } = example();
    for (const place of [0, 1, 2]) find(place);
    expect(told).toEqual([]);
    for (const place of [0, 1]) {
      lose(place);
      find(place);
    }
    expect(told).toEqual(['0 is lost', 'back after 0 ms', '1 is lost', 'back after 0 ms']);
  });
});
