import { momentsOf, STEPS } from '../../survival/moments.ts';

describe('the moments at which a worker is struck', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(momentsOf(7, 50, STEPS)).toEqual(momentsOf(7, 50, STEPS));
    expect(momentsOf(7, 50, STEPS)).not.toEqual(momentsOf(8, 50, STEPS));
  });

  it('are spread over the whole time of each step, and some nodes are cordoned before', () => {
    const moments = momentsOf(7, 50, STEPS);
    for (const step of STEPS) {
      const parts = moments.filter(moment => moment.step === step).map(({ part }) => Math.floor(part * 50));
      expect(parts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, place) => place));
    }
    expect(moments.filter(({ cordoned }) => cordoned).length).toBeGreaterThan(20);
  });
});
